"""Who is logged in: hashed tokens, revocable at once, ended by idleness and by age."""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta

from sqlalchemy import (
    Column,
    Connection,
    ForeignKey,
    String,
    Table,
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
        query = (
            select(ACCOUNTS, SESSIONS.c.seen_at)
            .join(SESSIONS, SESSIONS.c.account == ACCOUNTS.c.name)
            .where(SESSIONS.c.token_hash == _hash(token), ACCOUNTS.c.active)
            .where(SESSIONS.c.seen_at > now - IDLE, SESSIONS.c.opened_at > now - ABSOLUTE)
        )
        with self._database.read() as connection:
            row = connection.execute(query).one_or_none()
        if row is None or (row.demo and not demo):
            return None
        if now - row.seen_at >= COARSE:
            with self._database.write() as connection:
                _touch(connection, token, now=self._clock)
        return Actor(row.name, scope_of(row), demo=row.demo)

    def close(self, token: str) -> None:
        """End this session at once."""
        with self._database.write() as connection:
            connection.execute(delete(SESSIONS).where(SESSIONS.c.token_hash == _hash(token)))


def _touch(connection: Connection, token: str, *, now: Clock) -> None:
    connection.execute(
        update(SESSIONS).where(SESSIONS.c.token_hash == _hash(token)).values(seen_at=now())
    )


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
