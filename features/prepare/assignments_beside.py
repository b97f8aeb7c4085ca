"""Set work beside the class, and what is recent before what is long ago: columns added to ``assignments``.

Whole numbers: ``due_recent`` and ``missed_recent`` (ten-thousandths, halved every four weeks since the work
fell due), ``excess`` (ten-thousandths: 1 or 0 for missed, less the share of the class that missed the same
piece; null below ten) and ``excess_known``, ``margin`` (days from handing in to falling due, -28..60, of
what is due) and ``margin_known``, ``margin_place`` (ten-thousandths: share of the class that handed the
same piece in later, ties counted half; null below ten) and ``margin_placed``, ``sent`` (handed in, due or
not yet), ``coming``.
"""

from __future__ import annotations

import math

import narwhals as nw

from features.indicator import MIN_PEERS
from features.prepare.day import Frame
from features.prepare.standing import flag, whole

HALF_LIFE_DAYS = 28
LATEST, EARLIEST = -28, 60
col, when = nw.col, nw.when


def _recent(today: int) -> nw.Expr:
    """1 for what falls due today, one half after four weeks, one quarter after eight."""
    age = (today - col("on_no")).cast(nw.Float64)
    return (age * (-math.log(2) / HALF_LIFE_DAYS)).exp()


def _by_piece(rows: Frame, paper: list[str]) -> Frame:
    sums = rows.group_by(*paper).agg(
        asked=col("due").sum().cast(nw.Int64),
        missing=col("missed").sum().cast(nw.Int64),
        margins=col("margin").count().cast(nw.Int64),
    )
    return rows.join(sums, on=paper, how="left")


def beside(rows: Frame, today: int, paper: list[str]) -> Frame:
    """``rows`` of one piece of work and pupil each with the columns above."""
    due = col("due") == 1
    margin = (col("on_no") - col("handed_no")).clip(LATEST, EARLIEST)
    weight = when(due).then(whole(_recent(today), 10_000)).otherwise(0)
    rows = rows.with_columns(
        margin=when(due).then(margin),
        due_recent=weight,
        missed_recent=weight * col("missed"),
        sent=flag(~col("handed_no").is_null()),
        coming=1 - col("due"),
    )
    rows = _by_piece(rows, paper)
    # never a quotient by zero: some engines raise where others give infinity
    asked = when(col("asked") > 0).then(col("asked")).otherwise(1).cast(nw.Float64)
    margins = when(col("margins") > 0).then(col("margins")).otherwise(1).cast(nw.Float64)
    enough = due & (col("asked") >= MIN_PEERS)
    place = (col("margin").rank("average").over(*paper) - 0.5) / margins
    rows = rows.with_columns(
        excess=when(enough).then(10_000 * col("missed") - whole(col("missing") / asked, 10_000)),
        excess_known=flag(enough),
        margin_known=flag(~col("margin").is_null()),
        margin_place=when(~col("margin").is_null() & (col("margins") >= MIN_PEERS)).then(
            whole(place, 10_000)
        ),
    )
    return rows.with_columns(margin_placed=flag(~col("margin_place").is_null())).drop(
        "asked", "missing", "margins"
    )
