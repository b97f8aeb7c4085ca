"""The table of rights, and the scope that cuts every query."""

from __future__ import annotations

import pytest

from serving.permissions import RIGHTS, Forbidden, Right, Role, Scope, Unknown
from tests.serving.factories import CLASS, ELSEWHERE, HERE, OTHER_CLASS, SCOPES

#: Who sees what (trust): the whole truth, written a second time on purpose.
MAY = {
    Right.SEE_ESTIMATE: {Role.COUNSELOR, Role.PRINCIPAL},
    Right.SEE_PUPIL: {Role.COUNSELOR, Role.PRINCIPAL, Role.CLASS_TEACHER, Role.CLERK},
    Right.SEE_ALERTS: {Role.COUNSELOR, Role.PRINCIPAL, Role.CLASS_TEACHER, Role.CLERK},
    Right.REVEAL: {Role.COUNSELOR, Role.PRINCIPAL, Role.CLASS_TEACHER, Role.CLERK},
    Right.SEE_MODELS: {Role.COUNSELOR, Role.PRINCIPAL, Role.COUNTY, Role.ANALYST, Role.ADMINISTRATOR},
    Right.SCORE: {Role.ANALYST},
    Right.SEE_AUDIT: {Role.ADMINISTRATOR},
    Right.SEE_HEALTH: {Role.COUNTY, Role.ANALYST, Role.ADMINISTRATOR},
    Right.ENTER: set(Role),
    Right.SEE_SCHOOLS: set(Role),
}  # fmt: skip


@pytest.mark.parametrize("right", Right)
def test_every_right_belongs_to_whom_trust_says(right: Right) -> None:
    """No role holds a right that 'who sees what' does not give it, and none lacks one."""
    assert {role for role in Role if right in RIGHTS[role]} == MAY[right]


@pytest.mark.parametrize("role", Role)
def test_check_raises_where_can_says_no(role: Role) -> None:
    """``check`` and ``can`` never disagree."""
    scope = SCOPES[role]
    for right in Right:
        if scope.can(right):
            scope.check(right)
        else:
            with pytest.raises(Forbidden):
                scope.check(right)


@pytest.mark.parametrize("role", Role)
def test_no_role_sees_a_child_elsewhere(role: Role) -> None:
    """Whatever the role, a child of another school is out of sight."""
    with pytest.raises(Unknown):
        SCOPES[role].check_child_of(ELSEWHERE, CLASS)


@pytest.mark.parametrize(
    ("scope", "class_id", "sees"),
    [
        (SCOPES[Role.COUNSELOR], OTHER_CLASS, True),
        (Scope(Role.COUNSELOR, frozenset({HERE}), frozenset({CLASS})), OTHER_CLASS, False),
        (SCOPES[Role.CLASS_TEACHER], CLASS, True),
        (SCOPES[Role.CLASS_TEACHER], OTHER_CLASS, False),
        (Scope(Role.CLASS_TEACHER, frozenset({HERE})), CLASS, False),
        (SCOPES[Role.COUNTY], CLASS, False),
        (SCOPES[Role.ADMINISTRATOR], CLASS, False),
    ],
)
def test_a_class_bounds_the_scope(scope: Scope, class_id: str, sees: bool) -> None:
    """Named classes bound what is seen; a class teacher without a class sees nobody."""
    assert scope.can_see_child_of(HERE, class_id) is sees


def test_schools_out_of_scope_are_unknown() -> None:
    """Another's school is answered like one that does not exist."""
    with pytest.raises(Unknown):
        SCOPES[Role.PRINCIPAL].check_school(ELSEWHERE)
    SCOPES[Role.COUNTY].check_school(ELSEWHERE)
