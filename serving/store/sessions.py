"""Who is logged in: hashed tokens, revocable at once, ended by idleness and by age."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    Column,
    ForeignKey,
    String,
    Table,
    Text,
    bindparam,
    cast,
    delete,
    insert,
    or_,
    select,
    update,
)

from serving.accounts import ABSOLUTE, IDLE, Clock
from serving.permissions import Actor, Role, Scope
from serving.store.accounts import ACCOUNTS, check_proof
from serving.store.database import Database, UtcTime, metadata
from serving.store.texts import among

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

    def open(self, account: str, proof: str | None = None) -> str:
        """A new token; what has ended is forgotten on the way. See ``serving.accounts.Sessions``."""
        token, now = secrets.token_urlsafe(32), self._clock()
        row = {
            "token_hash": _hash(token),
            "account": account,
            "opened_at": now,
            "seen_at": now,
        }
        with self._database.write() as connection:
            if proof is not None:
                check_proof(connection, account, proof)
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
        holders, now = Holders([token]), self._clock()
        with self._database.read() as connection:
            found = holders.told(connection.execute(HELD, holders.values(now)).all())
        if found.stale:
            with self._database.write() as connection:
                connection.execute(SEEN, seen_now(found.stale, now))
        return found.actors.get((token, demo))

    def close(self, token: str) -> None:
        """End this session at once."""
        with self._database.write() as connection:
            connection.execute(delete(SESSIONS).where(SESSIONS.c.token_hash == _hash(token)))


@dataclass(frozen=True)
class Held:
    """``actors``: who holds a token, by (token, whether demonstration logins are anybody); ``stale``: hashes of
    sessions not marked as seen for a while."""

    actors: Mapping[tuple[str, bool], Actor]
    stale: Sequence[str]


class Holders:
    """The question who holds some tokens: its values, and what its rows tell."""

    def __init__(self, tokens: Collection[str]) -> None:
        """``tokens`` as they were brought; an empty one is nobody's."""
        self._tokens = {_hash(token): token for token in tokens if token}

    def values(self, now: datetime) -> dict[str, object]:
        """The values of ``HELD``."""
        moments = {"idle": now - IDLE, "oldest": now - ABSOLUTE, "coarse": now - COARSE}
        return {"hashes": list(self._tokens), **moments}

    def told(self, rows: Iterable[Sequence[Any]]) -> Held:
        """What the rows of ``HELD`` tell; one without a session is passed over."""
        actors: dict[tuple[str, bool], Actor] = {}
        stale: list[str] = []
        for token_hash, is_stale, demo, *who in rows:
            if token_hash is None:
                continue
            token, actor = self._tokens[token_hash], _actor(*who, demo=bool(demo))
            actors[token, True] = actor
            if not demo:
                actors[token, False] = actor
            if is_stale:
                stale.append(token_hash)
        return Held(actors, stale)


#: The sessions of some hashes that have not ended, each with its account; ``Holders`` knows values and rows.
HELD = (
    select(
        SESSIONS.c.token_hash,
        (SESSIONS.c.seen_at <= bindparam("coarse", type_=UtcTime)).label("stale"),
        *(ACCOUNTS.c[name] for name in ("demo", "name", "role")),
        *(cast(ACCOUNTS.c[name], Text).label(name) for name in ("schools", "classes")),
    )
    .join(ACCOUNTS, SESSIONS.c.account == ACCOUNTS.c.name)
    .where(among(SESSIONS.c.token_hash, "hashes"), ACCOUNTS.c.active)
    .where(
        SESSIONS.c.seen_at > bindparam("idle", type_=UtcTime),
        SESSIONS.c.opened_at > bindparam("oldest", type_=UtcTime),
    )
)
#: A session was seen.
SEEN = (
    update(SESSIONS)
    .where(SESSIONS.c.token_hash == bindparam("session"))
    .values(seen_at=bindparam("now", type_=UtcTime))
)


def seen_now(hashes: Sequence[str], now: datetime) -> list[dict[str, object]]:
    """The values of ``SEEN`` for each session."""
    return [{"session": one, "now": now} for one in hashes]


@lru_cache(4096)
def _actor(name: str, role: str, schools: str, classes: str, *, demo: bool) -> Actor:
    """An actor never changes; who it is was read just now."""
    own = Scope(Role(role), frozenset(json.loads(schools)), frozenset(json.loads(classes)))
    return Actor(name, own, demo=demo)


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
