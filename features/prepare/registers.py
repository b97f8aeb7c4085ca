"""What the registers have in common: which rows are in force, and which schools have a register at
all.

未登记不等于没有: a pupil without a row counts as not registered only where the register is
known to hold anybody of the pupil's school; where it holds nobody, or was never handed over,
there is no number.
"""

from __future__ import annotations

from collections.abc import Sequence

import narwhals as nw

from features.prepare.day import Day, Frame, beside
from features.prepare.standing import flag

#: A register is looked through once a year: what was not checked for longer is stale.
STALE_DAYS = 365
col, when = nw.col, nw.when


def with_school(day: Day, rows: Frame) -> Frame:
    """Rows of pupils on the roll, with the school they are in now."""
    return rows.join(day.roll.select("student_id", "school_id"), on="student_id")


def entries(day: Day, table: str) -> Frame:
    """Rows of a register begun by the day, of pupils on the roll, with ``school_id`` and ``live``.

    ``live`` is 1 while the entry is in force on the day, which includes its last day.
    """
    rows = day.cut(table).filter(col("start_on_no") <= day.number)
    end = col("end_on_no")
    known = rows.with_columns(live=flag(end.is_null() | (end >= day.number)))
    # few rows that several columns are made of
    return day.persist(with_school(day, known))


def live(condition: nw.Expr) -> nw.Expr:
    """1 where an entry in force fulfils ``condition``: to be taken the largest of."""
    return flag((col("live") == 1) & condition).max()


def common(day: Day, *, new_days: int) -> dict[str, nw.Expr]:
    """What every register is asked: ``listed``, ``days`` since first entered, ``new``, ``seen_no``."""
    start = col("start_on_no")
    seen = nw.coalesce(col("checked_on_no"), start)
    return {
        "listed": col("live").max(),
        "days": day.number - when(col("live") == 1).then(start).min(),
        "new": live(start > day.number - new_days),
        "new_no": when((col("live") == 1) & (start > day.number - new_days)).then(start).max(),
        "seen_no": when(col("live") == 1).then(nw.max_horizontal(seen, start)).max(),
    }


def with_stale(day: Day, frame: Frame) -> Frame:
    """Add ``stale``: in force, and neither entered nor checked within a year."""
    return frame.with_columns(stale=flag(day.number - col("seen_no") > STALE_DAYS))


def on_pupils(day: Day, rows: Frame, mine: Frame, *, blank: Sequence[str] = ()) -> Frame:
    """One row a pupil of the cohort with the whole-number columns of ``mine`` (one row a pupil).

    A pupil whom ``mine`` does not hold has 0 where ``rows`` hold anybody of the school, else null;
    ``blank`` columns stay null.
    """
    kept = rows.select("school_id").unique().with_columns(kept=nw.lit(1))
    names = beside(mine)
    frame = day.pupils.select("student_id", "school_id").join(kept, on="school_id", how="left")
    frame = frame.join(mine, on="student_id", how="left")
    there = ~col("kept").is_null()
    filled = {
        name: col(name) if name in blank else when(there).then(col(name).fill_null(0))
        for name in names
    }
    return frame.select("student_id", **{n: e.cast(nw.Int64) for n, e in filled.items()})
