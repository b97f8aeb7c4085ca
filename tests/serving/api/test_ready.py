"""Answers kept ready say what the long way says: to everyone, byte for byte, and are logged alike."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from fastapi import FastAPI
from httpx2 import Response

from serving.api.front import Front, pupil_ready
from serving.api.schemas import Risk
from serving.permissions import Role, Scope
from serving.services.views import Explanation, SchoolWeek
from tests.serving.factories import (
    CLASS,
    ELSEWHERE,
    HERE,
    OTHER_CLASS,
    PASSWORD,
    WEEK,
    House,
    Published,
    county,
    house,
)
from tests.serving.store.test_lists import publication, publish

PUPIL = "p0000000000000000001"
PATHS = [
    *(f"/v1/pupils/{pupil}/{what}{week}"
      for pupil in (PUPIL, "p0000000000000000005", "p0000000000000000009", "p" + "f" * 20, "G440101201305071234")
      for what in ("explanation", "risk") for week in ("", f"?week={WEEK}", "?week=2020-W01", "?week=x", "?lang=en")),
    *(f"/v1/schools/{school}/{what}{more}"
      for school in (HERE, ELSEWHERE, "9" * 80) for what in ("risk-list", "alerts")
      for more in ("", f"?week={WEEK}", "?limit=2", "?format=csv", "?week=2020-W01")),
]  # fmt: skip


@dataclass
class Counted:
    """Views that count how often they are asked."""

    views: Published
    asked: int = 0

    def explanation(self, pupil_id: str, week: str | None) -> Explanation | None:
        self.asked += 1
        return self.views.explanation(pupil_id, week)

    def week(self, school_id: str, week: str | None) -> SchoolWeek | None:
        self.asked += 1
        return self.views.week(school_id, week)


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> tuple[House, House]:
    """The same house with and without answers kept ready."""
    return house(tmp_path_factory.mktemp("quick")), house(tmp_path_factory.mktemp("long"), quick=False)  # fmt: skip


def told(answer: Response) -> tuple[int, bytes, Mapping[str, str]]:
    return answer.status_code, answer.content, dict(sorted(answer.headers.items()))


def logged(home: House) -> list[tuple[str, str, str, object]]:
    """All entries, oldest first, without their moments."""
    tail = reversed(home.doors.audit.tail(9999))
    return [(e.actor, e.action, e.subject, dict(e.detail)) for _, _, e in tail]


@pytest.mark.parametrize("role", [None, *Role])
def test_ready_answers_are_those_of_the_long_way(
    both: tuple[House, House], role: Role | None
) -> None:
    """Every question, twice (made, then ready): status, bytes, headers and audit are the same."""
    quick, long = (one.client(role) for one in both)
    for path in PATHS * 2:
        assert told(quick.get(path)) == told(long.get(path)), path
    assert logged(both[0]) == logged(both[1])


@pytest.mark.parametrize("classes", [(CLASS,), (OTHER_CLASS,), (CLASS, OTHER_CLASS), ("none",)])
def test_each_class_has_its_own_answer(both: tuple[House, House], classes: tuple[str, ...]) -> None:
    """A counselor or teacher of some classes gets their rows, whoever asked before."""
    for role in (Role.COUNSELOR, Role.CLASS_TEACHER, Role.PRINCIPAL):
        for one in both:
            name = f"{role}-{'-'.join(classes)}"
            scope = Scope(role, frozenset({HERE}), frozenset(classes))
            one.doors.accounts.add(name, PASSWORD, scope)
        clients = [one.client() for one in both]
        for client, one in zip(clients, both, strict=True):
            client.headers["Authorization"] = f"Bearer {one.doors.sessions.open(name)}"
        for path in (
            f"/v1/schools/{HERE}/risk-list",
            f"/v1/schools/{HERE}/alerts",
            f"/v1/pupils/{PUPIL}/risk",
        ):
            quick, long = (client.get(path) for client in clients)
            assert told(quick) == told(long), (path, role)


def counted(tmp_path: Path) -> tuple[House, Counted]:
    home, views = house(tmp_path), Counted(county())
    home.app.state.doors = replace(home.doors, views=views)
    return home, views


@pytest.mark.parametrize(
    "path", [f"/v1/pupils/{PUPIL}/explanation", f"/v1/schools/{HERE}/risk-list"]
)
def test_an_answer_is_made_once(tmp_path: Path, path: str) -> None:
    """The second to ask, under another role with the same rights, makes nothing be read again."""
    home, views = counted(tmp_path)
    first = home.client(Role.COUNSELOR).get(path)
    again = home.client(Role.PRINCIPAL).get(path)
    assert (first.status_code, again.content, views.asked) == (200, first.content, 1)


def test_a_publication_makes_every_answer_anew(tmp_path: Path) -> None:
    """After a revision nothing of before is found: another answer, another tag, no 304."""
    home, views = counted(tmp_path)
    client, path = home.client(Role.COUNSELOR), f"/v1/pupils/{PUPIL}/explanation"
    first = client.get(path)
    held = {"If-None-Match": first.headers["etag"]}
    assert client.get(path, headers=held).status_code == 304
    assert home.doors.quick is not None
    publish(home.doors.quick.mark.__self__, publication())  # type: ignore[attr-defined]
    page = views.views.pages[PUPIL]
    other = replace(page, explanation=replace(page.explanation, verdict_zh="更正后的估计。"))
    views.views = replace(views.views, pages={**views.views.pages, PUPIL: other})
    after = client.get(path, headers=held)
    assert (after.status_code, after.json()["verdict_zh"]) == (200, "更正后的估计。")
    assert after.headers["etag"] != first.headers["etag"]


def test_a_list_published_while_an_answer_is_made_is_not_mixed(tmp_path: Path) -> None:
    """What was read before a publication is not kept as the answer after it."""
    home, views = counted(tmp_path)
    lists = home.doors.quick.mark.__self__  # type: ignore[union-attr]
    plain = views.views.explanation

    def publishing(pupil_id: str, week: str | None) -> Explanation | None:
        found = plain(pupil_id, week)
        if not lists.standing():
            publish(lists, publication())
        return found

    object.__setattr__(views.views, "explanation", publishing)
    client, path = home.client(Role.COUNSELOR), f"/v1/pupils/{PUPIL}/explanation"
    assert client.get(path).status_code == 200
    asked = views.asked
    assert client.get(path).status_code == 200
    assert views.asked == asked + 1  # made anew under the list that stands now


def test_an_unchanged_answer_is_logged_too(home: House) -> None:
    """304 is a look as well: whoever has it open looked again."""
    client, path = home.client(Role.COUNSELOR), f"/v1/schools/{HERE}/risk-list"
    tag = client.get(path).headers["etag"]
    for held in (tag, f'"x", W/{tag}', "*"):
        again = client.get(path, headers={"If-None-Match": held})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    assert len(logged(home)) == 4


def test_a_closed_session_sees_nothing_ready(home: House) -> None:
    """What was ready a moment ago is nobody's after logout."""
    client, path = home.client(Role.COUNSELOR), f"/v1/pupils/{PUPIL}/explanation"
    assert client.get(path).status_code == 200
    home.doors.sessions.close(client.cookies["baoxue_session"])
    assert client.get(path).status_code == 401


def test_only_guarded_routes_are_ways(home: House) -> None:
    """Every way of the front has the right of its route's guard; an unguarded one is no way."""
    ways = {way.name: way.right for way in home.app.state.front._ways}
    assert set(ways) == {"risk_list", "alerts", "risk", "explanation"}
    app = FastAPI(openapi_url=None)
    app.add_api_route("/open/{pupil_id}", pupil_ready(Risk.of)(lambda pupil_id: pupil_id))
    assert Front(app.routes)._ways == []


def test_an_error_on_the_way_is_answered_by_the_route(
    home: House, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Where making an answer fails the route answers, without the error's text in a log."""

    class Torn(Counted):
        def explanation(self, pupil_id: str, week: str | None) -> Explanation | None:
            if self.asked == 0:
                self.asked += 1
                raise RuntimeError("欧阳金丝雀")
            return super().explanation(pupil_id, week)

    home.app.state.doors = replace(home.doors, views=Torn(county()))
    assert home.client(Role.COUNSELOR).get(f"/v1/pupils/{PUPIL}/explanation").status_code == 200
    assert "RuntimeError" in caplog.text
    assert "欧阳金丝雀" not in caplog.text
