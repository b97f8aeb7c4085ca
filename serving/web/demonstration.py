"""The demonstration's logins: one a role, on synthetic data only, nobody outside demo mode."""

from __future__ import annotations

from typing import Protocol

from features.refusal import Refusal
from serving.permissions import Role, Scope
from serving.ports import Publication
from serving.services import rosters
from serving.services.desk import Desk
from serving.web.doors import DemoLogin

PASSWORD = "baoxue-2026-demo"
ABOUT: dict[Role, tuple[str, str]] = {
    Role.COUNSELOR: ("本校名单、估计与依据", "the school's list, estimates and grounds"),
    Role.CLASS_TEACHER: ("本班考勤与必查提醒，不含估计", "one class: attendance, duty alerts, no estimate"),
    Role.PRINCIPAL: ("本校名单与工作量", "the school's list and workload"),
    Role.CLERK: ("未报考勤的班级、学籍提醒", "classes not reported, register alerts"),
    Role.COUNTY: ("各校汇总，少于5人不显示", "schools in sums, cells below 5 hidden"),
    Role.ANALYST: ("模型；不见学生", "models; no pupils"),
    Role.ADMINISTRATOR: ("查看记录；不见学生", "the audit; no pupils"),
}  # fmt: skip


class DemoAccounts(Protocol):
    """The accounts, and how those of an earlier demonstration are forgotten."""

    def remove_demo(self) -> None:
        """Forget the demonstration's logins."""
        ...

    def add(self, name: str, password: str, scope: Scope, *, demo: bool = False) -> object:
        """Make an account."""
        ...


def logins(desk: Desk, accounts: DemoAccounts) -> tuple[DemoLogin, ...]:
    """Make one login a role over the newest list; none before there is a list.

    Raises ``Refusal`` where any standing list is of real pupils.
    """
    standing = desk.lists.standing()
    if any(not publication.synthetic for publication in standing):
        raise Refusal(
            "演示模式只能用于演示数据，此处有真实名单；请去掉 --demo 启动，用 baoxue user add 建账号。",
            "Demo mode is for synthetic data only and there are real lists here; start without "
            "--demo and make accounts with baoxue user add.",
        )
    accounts.remove_demo()
    if not standing:
        return ()
    scopes = _scopes(desk, desk.newest(area=standing[-1].area))
    for role, scope in scopes.items():
        accounts.add(role.value, PASSWORD, scope, demo=True)
    return tuple(DemoLogin(r.value, PASSWORD, r.value, *ABOUT[r]) for r in ABOUT if r in scopes)


def _scopes(desk: Desk, newest: Publication) -> dict[Role, Scope]:
    """The fullest school for the school's roles, its class with most alerts for the teacher."""
    far = {role: Scope(role) for role in (Role.COUNTY, Role.ANALYST, Role.ADMINISTRATOR)}
    if not newest.schools:
        return far
    school = max(newest.schools, key=lambda s: (s.listed, s.school_id)).school_id
    here = frozenset({school})
    week = rosters.school_week(desk, school, area=newest.area)
    counted: dict[str, int] = {}
    for row in week.rows:
        counted[row.class_id] = counted.get(row.class_id, 0) + 1 + 10 * len(row.alerts)
    roles = [Role.COUNSELOR, Role.PRINCIPAL, Role.CLERK]
    near = {role: Scope(role, here) for role in roles}
    if counted:
        fullest = max(sorted(counted), key=lambda c: counted[c])
        near[Role.CLASS_TEACHER] = Scope(Role.CLASS_TEACHER, here, frozenset({fullest}))
    return near | far
