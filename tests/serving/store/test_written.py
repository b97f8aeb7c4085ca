"""Statements written out once: the same values go in and the same rows change as by SQLAlchemy itself."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime

import pytest
from sqlalchemy import bindparam, insert, select, text, update
from sqlalchemy.exc import SQLAlchemyError

from serving.store.audit import AUDIT, INSERT, NONE, StoredAudit, chained
from serving.store.database import Database
from serving.store.sessions import COARSE, SESSIONS
from serving.store.standing import how_things_stand
from serving.store.texts import among
from serving.store.written import Written
from tests.serving.factories import Clock
from tests.serving.store.test_reception import Room, entry

NOW = datetime(2026, 11, 20, 8, tzinfo=UTC)
ROW = {
    "number": 1, "at": NOW, "actor": "王", "role": "clerk", "action": "list", "subject": "school:1",
    "detail": {"rows": 3, "name": "一中"}, "previous": "0", "hash": "1",
}  # fmt: skip


def test_a_written_insert_keeps_what_sqlalchemy_would(database: Database) -> None:
    """Days, texts and JSON written directly read back as the same rows written the long way."""
    with database.direct() as direct:
        Written(insert(AUDIT)).each(direct, [ROW, {**ROW, "number": 2}])
    with database.write() as connection:
        connection.execute(insert(AUDIT), [{**ROW, "number": 3}])
    with database.read() as connection:
        rows = connection.execute(select(AUDIT).order_by(AUDIT.c.number)).all()
    assert [row._asdict() for row in rows] == [{**ROW, "number": n} for n in (1, 2, 3)]


def test_nothing_to_do_is_not_said(database: Database) -> None:
    """For no rows the database is not asked."""
    with database.direct() as direct:
        Written(insert(AUDIT)).each(direct, [])
    assert StoredAudit(database, Clock()).tail(9) == []


def test_an_error_takes_everything_back(database: Database) -> None:
    """A second row with the number of the first: SQLAlchemy's error, and neither is kept; then all is well."""
    with pytest.raises(SQLAlchemyError), database.direct() as direct:
        Written(insert(AUDIT)).each(direct, [ROW, ROW])
    assert StoredAudit(database, Clock()).tail(9) == []
    with database.direct() as direct:
        Written(insert(AUDIT)).each(direct, [ROW])
    assert len(StoredAudit(database, Clock()).tail(9)) == 1


def test_nothing_is_cut_to_fit(database: Database) -> None:
    """A text longer than its column is refused where the database knows lengths, and never kept shorter."""
    long = {**ROW, "number": 2, "actor": "王" * 65}
    with suppress(SQLAlchemyError), database.direct() as direct:
        Written(insert(AUDIT)).each(direct, [long])
    kept = [entry.actor for _, _, entry in StoredAudit(database, Clock()).tail(9)]
    assert kept == ([] if database.engine.dialect.name == "postgresql" else [long["actor"]])


def test_a_time_without_a_zone_is_refused(database: Database) -> None:
    """Nobody knows which moment it is: neither kind of database keeps it."""
    naive = {**ROW, "at": NOW.replace(tzinfo=None)}
    with pytest.raises(ValueError, match="zone"), database.direct() as direct:
        Written(insert(AUDIT)).each(direct, [naive])
    assert StoredAudit(database, Clock()).tail(9) == []


def test_what_is_raised_inside_takes_everything_back(database: Database) -> None:
    """An error of our own between two statements: nothing is kept, and the error is that one."""

    def half() -> None:
        with database.direct() as direct:
            Written(insert(AUDIT)).each(direct, [ROW])
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        half()
    assert StoredAudit(database, Clock()).tail(9) == []


@pytest.mark.parametrize("asked", [[], ["a"], ["a", "c", "x"], ["a'b", '"', "\\", "一"]])
def test_among_is_in(database: Database, asked: list[str]) -> None:
    """The rows found among some texts are those of them that are there, whatever the texts hold."""
    there = ["a", "b", "c", "a'b", '"', "\\", "一"]
    rows = [{**ROW, "number": n, "actor": one} for n, one in enumerate(there)]
    query = select(AUDIT.c.actor).where(among(AUDIT.c.actor, "actors"))
    with database.write() as connection:
        connection.execute(insert(AUDIT), rows)
        long = {row.actor for row in connection.execute(query, {"actors": asked})}
    with database.direct() as direct:
        short = {actor for (actor,) in Written(query).rows(direct, {"actors": asked})}
    assert long == short == set(asked) & set(there)


def test_an_update_by_two_names(database: Database) -> None:
    """Values named by the statement itself and by whoever says it: only the row named is changed."""
    statement = update(AUDIT).where(AUDIT.c.number == bindparam("which")).values(actor="李")
    with database.direct() as direct:
        Written(insert(AUDIT)).each(direct, [ROW, {**ROW, "number": 2}])
        Written(statement).each(direct, [{"which": 2}])
        rows = Written(select(AUDIT.c.actor).order_by(AUDIT.c.number)).rows(direct, {})
    assert [actor for (actor,) in rows] == ["王", "李"]


def test_how_things_stand_before_anything_happened(database: Database) -> None:
    """Nobody, no list, no entry: the chain begins at its beginning."""
    with database.direct() as direct:
        standing = how_things_stand(direct, {"", "nobody's"}, NOW)
    assert standing.actors == {}
    assert standing.lists.rows == 0
    assert standing.newest == NONE


def test_the_newest_entry_is_the_one_the_audit_names(database: Database) -> None:
    """Number and hash in the one question are those of the audit's anchor, with sessions and without."""
    room = Room(database)
    room.audit.write(entry(1), entry(2))
    with database.direct() as direct:
        nobody = how_things_stand(direct, set(), room.clock())
        somebody = how_things_stand(direct, {room.token}, room.clock())
    assert nobody.newest == somebody.newest
    assert room.audit.anchor() == "{}:{}".format(*nobody.newest)
    assert {actor.account for actor in somebody.actors.values()} == {"clerk"}


def test_chained_rows_are_one_chain_with_those_before(database: Database) -> None:
    """Entries chained in two goes prove as one chain."""
    room = Room(database)
    for n in range(3):
        with database.direct() as direct:
            newest = how_things_stand(direct, set(), room.clock()).newest
            Written(INSERT).each(direct, chained([entry(n), entry(n)], room.clock, newest))
    assert room.audit.problems() == []
    assert len(room.audit.tail(9)) == 6


def test_a_scope_changed_by_hand_counts_at_once(database: Database) -> None:
    """Who asks is read in every transaction: another role in the database is another right in the next."""
    room = Room(database)
    assert room.ask(lambda actor, _: ((), actor.scope.role.value)) == ["clerk"]
    with database.write() as connection:
        connection.execute(text("update accounts set role = 'counselor'"))
    assert room.ask(lambda actor, _: ((), actor.scope.role.value)) == ["counselor"]


def test_sessions_seen_a_moment_ago_are_left_alone(database: Database) -> None:
    """Asking again within the minute writes no session; after it, the moment is kept."""
    room = Room(database)

    def seen_at() -> object:
        with database.read() as connection:
            return connection.scalar(select(SESSIONS.c.seen_at))

    first = seen_at()
    room.ask(lambda actor, _: ((), 1))
    assert seen_at() == first
    room.clock.pass_(COARSE * 2)
    room.ask(lambda actor, _: ((), 1))
    assert seen_at() == room.clock()
