"""The reception: many requests in one transaction, nobody answered before what was seen is kept."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace

import pytest
from sqlalchemy import text

from serving.accounts import IDLE, AuditUnwritable, Entry
from serving.permissions import Actor, Forbidden, Role
from serving.ports import Unreachable
from serving.store import reception as receptions
from serving.store.accounts import StoredAccounts
from serving.store.audit import StoredAudit
from serving.store.database import Database, open_database
from serving.store.lists import SqlLists
from serving.store.reception import BatchReception
from serving.store.sessions import StoredSessions
from tests.serving.factories import PASSWORD, SCOPES, Clock
from tests.serving.store.test_lists import publication, publish


class Room:
    """A reception over a database with one account and an open session."""

    def __init__(self, database: Database) -> None:
        self.clock, self.database = Clock(), database
        self.lists = SqlLists(database)
        self.reception = BatchReception(database, self.clock, self.lists)
        self.sessions = StoredSessions(database, self.clock)
        self.audit = StoredAudit(database, self.clock)
        StoredAccounts(database, self.clock).add("clerk", PASSWORD, SCOPES[Role.CLERK])
        self.token = self.sessions.open("clerk")

    def ask(self, *looks: object, token: str | None = None) -> list[object]:
        """What came of the looks, asked at once: values and exceptions."""

        async def every() -> list[object]:
            own = self.token if token is None else token
            asked = [self.reception.ask(own, look, demo=False) for look in looks]  # type: ignore[arg-type]
            return await asyncio.gather(*asked, return_exceptions=True)

        return asyncio.run(every())


@pytest.fixture
def room(database: Database) -> Room:
    return Room(database)


def entry(n: int) -> Entry:
    return Entry("clerk", "clerk", "pupil", f"pupil:p{n}", {"list_id": "L1"})


def seen(n: int) -> object:
    """A look that logs itself and gives its number."""
    return lambda actor, standing: ((entry(n),), n)


def test_everyone_gets_the_own_answer_and_an_entry(room: Room) -> None:
    """Three hundred at once: each the own answer, one entry each in the order asked, one chain."""
    assert room.ask(*(seen(n) for n in range(300))) == list(range(300))
    subjects = [e.subject for _, _, e in reversed(room.audit.tail(999))]
    assert subjects == [f"pupil:p{n}" for n in range(300)]
    assert room.audit.problems() == []


def test_who_waits_shares_a_commit(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    """Those who come while a commit is under way are kept by the next one together."""
    commits = []
    plain = Database.direct
    monkeypatch.setattr(Database, "direct", lambda own: commits.append(1) or plain(own))
    room.ask(*(seen(n) for n in range(200)))
    assert 0 < len(commits) < 100


def test_only_a_crowd_is_gathered(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    """After one who asked alone the next is served at once; after several the next transaction keeps its distance."""
    rests: list[float] = []
    clock = SimpleNamespace(monotonic=time.monotonic, sleep=rests.append)
    monkeypatch.setattr(receptions, "time", clock)
    monkeypatch.setattr(receptions, "APART", 60.0)
    for n in range(5):
        room.ask(seen(n))
    assert rests == []
    room.ask(*(seen(n) for n in range(50)))
    room.ask(seen(50))
    assert len(rests) > 0
    assert all(0 < rest <= 60.0 for rest in rests)


def test_an_answer_leaves_after_its_commit(room: Room) -> None:
    """When somebody is answered another connection already reads the entry."""

    async def ask() -> Sequence[object]:
        await room.reception.ask(room.token, seen(1), demo=False)  # type: ignore[arg-type]
        return room.audit.tail(9)

    assert len(asyncio.run(ask())) == 1


def test_one_refusal_is_nobody_elses(room: Room) -> None:
    """What one look raises is raised to that one, logs nothing, and the others are answered."""

    def refused(actor: Actor | None, standing: str) -> object:
        raise Forbidden

    one, two, three = room.ask(seen(1), refused, seen(3))
    assert (one, three) == (1, 3)
    assert isinstance(two, Forbidden)
    assert len(room.audit.tail(9)) == 2


def test_what_cannot_be_kept_is_not_shown(room: Room) -> None:
    """Without a table for entries nobody gets an answer; with it again everybody does."""
    with room.database.write() as connection:
        connection.execute(text("alter table audit rename to gone"))
    assert all(isinstance(said, AuditUnwritable) for said in room.ask(seen(1), seen(2)))
    with room.database.write() as connection:
        connection.execute(text("alter table gone rename to audit"))
    assert room.ask(seen(1)) == [1]


@pytest.mark.parametrize("url", ["sqlite:///{}", "postgresql+psycopg://x:x@127.0.0.1:9/x"])
def test_a_database_that_is_not_there_answers_nobody(url: str, tmp_path: Path) -> None:
    """Neither a file that cannot be opened nor a port where nobody listens: every look is refused at once, as
    an audit that cannot be written, and the next request is heard."""
    (tmp_path / "a-folder.db").mkdir()
    database = open_database(url.format(tmp_path / "a-folder.db"), migrate=False)
    reception = BatchReception(database, Clock(), SqlLists(database))

    async def both() -> list[object]:
        asked = [reception.ask("token", seen(n), demo=False) for n in (1, 2)]  # type: ignore[arg-type]
        return await asyncio.gather(*asked, return_exceptions=True)

    for _ in range(2):
        assert all(isinstance(said, AuditUnwritable) for said in asyncio.run(both()))


def test_the_look_is_told_who_asks(room: Room) -> None:
    """The holder of the token, and nobody for another token, a closed session or account."""

    def who(actor: Actor | None, standing: str) -> object:
        return (), actor and actor.account

    assert room.ask(who) == ["clerk"]
    assert room.ask(who, token="another") == [None]
    assert room.ask(who, token="") == [None]
    room.sessions.close(room.token)
    assert room.ask(who) == [None]
    room.token = room.sessions.open("clerk")
    StoredAccounts(room.database, room.clock).disable("clerk")
    assert room.ask(who) == [None]


def test_asking_keeps_a_session_alive(room: Room) -> None:
    """Sessions end by idleness only: who keeps asking stays logged in."""
    for _ in range(4):
        room.clock.pass_(IDLE * 0.9)
        assert room.ask(seen(1)) == [1]
    room.clock.pass_(IDLE)
    assert room.ask(lambda actor, standing: ((), actor)) == [None]


def test_the_mark_follows_publication(room: Room) -> None:
    """The look is told another mark after every publication, in whatever process it happened."""

    def standing(actor: Actor | None, mark: str) -> object:
        return (), mark

    (before,) = room.ask(standing)
    publish(SqlLists(room.database), publication())
    (first,) = room.ask(standing)
    publish(SqlLists(room.database), publication("L2", reason="补录"), revise=True)
    (second,) = room.ask(standing)
    assert len({before, first, second}) == 3
    assert room.ask(standing) == [second] == [room.lists.mark()]


def test_quiet_moments_are_used(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    """After a second without a request the database is tidied once, and the next is answered."""
    tidied = threading.Event()
    plain = Database.tidy
    monkeypatch.setattr(receptions, "QUIET", 0.01)
    monkeypatch.setattr(Database, "tidy", lambda own: (plain(own), tidied.set()))
    assert room.ask(seen(1)) == [1]
    assert tidied.wait(10)
    assert room.ask(seen(2)) == [2]


def test_what_cannot_be_tidied_stops_nobody(
    room: Room, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Where tidying fails it is said in the log, and requests are answered."""
    tried = threading.Event()

    def fails(own: Database) -> None:
        tried.set()
        raise Unreachable

    monkeypatch.setattr(receptions, "QUIET", 0.01)
    monkeypatch.setattr(Database, "tidy", fails)
    assert room.ask(seen(1)) == [1]
    assert tried.wait(10)
    assert room.ask(seen(2)) == [2]
