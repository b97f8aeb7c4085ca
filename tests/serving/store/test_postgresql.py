"""PostgreSQL itself: refused, killed, written by several processes at once."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import make_url, text

from features.refusal import Refusal
from serving.accounts import Entry
from serving.permissions import Role
from serving.ports import Unreachable
from serving.store.accounts import StoredAccounts
from serving.store.audit import INSERT, StoredAudit, chained
from serving.store.database import Database, open_database
from serving.store.sessions import COARSE, StoredSessions
from serving.store.standing import how_things_stand
from serving.store.written import Written
from tests.serving import databases
from tests.serving.factories import HERE, PASSWORD, SCOPES, Clock, house

ENTRY = Entry("wang", "clerk", "disable", "account:clerk")
PUPIL = "p0000000000000000001"
WRITE = """
import sys
from datetime import UTC, datetime
from serving.accounts import Entry
from serving.store.audit import StoredAudit
from serving.store.database import open_database
audit = StoredAudit(open_database(sys.argv[1]), lambda: datetime(2026, 11, 20, tzinfo=UTC))
for n in range(30):
    audit.write(Entry("wang", "counselor", "pupil", f"pupil:p{n}"), Entry("li", "clerk", "list", "school:1"))
"""


@pytest.fixture
def server() -> Iterator[databases.Server]:
    """A server that may be killed."""
    own = databases.own_server()
    yield own
    own.end()


def test_a_server_that_is_not_there_is_one_refusal() -> None:
    """Nobody listens: one sentence that names the setting; no address and no password in it."""
    databases.postgresql()
    with pytest.raises(Unreachable) as refused:
        open_database("postgresql+psycopg://baoxue:secret@127.0.0.1:1/baoxue")
    assert "BAOXUE_DATABASE_URL" in refused.value.zh
    assert "secret" not in refused.value.zh + refused.value.en


@pytest.mark.parametrize("url", ["nonsense", "mysterious://x/y"])
def test_what_is_no_address_is_one_refusal(url: str) -> None:
    """A torn address and a database of another kind are refused with what to write."""
    with pytest.raises(Refusal, match=r"(?i)postgresql"):
        open_database(url)


def test_a_killed_server_is_503_then_all_is_well(server: databases.Server, tmp_path: Path) -> None:
    """While it is away: 503 and nothing shown, quick way and long way; back again: as before."""
    home = house(tmp_path, url=server.url)
    client = home.client(Role.COUNSELOR)
    quick, long = f"/v1/pupils/{PUPIL}/explanation", f"/v1/schools/{HERE}/risk-list?limit=2"
    before = {path: client.get(path).content for path in (quick, long)}
    server.kill()
    for path in (quick, long):
        answer = client.get(path)
        assert answer.status_code == 503
        assert HERE not in answer.text
    server.start()
    assert {path: client.get(path).content for path in (quick, long)} == before
    assert home.doors.audit.problems() == []
    home.database.close()


def test_a_server_begun_anew_while_nobody_asked_is_not_noticed(
    server: databases.Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A connection that rested is asked first: whoever comes next is answered as before."""
    monkeypatch.setattr("serving.store.database.RESTED", 0.0)
    home = house(tmp_path, url=server.url)
    client = home.client(Role.COUNSELOR)
    path = f"/v1/pupils/{PUPIL}/explanation"
    before = client.get(path).content
    server.kill()
    server.start()
    answer = client.get(path)
    assert (answer.status_code, answer.content) == (200, before)
    home.database.close()


def test_a_connection_in_use_is_not_asked(
    server: databases.Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of two transactions in a row neither is preceded by a question; after a rest one is."""
    database = open_database(server.url)
    asked = []
    plain = type(database.engine.dialect).do_ping
    monkeypatch.setattr(
        type(database.engine.dialect),
        "do_ping",
        lambda own, connection: asked.append(1) or plain(own, connection),
    )
    monkeypatch.setattr("serving.store.database.RESTED", 60.0)
    for _ in range(2):
        with database.write():
            pass
    assert asked == []
    monkeypatch.setattr("serving.store.database.RESTED", 0.0)
    with database.write():
        pass
    assert asked == [1]
    database.close()


def test_several_processes_write_one_chain() -> None:
    """Three processes at once: every entry is kept, numbered once, and the chain holds."""
    url = databases.postgresql()
    command = [sys.executable, "-c", WRITE, url]
    running = [subprocess.Popen(command) for _ in range(3)]
    assert [process.wait(60) for process in running] == [0, 0, 0]
    audit = StoredAudit(open_database(url), Clock())
    assert len(audit.tail(999)) == 180
    assert audit.problems() == []


def test_crowds_and_single_entries_take_turns() -> None:
    """Two desks that write for crowds and one that writes entries singly: nobody fails, one chain."""
    desks = [open_database(url) for url in [databases.postgresql()] * 3]
    clock = Clock()

    def crowd(desk: Database) -> None:
        for _ in range(40):
            with desk.direct() as direct:
                newest = how_things_stand(direct, set(), clock()).newest
                Written(INSERT).each(direct, chained([ENTRY, ENTRY], clock, newest))

    def singly(desk: Database) -> None:
        for _ in range(40):
            StoredAudit(desk, clock).write(ENTRY)

    with ThreadPoolExecutor(3) as pool:
        every = zip((crowd, crowd, singly), desks, strict=True)
        for done in [pool.submit(work, desk) for work, desk in every]:
            done.result(60)
    audit = StoredAudit(desks[0], clock)
    assert len(audit.tail(999)) == 200
    assert audit.problems() == []
    for desk in desks:
        desk.close()


def test_whoever_waited_finds_what_was_written_meanwhile() -> None:
    """A server set to one state a transaction is asked for the newest in each question all the same."""
    own = make_url(databases.postgresql()).update_query_dict(
        {"options": "-c default_transaction_isolation=serializable"}
    )
    database = open_database(own.render_as_string(hide_password=False))
    asked = "show transaction_isolation"
    with database.direct() as direct:
        direct.cursor.execute(asked)
        crowd = direct.cursor.fetchall()
    with database.write() as connection:
        single = connection.exec_driver_sql(asked).all()
    assert [tuple(row) for row in (*crowd, *single)] == [("read committed",)] * 2
    database.close()


def test_very_much_at_once_is_written() -> None:
    """Twenty megabytes of entries in one transaction: all are kept, and nobody waits for ever."""
    database = open_database(databases.postgresql())
    clock = Clock()
    long = replace(ENTRY, detail={"why": "一" * 10_000})

    def writes() -> None:
        with database.direct() as direct:
            newest = how_things_stand(direct, set(), clock()).newest
            Written(INSERT).each(direct, chained([long] * 350, clock, newest))

    writing = threading.Thread(target=writes, daemon=True)
    writing.start()
    writing.join(120)
    assert not writing.is_alive()
    assert StoredAudit(database, clock).problems() == []
    assert len(StoredAudit(database, clock).tail(999)) == 350
    database.close()


@pytest.mark.parametrize("upkeep", ["ANALYZE audit", "VACUUM audit"])
def test_the_servers_own_upkeep_makes_nobody_wait(upkeep: str) -> None:
    """While the audit is analysed entries are written; while entries are written it may be vacuumed."""
    database = open_database(databases.postgresql())
    audit = StoredAudit(database, Clock())
    with database.engine.connect() as keeper, keeper.begin():
        # what ANALYZE and VACUUM hold while they work
        keeper.execute(text("LOCK TABLE audit IN SHARE UPDATE EXCLUSIVE MODE"))
        with database.direct() as direct:
            direct.cursor.execute("SET LOCAL lock_timeout = '2s'")
            standing = how_things_stand(direct, set(), Clock()())
            Written(INSERT).each(direct, chained([ENTRY], Clock(), standing.newest))
    engine = database.engine.execution_options(isolation_level="AUTOCOMMIT")
    with database.direct() as direct, engine.connect() as keeper:
        how_things_stand(direct, set(), Clock()())
        keeper.exec_driver_sql("SET lock_timeout = '2s'")
        keeper.exec_driver_sql(upkeep)
    assert len(audit.tail(9)) == 1
    database.close()


def test_an_account_changes_while_answers_are_given() -> None:
    """Whoever closes an account waits for answers under way, which mark its session as seen; neither fails."""
    database = open_database(databases.postgresql())
    accounts, clock = StoredAccounts(database, Clock()), Clock()
    accounts.add("clerk", PASSWORD, SCOPES[Role.CLERK])
    token = StoredSessions(database, clock).open("clerk")
    clock.pass_(COARSE * 2)
    closing = threading.Thread(target=lambda: accounts.disable("clerk", by=ENTRY))
    with database.direct() as direct:
        how_things_stand(direct, set(), clock())
        closing.start()
        _until_somebody_waits(database)
        held = how_things_stand(direct, {token}, clock())
    closing.join(20)
    assert not closing.is_alive()
    assert held.actors != {}
    assert [entry for _, _, entry in StoredAudit(database, clock).tail(9)] == [ENTRY]
    assert StoredSessions(database, clock).actor(token, demo=False) is None
    database.close()


def _until_somebody_waits(database: Database) -> None:
    waits = text("select count(*) from pg_locks where not granted")
    until = time.monotonic() + 20
    while time.monotonic() < until:
        with database.read() as connection:
            if connection.scalar(waits):
                return
        time.sleep(0.01)
    raise AssertionError("nobody waits")


def test_several_processes_migrate_once() -> None:
    """Of four who find an empty database one migrates and the others wait for it."""
    url, barrier = databases.empty_postgresql(), threading.Barrier(4)

    def opened(_: int) -> bool:
        barrier.wait()
        database = open_database(url)
        try:
            return database.at_head()
        finally:
            database.close()

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(opened, range(4))) == [True] * 4


def test_what_was_read_is_never_half_logged(server: databases.Server) -> None:
    """Killed in the middle of writing, the chain holds and ends with a whole transaction."""
    database = open_database(server.url)
    audit = StoredAudit(database, Clock())
    kept, stop = [0], threading.Event()

    def write() -> None:
        while not stop.is_set():
            try:
                audit.write(*(Entry("wang", "counselor", "pupil", f"pupil:p{n}") for n in range(3)))
            except Refusal:
                return
            kept[0] += 3

    thread = threading.Thread(target=write)
    thread.start()
    while kept[0] < 30:
        pass
    server.kill()
    thread.join()
    stop.set()
    server.start()
    assert audit.problems() == []
    assert len(audit.tail(9999)) in (kept[0], kept[0] + 3)
    database.close()
