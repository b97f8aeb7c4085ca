"""A mark as one small number: which status in which session.

The number is part of what is stored (``attendance.mark``): statuses and sessions may be added at the end of
the contract's lists, never moved. ``mark = status_no * 3 + session_no``.
"""

from __future__ import annotations

from collections.abc import Iterable

import polars as pl

from features.tables import TABLES

SESSIONS = tuple(TABLES["attendance"].column("session").codes)
#: The last one stands for a mark without a status, which other populations may send.
STATUSES: tuple[str | None, ...] = (*TABLES["attendance"].column("status").codes, None)
PRESENT = STATUSES.index("present")


def mark_of(status: str | None, session: str) -> int:
    """The number of one status in one session; ``ValueError`` where there is no such word."""
    return STATUSES.index(status) * len(SESSIONS) + SESSIONS.index(session)


def marks_of(statuses: Iterable[str | None], sessions: Iterable[str] = SESSIONS) -> list[int]:
    """The numbers of these statuses in these sessions, ascending: what a reader asks for."""
    sessions = tuple(sessions)
    return sorted(mark_of(status, session) for status in statuses for session in sessions)


#: One row a number: mark (UInt8), status, session. Joined, or gathered by the number itself.
CODES = pl.DataFrame(
    {
        "mark": range(len(STATUSES) * len(SESSIONS)),
        "status": [status for status in STATUSES for _ in SESSIONS],
        "session": SESSIONS * len(STATUSES),
    },
    schema={"mark": pl.UInt8, "status": pl.String, "session": pl.String},
)


def _number(column: str, words: tuple[str | None, ...]) -> pl.Expr:
    kind = pl.Enum([w for w in words if w is not None])
    return pl.col(column).cast(kind).to_physical().cast(pl.UInt8)


def marked(rows: pl.DataFrame) -> pl.DataFrame:
    """``mark`` in place of ``status`` and ``session``.

    Raises ``polars.exceptions.InvalidOperationError`` for a word that the contract does not know.
    """
    none = len(STATUSES) - 1
    mark = _number("status", STATUSES).fill_null(none) * len(SESSIONS) + _number(
        "session", SESSIONS
    )
    return rows.with_columns(mark.cast(pl.UInt8).alias("mark")).drop("status", "session")


def spelled(rows: pl.DataFrame) -> pl.DataFrame:
    """``status`` and ``session`` beside ``mark``."""
    return rows.with_columns(
        CODES["session"].gather(rows["mark"]), CODES["status"].gather(rows["mark"])
    )


def marks_by_place(
    status: tuple[pl.Series, pl.Series], session: tuple[pl.Series, pl.Series]
) -> pl.Series:
    """The marks of rows given by places in dictionaries: (each row's place, the words by place).

    A place that is null stands for no status.
    """
    none = len(STATUSES) - 1
    numbers = []
    for column, (places, words), known in (
        ("status", status, STATUSES),
        ("session", session, SESSIONS),
    ):
        number = words.alias(column).to_frame().select(_number(column, known)).to_series()
        numbers.append(number.gather(places).fill_null(none))
    return (numbers[0] * len(SESSIONS) + numbers[1]).cast(pl.UInt8).alias("mark")
