"""Laws over the routes themselves: guarded, in the matrix, scoped, masked, logged."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute
from starlette.routing import Mount

from serving.permissions import RIGHTS, Right, Role
from serving.web.guard import Anyone, May, check_guarded, form_token, guards
from tests.serving.factories import (
    CANARY_ID,
    CANARY_NAME,
    ELSEWHERE,
    HERE,
    SCOPES,
    House,
    county,
)

PUPIL = "p0000000000000000001"  # of the class teacher's class, with a duty alert
OTHER_CLASS_PUPIL = "p0000000000000000004"
ELSEWHERE_PUPIL = "p0000000000000000009"


@dataclass(frozen=True)
class Case:
    """How a route is called, and what it needs. ``child``: it shows children of a school."""

    right: Right | None
    child: bool = False
    body: dict[str, object] | None = None
    form: dict[str, str] | None = None


#: Every route has a row here; a new route without one fails the first test.
CASES: dict[tuple[str, str], Case] = {
    ("POST", "/v1/login"): Case(None, body={"name": "x", "password": "y"}),
    ("POST", "/v1/logout"): Case(Right.ENTER),
    ("GET", "/v1/schools"): Case(Right.SEE_SCHOOLS),
    ("GET", "/v1/schools/{school_id}/risk-list"): Case(Right.SEE_ESTIMATE, child=True),
    ("GET", "/v1/schools/{school_id}/alerts"): Case(Right.SEE_ALERTS, child=True),
    ("GET", "/v1/pupils/{pupil_id}/risk"): Case(Right.SEE_ESTIMATE, child=True),
    ("GET", "/v1/pupils/{pupil_id}/explanation"): Case(Right.SEE_ESTIMATE, child=True),
    ("GET", "/v1/pupils/{pupil_id}/history"): Case(Right.SEE_ESTIMATE, child=True),
    ("POST", "/v1/score"): Case(
        Right.SCORE, body={"rows": [{"absence_4w": 0.4, "level_change": None}]}
    ),
    ("GET", "/v1/models"): Case(Right.SEE_MODELS),
    ("GET", "/livez"): Case(None),
    ("GET", "/readyz"): Case(None),
    ("GET", "/login"): Case(None),
    ("POST", "/login"): Case(None, form={"name": "x", "password": "y"}),
    ("POST", "/logout"): Case(Right.ENTER),
    ("GET", "/"): Case(Right.ENTER),
    ("GET", "/schools/{school_id}"): Case(Right.SEE_ALERTS, child=True),
    ("GET", "/pupils/{pupil_id}"): Case(Right.SEE_PUPIL, child=True),
    ("POST", "/pupils/{pupil_id}/reveal"): Case(Right.REVEAL, child=True, form={"reason": "visit"}),
    ("GET", "/models"): Case(Right.SEE_MODELS),
    ("GET", "/health"): Case(Right.SEE_HEALTH),
    ("GET", "/audit"): Case(Right.SEE_AUDIT),
    ("GET", "/docs"): Case(Right.ENTER),
    ("GET", "/openapi.json"): Case(Right.ENTER),
}
CHILD = [key for key, case in CASES.items() if case.child]
GUARDED = [key for key, case in CASES.items() if case.right is not None]


def routes(app: FastAPI) -> list[APIRoute]:
    return [route for route in app.routes if isinstance(route, APIRoute)]


def call(
    home: House, key: tuple[str, str], role: Role | None, *, school: str = HERE, pupil: str = PUPIL
) -> tuple[int, str]:
    """Status and text of the route called by ``role`` for a school and pupil."""
    method, path = key
    case = CASES[key]
    client = home.client(role)
    token = client.cookies.get("baoxue_session") or ""
    answer = client.request(
        method,
        path.format(school_id=school, pupil_id=pupil),
        json=case.body,
        data=case.form,
        headers={"X-Form-Token": form_token(token)},
    )
    return answer.status_code, answer.text


def test_every_route_has_a_row(shared: House) -> None:
    """A route that is in the application and not in the matrix fails, and the other way round."""
    found = {(method, r.path) for r in routes(shared.app) for method in r.methods}
    assert found == set(CASES)


def test_nothing_but_static_files_is_outside_the_guards(shared: House) -> None:
    """Whatever answers is a guarded route or the folder of static files."""
    others = [r for r in shared.app.routes if not isinstance(r, APIRoute)]
    assert [r.path for r in others if isinstance(r, Mount)] == ["/static"]
    assert len(others) == 1


@pytest.mark.parametrize("key", CASES, ids=" ".join)
def test_every_route_declares_who_may_call_it(shared: House, key: tuple[str, str]) -> None:
    """Exactly one guard, and the one that the matrix says."""
    route = next(r for r in routes(shared.app) if r.path == key[1] and key[0] in r.methods)
    (guard,) = guards(route)
    right = CASES[key].right
    assert isinstance(guard, Anyone) if right is None else isinstance(guard, May)
    assert isinstance(guard, Anyone) or guard.right is right


def test_an_application_with_an_open_route_does_not_start() -> None:
    """Default deny: a route without a guard stops the start."""
    app = FastAPI(openapi_url=None)
    app.add_api_route("/open", lambda: "everything")
    with pytest.raises(RuntimeError, match="/open"):
        check_guarded(app)


@pytest.mark.parametrize("key", GUARDED, ids=" ".join)
def test_nothing_answers_without_a_login(shared: House, key: tuple[str, str]) -> None:
    """Without a session: 401, or the way to the login page, and not a word of content."""
    status, text = call(shared, key, None)
    assert status == 401 or (status == 303 and key[0] == "GET")
    assert "青石镇" not in text


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("key", GUARDED, ids=" ".join)
def test_a_role_gets_what_its_rights_say(shared: House, key: tuple[str, str], role: Role) -> None:
    """Route x role: an answer with the right, 403 without it."""
    status, _ = call(shared, key, role)
    may = CASES[key].right in RIGHTS[role]
    assert status in (200, 204, 303) if may else status == 403


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("key", CHILD, ids=" ".join)
def test_nobody_sees_a_child_of_another_school(
    shared: House, key: tuple[str, str], role: Role
) -> None:
    """Route x role x scope: another school's list and child are answered like nothing at all."""
    status, text = call(shared, key, role, school=ELSEWHERE, pupil=ELSEWHERE_PUPIL)
    nothing, _ = call(shared, key, role, school="9999999999", pupil="p" + "f" * 20)
    assert status == nothing
    assert status in (403, 404)
    assert "柳河" not in text


@pytest.mark.parametrize("key", [k for k in CHILD if "pupil_id" in k[1]], ids=" ".join)
def test_a_class_teacher_sees_no_other_class(shared: House, key: tuple[str, str]) -> None:
    """A child of the next class is out of the class teacher's sight."""
    status, _ = call(shared, key, Role.CLASS_TEACHER, pupil=OTHER_CLASS_PUPIL)
    assert status in (403, 404)


@pytest.mark.parametrize("key", [k for k in CHILD if "school_id" in k[1]], ids=" ".join)
def test_a_class_teachers_list_holds_the_class_only(shared: House, key: tuple[str, str]) -> None:
    """Neither rows nor links of other classes are in the answer."""
    _, text = call(shared, key, Role.CLASS_TEACHER)
    others = {p for p, page in county().pages.items() if page.explanation.pupil.class_id != "0802"}
    assert not [p for p in others if p in text]


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("key", CASES, ids=" ".join)
def test_full_names_and_numbers_never_appear_unasked(
    shared: House, key: tuple[str, str], role: Role
) -> None:
    """The planted name and number are in no answer but that of a reveal."""
    _, text = call(shared, key, role)
    shown = CANARY_NAME in text or CANARY_ID in text
    assert shown == (key[1].endswith("/reveal") and Right.REVEAL in RIGHTS[role])


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("key", CASES, ids=" ".join)
def test_background_is_never_told_apart(shared: House, key: tuple[str, str], role: Role) -> None:
    """No answer says which registration a pupil's background holds."""
    _, text = call(shared, key, role)
    assert "背景金丝雀" not in text
    assert "canary background" not in text


@pytest.mark.parametrize("role", [Role.CLASS_TEACHER, Role.CLERK])
@pytest.mark.parametrize("key", CHILD, ids=" ".join)
def test_the_estimate_stays_with_those_who_may_see_it(
    shared: House, key: tuple[str, str], role: Role
) -> None:
    """Class teacher and clerk see attendance and alerts, never a band, number or ground."""
    _, text = call(shared, key, role)
    for secret in ("每100名", "0.281", "数学期末等级", "建议优先核实", "dropout-risk/3 ", "大对数"):
        assert secret not in text


@pytest.mark.parametrize("role", [r for r in Role if Right.SEE_PUPIL in RIGHTS[r]])
@pytest.mark.parametrize("key", CHILD, ids=" ".join)
def test_every_look_at_a_child_is_logged(home: House, key: tuple[str, str], role: Role) -> None:
    """An answer about children leaves an entry that names who, what and whose; a refusal none."""
    status, _ = call(home, key, role)
    kept = home.doors.audit.tail(9)
    assert len(kept) == (1 if status == 200 else 0)
    for _, at, entry in kept:
        assert (entry.actor, entry.role, at) == (role.value, role.value, home.clock.now)
        assert entry.subject in (f"pupil:{PUPIL}", f"school:{HERE}")
        assert CANARY_ID not in repr(entry)


@pytest.mark.parametrize("key", [*CHILD, ("GET", "/")], ids=" ".join)
def test_an_unwritable_audit_shows_nothing(home: House, key: tuple[str, str]) -> None:
    """Where the look cannot be logged there is no look: 503."""
    from sqlalchemy import text as sql

    with home.database.write() as connection:
        connection.execute(sql("drop table audit"))
    status, text = call(home, key, Role.COUNSELOR)
    assert status == 503
    assert "出勤率" not in text
    assert "八年级" not in text


def test_every_role_has_a_scope_here() -> None:
    """The factories cover every role, so the matrix does."""
    assert set(SCOPES) == set(Role)
