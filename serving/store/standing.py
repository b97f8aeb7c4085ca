"""How things stand: who holds a token, which lists there are, the newest entry of the audit; one question.

Each question to a database is a journey, and one of a thread that shares the interpreter with those who
answer: on the way back it waits until it is let in again.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, true

from serving.permissions import Actor
from serving.store.audit import NEWEST, NONE, ONE_AT_A_TIME
from serving.store.lists import COUNTED, Count
from serving.store.sessions import HELD, SEEN, Holders, seen_now
from serving.store.written import Direct, Written

#: Columns that are the same in every row: the count of lists (3), the newest entry (2).
_SHARED = 5
_SEEN = Written(SEEN)


@dataclass(frozen=True)
class Standing:
    """``actors`` by (token, whether demonstration logins are anybody); ``lists`` tells whether any was
    published since; ``newest`` is the audit's newest entry, number and hash."""

    actors: Mapping[tuple[str, bool], Actor]
    lists: Count
    newest: tuple[int, str]


def how_things_stand(direct: Direct, tokens: Collection[str], now: datetime) -> Standing:
    """For a transaction that writes, when nobody else can: sessions seen are kept alive in it."""
    if direct.dialect.name in ONE_AT_A_TIME:
        direct.cursor.execute(ONE_AT_A_TIME[direct.dialect.name])
    holders = Holders(tokens)
    rows = _QUESTION.rows(direct, holders.values(now))
    found = holders.told(row[_SHARED:] for row in rows)
    _SEEN.each(direct, seen_now(found.stale, now))
    count, (number, its_hash) = Count(*rows[0][:3]), rows[0][3:_SHARED]
    return Standing(found.actors, count, NONE if number is None else (number, its_hash))


def _question() -> Written:
    """A row a session, and one at least; the lists and the newest entry are in each."""
    lists, newest, sessions = COUNTED.subquery(), NEWEST.subquery(), HELD.subquery()
    every = lists.outerjoin(newest, true()).outerjoin(sessions, true())
    return Written(select(lists, newest, sessions).select_from(every))


_QUESTION = _question()
