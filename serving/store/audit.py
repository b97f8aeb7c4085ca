"""The audit: a chain of hashes over who saw and did what; an edit, a gap or a swap breaks it.

Cutting the tail leaves a shorter chain that holds: ``anchor()`` is to be kept outside (printed
monthly, or sent to the county) and compared.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, Column, Connection, Integer, Row, String, Table, insert, select
from sqlalchemy.exc import SQLAlchemyError

from features.refusal import Refusal
from serving.accounts import AuditUnwritable, Clock, Entry
from serving.store.database import Database, UtcTime, metadata

log = logging.getLogger("baoxue.audit")

AUDIT = Table(
    "audit",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("at", UtcTime(), nullable=False),
    Column("actor", String(64), nullable=False),
    Column("role", String(32), nullable=False),
    Column("action", String(32), nullable=False),
    Column("subject", String(128), nullable=False),
    Column("detail", JSON, nullable=False),
    Column("previous", String(64), nullable=False),
    Column("hash", String(64), nullable=False),
)
FIRST = "0" * 64
TURN = 0x62616F61  # any number will do, as long as every process takes the same, and no other lock has it
#: So many entries are read at a time.
PAGE = 10_000
#: Number and hash of the newest entry; no row where there is none.
NEWEST = select(AUDIT.c.number, AUDIT.c.hash).order_by(AUDIT.c.number.desc()).limit(1)
#: What a chain without entries ends with.
NONE = (0, FIRST)
INSERT = insert(AUDIT)
#: Said before the newest entry is read: two writers wait for each other. On SQLite a writer has taken its lock.
#: No lock of the table: a server's own upkeep of it would make every answer wait, and wait for them itself.
ONE_AT_A_TIME = {"postgresql": f"SELECT pg_advisory_xact_lock({TURN})"}
_encode = json.JSONEncoder(sort_keys=True, ensure_ascii=True, separators=(",", ":")).encode


class StoredAudit:
    """The audit in the database; fulfils ``serving.accounts.Audit``."""

    def __init__(self, database: Database, clock: Clock) -> None:
        """``clock`` gives aware UTC moments."""
        self._database = database
        self._clock = clock

    def write(self, *entries: Entry) -> None:
        """Append the entries in one transaction and commit it.

        What is shown comes from published run folders, which never change; so a route reads, writes
        here, and only then answers: what was not logged was not shown. Raises ``AuditUnwritable``.
        """
        try:
            with self._database.write() as connection:
                append(connection, entries, self._clock)
        except (SQLAlchemyError, Refusal) as error:
            log.error("audit not written: %s", type(error).__name__)
            raise AuditUnwritable from error

    def problems(self) -> Sequence[str]:
        """What is wrong with the chain, one sentence each; empty when it holds."""
        previous, expected, found = FIRST, 1, list[str]()
        while rows := self._page(expected):
            for row in rows:
                if row.number != expected:
                    found.append(f"第 {expected} 条缺失 / entry {expected} is missing")
                if row.previous != previous or row.hash != _hash(row.number, _content(row)):
                    found.append(f"第 {row.number} 条被改动 / entry {row.number} was altered")
                previous, expected = row.hash, row.number + 1
        return found

    def _page(self, first: int) -> Sequence[Row[Any]]:
        """Some entries from ``first`` on; entries never change, so pages read apart are one chain."""
        query = select(AUDIT).where(AUDIT.c.number >= first).order_by(AUDIT.c.number).limit(PAGE)
        with self._database.read() as connection:
            return connection.execute(query).all()

    def anchor(self) -> str:
        """Number and hash of the newest entry, to be kept outside."""
        with self._database.read() as connection:
            number, kept = _last(connection)
        return f"{number}:{kept}"

    def tail(self, count: int) -> Sequence[tuple[int, datetime, Entry]]:
        """The newest entries, newest first, as (number, moment in UTC, entry)."""
        query = select(AUDIT).order_by(AUDIT.c.number.desc()).limit(count)
        with self._database.read() as connection:
            rows = connection.execute(query).all()
        return [(row.number, row.at, _entry(row)) for row in rows]


def take_turn(connection: Connection) -> None:
    """Nobody else appends until this transaction ends; twice in one transaction is once.

    Whoever changes accounts takes it first: those who answer mark sessions as seen when they have taken it.
    """
    if connection.dialect.name in ONE_AT_A_TIME:
        connection.exec_driver_sql(ONE_AT_A_TIME[connection.dialect.name])


def append(connection: Connection, entries: Sequence[Entry], clock: Clock) -> None:
    """Chain ``entries`` to the newest, in this order, inside the transaction of ``connection``."""
    take_turn(connection)
    rows = chained(entries, clock, _last(connection))
    if rows:
        connection.execute(INSERT, rows)


def chained(
    entries: Sequence[Entry], clock: Clock, newest: tuple[int, str]
) -> list[dict[str, object]]:
    """The rows of ``entries``, chained to ``newest`` (number and hash) in this order."""
    number, previous = newest
    rows: list[dict[str, object]] = []
    for entry in entries:
        number += 1
        row: dict[str, object] = {
            "number": number,
            "at": clock(),
            "actor": entry.actor,
            "role": entry.role,
            "action": entry.action,
            "subject": entry.subject,
            "detail": dict(entry.detail),
            "previous": previous,
        }
        previous = _hash(number, row)
        rows.append({**row, "hash": previous})
    return rows


def _last(connection: Connection) -> tuple[int, str]:
    row = connection.execute(NEWEST).one_or_none()
    return NONE if row is None else (row.number, row.hash)


def _content(row: Row[tuple[object, ...]]) -> dict[str, object]:
    return {c: getattr(row, c) for c in AUDIT.c.keys() if c != "hash"}  # noqa: SIM118 - no mapping


def _entry(row: Row[tuple[object, ...]]) -> Entry:
    return Entry(row.actor, row.role, row.action, row.subject, row.detail)


def _hash(number: int, content: dict[str, object]) -> str:
    at = content["at"]
    assert isinstance(at, datetime)
    said = {**content, "number": number, "at": at.astimezone(UTC).isoformat()}
    return hashlib.sha256(_encode(said).encode()).hexdigest()
