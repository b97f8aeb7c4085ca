"""Who is logged in: hashed tokens, revocable at once, ended by idleness and by age."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    Column,
    Connection,
    ForeignKey,
    String,
    Table,
    bindparam,
    delete,
    insert,
    or_,
    select,
    update,
)

from serving.accounts import ABSOLUTE, IDLE, Clock
from serving.permissions import Actor
from serving.store.accounts import ACCOUNTS, scope_of
from serving.store.database import Database, UtcTime, metadata

SESSIONS = Table(
    "sessions",
    metadata,
    Column("token_hash", String(64), primary_key=True),
    Column(
        "account",
        String(64),
        ForeignKey("accounts.name", ondelete="CASCADE"),
        nullable=False,
        index=True,
    ),
    Column("opened_at", UtcTime(), nullable=False),
    Column("seen_at", UtcTime(), nullable=False),
)
#: ``seen_at`` is written at most this often: a read need not cost a write every time.
COARSE = timedelta(minutes=1)


class StoredSessions:
    """Sessions in the database; fulfils ``serving.accounts.Sessions``."""

    def __init__(self, database: Database, clock: Clock) -> None:
        """``clock`` gives aware UTC moments."""
        self._database = database
        self._clock = clock

    def open(self, account: str) -> str:
        """A new token; what has ended is forgotten on the way."""
        token, now = secrets.token_urlsafe(32), self._clock()
        row = {
            "token_hash": _hash(token),
            "account": account,
            "opened_at": now,
            "seen_at": now,
        }
        with self._database.write() as connection:
            ended = or_(SESSIONS.c.seen_at <= now - IDLE, SESSIONS.c.opened_at <= now - ABSOLUTE)
            connection.execute(delete(SESSIONS).where(ended))
            connection.execute(insert(SESSIONS).values(row))
        return token

    def actor(self, token: str, *, demo: bool) -> Actor | None:
        """Who holds the token; None where it is unknown or ended, or its account closed.

        A login of the demonstration is nobody while ``demo`` is false.
        """
        if not token:
            return None
        now = self._clock()
        with self._database.read() as connection:
            row = next(iter(_open(connection, [_hash(token)], now)), None)
        if row is None or (row.demo and not demo):
            return None
        if now - row.seen_at >= COARSE:
            with self._database.write() as connection:
                _touch(connection, [row.token_hash], now)
        return Actor(row.name, scope_of(row), demo=row.demo)

    def close(self, token: str) -> None:
        """End this session at once."""
        with self._database.write() as connection:
            connection.execute(delete(SESSIONS).where(SESSIONS.c.token_hash == _hash(token)))


def actors(
    connection: Connection, tokens: Collection[str], now: datetime
) -> dict[tuple[str, bool], Actor]:
    """Who holds each token, keyed by (token, whether demonstration logins are anybody).

    For a transaction that may write: sessions seen are kept alive in it.
    """
    hashes = {_hash(token): token for token in tokens if token}
    rows = _open(connection, list(hashes), now) if hashes else []
    stale = [row.token_hash for row in rows if now - row.seen_at >= COARSE]
    if stale:
        _touch(connection, stale, now)
    found = {}
    for row in rows:
        actor = Actor(row.name, scope_of(row), demo=row.demo)
        found[hashes[row.token_hash], True] = actor
        if not row.demo:
            found[hashes[row.token_hash], False] = actor
    return found


#: Built once: an answer that is kept ready should not wait for its query to be written.
_OPEN = (
    select(
        *(ACCOUNTS.c[name] for name in ("name", "role", "schools", "classes", "demo")),
        SESSIONS.c.seen_at,
        SESSIONS.c.token_hash,
    )
    .join(SESSIONS, SESSIONS.c.account == ACCOUNTS.c.name)
    .where(SESSIONS.c.token_hash.in_(bindparam("hashes", expanding=True)), ACCOUNTS.c.active)
    .where(SESSIONS.c.seen_at > bindparam("idle"), SESSIONS.c.opened_at > bindparam("oldest"))
)


def _open(connection: Connection, hashes: Sequence[str], now: datetime) -> list[Any]:
    """The sessions of these hashes that have not ended, each with its account."""
    said = {"hashes": hashes, "idle": now - IDLE, "oldest": now - ABSOLUTE}
    return list(connection.execute(_OPEN, said))


def _touch(connection: Connection, hashes: Sequence[str], now: datetime) -> None:
    connection.execute(
        update(SESSIONS).where(SESSIONS.c.token_hash.in_(hashes)).values(seen_at=now)
    )


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
