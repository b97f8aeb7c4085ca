"""Who may see what: one ``Scope`` that builds every query, ``check_`` raises, ``can_`` answers.

The table of rights is the only place where a role meets a right (trust: who sees what).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from features.refusal import Refusal


class Role(StrEnum):
    """What somebody is employed to do here."""

    ADMINISTRATOR = "administrator"
    PRINCIPAL = "principal"
    COUNSELOR = "counselor"
    CLASS_TEACHER = "class_teacher"
    CLERK = "clerk"
    COUNTY = "county"
    ANALYST = "analyst"


ROLE_ZH: dict[Role, str] = {
    Role.ADMINISTRATOR: "系统管理员",
    Role.PRINCIPAL: "校长",
    Role.COUNSELOR: "心理辅导教师",
    Role.CLASS_TEACHER: "班主任",
    Role.CLERK: "学籍管理员",
    Role.COUNTY: "县教育局",
    Role.ANALYST: "数据分析员",
}
ROLE_EN: dict[Role, str] = {
    Role.ADMINISTRATOR: "administrator",
    Role.PRINCIPAL: "principal",
    Role.COUNSELOR: "counselor",
    Role.CLASS_TEACHER: "class teacher",
    Role.CLERK: "clerk",
    Role.COUNTY: "county office",
    Role.ANALYST: "analyst",
}


class Right(StrEnum):
    """One thing that somebody may do; every route names one."""

    ENTER = "enter"  # anything at all once logged in: the home page, logging out
    SEE_SCHOOLS = "see_schools"  # names of schools and counts, small cells suppressed
    SEE_ALERTS = "see_alerts"  # duty alerts of pupils in scope
    SEE_PUPIL = "see_pupil"  # attendance and alerts of one pupil
    SEE_ESTIMATE = "see_estimate"  # bands, probabilities, reasons
    REVEAL = "reveal"  # a pupil's full name and number, with a reason, logged
    SEE_MODELS = "see_models"
    SCORE = "score"  # rows of indicators in, probabilities out; no pupil is named
    SEE_AUDIT = "see_audit"
    SEE_HEALTH = "see_health"  # feeds, coverage, drift, what came of lists; no pupil is named


_ALL = frozenset({Right.ENTER, Right.SEE_SCHOOLS})
_CHILD = _ALL | {Right.SEE_ALERTS, Right.SEE_PUPIL, Right.REVEAL}
RIGHTS: dict[Role, frozenset[Right]] = {
    Role.COUNSELOR: _CHILD | {Right.SEE_ESTIMATE, Right.SEE_MODELS},
    Role.PRINCIPAL: _CHILD | {Right.SEE_ESTIMATE, Right.SEE_MODELS},
    Role.CLASS_TEACHER: _CHILD,
    Role.CLERK: _CHILD,
    Role.COUNTY: _ALL | {Right.SEE_MODELS, Right.SEE_HEALTH},
    Role.ANALYST: _ALL | {Right.SEE_MODELS, Right.SCORE, Right.SEE_HEALTH},
    Role.ADMINISTRATOR: _ALL | {Right.SEE_MODELS, Right.SEE_AUDIT, Right.SEE_HEALTH},
}
#: Roles that see every school (as counts); the others see the schools of their account.
EVERYWHERE = frozenset({Role.COUNTY, Role.ANALYST, Role.ADMINISTRATOR})
#: Roles whose account must name at least one school.
OF_A_SCHOOL = frozenset(Role) - EVERYWHERE
#: Counts of children below this are not shown to those who may not see the children.
SMALL_CELL = 5


class Forbidden(Refusal):
    """The actor may not do this: 403. Says nothing about what exists."""

    def __init__(self) -> None:
        """One sentence for every case, so that it tells nothing."""
        super().__init__(
            "您的账号无权查看此内容；如工作需要，请向系统管理员申请。",
            "Your account may not see this; if your work needs it, ask the administrator.",
        )


class Unknown(Refusal):
    """Not there, or not within the actor's scope: 404, the same sentence for both."""

    def __init__(self) -> None:
        """One sentence for what is not there and for what is another's."""
        super().__init__(
            "没有找到，或不在您的工作范围内；请从首页重新进入。",
            "Not found, or outside your scope; start again from the first page.",
        )


@dataclass(frozen=True)
class Scope:
    """Whose children somebody may see.

    ``schools``: school ids. ``classes``: class ids within those schools; empty means all their
    classes (never for a class teacher, who sees the named classes only).
    """

    role: Role
    schools: frozenset[str] = frozenset()
    classes: frozenset[str] = frozenset()

    def can(self, right: Right) -> bool:
        """Whether the role holds ``right`` anywhere at all."""
        return right in RIGHTS[self.role]

    def check(self, right: Right) -> None:
        """Raise ``Forbidden`` unless the role holds ``right``."""
        if not self.can(right):
            raise Forbidden

    def can_see_school(self, school_id: str) -> bool:
        """Whether the school is within scope (as counts at least)."""
        return self.role in EVERYWHERE or school_id in self.schools

    def check_school(self, school_id: str) -> None:
        """Raise ``Unknown`` unless the school is within scope."""
        if not self.can_see_school(school_id):
            raise Unknown

    def can_see_child_of(self, school_id: str, class_id: str) -> bool:
        """Whether a child of this class is within scope."""
        if school_id not in self.schools or not self.can(Right.SEE_PUPIL):
            return False
        if self.role is Role.CLASS_TEACHER or self.classes:
            return class_id in self.classes
        return True

    def check_child_of(self, school_id: str, class_id: str) -> None:
        """Raise ``Unknown`` unless a child of this class is within scope."""
        if not self.can_see_child_of(school_id, class_id):
            raise Unknown


@dataclass(frozen=True)
class Actor:
    """Who is asking: an account with its scope, inside one session."""

    account: str
    scope: Scope
    demo: bool = False

    @property
    def role(self) -> Role:
        """The account's role."""
        return self.scope.role


def check_account(role: Role, schools: frozenset[str], classes: frozenset[str]) -> Scope:
    """The scope of a new account; raises ``Refusal`` where role and scope do not fit."""
    if role in OF_A_SCHOOL and not schools:
        raise Refusal(
            f"角色 {role} 须指明学校：请加 --school 学校标识码。",
            f"The role {role} needs a school: add --school ID.",
        )
    if role is Role.CLASS_TEACHER and not classes:
        raise Refusal(
            "班主任账号须指明班级：请加 --class 班级编号。",
            "A class teacher needs a class: add --class ID.",
        )
    return Scope(role, schools, classes)
