"""``spells``: runs of school days not at school.

A streak day needs every known session of the kind and at least one known; unknown days neither extend nor
break; days without school are no rows here and so are skipped.
"""

from __future__ import annotations

import narwhals as nw

from features.prepare.day import Day, Frame

col, when = nw.col, nw.when


def _islands(known: Frame, kind: str) -> Frame:
    """Runs of days flagged ``<kind>_day`` among the known days of each pupil."""
    flag = f"{kind}_day"
    hits = known.with_columns(
        nth=col("one").cum_sum().over("student_id", order_by="on_no"),
        hit=col(flag).cum_sum().over("student_id", order_by="on_no"),
        last_known=col("on_no").max().over("student_id"),
    ).filter(col(flag) == 1)
    runs = (
        hits.with_columns(island=col("nth") - col("hit"))
        .group_by("student_id", "island")
        .agg(
            length=col("one").sum(),
            on_no=col("on_no").min(),
            last_no=col("on_no").max(),
            last_known=col("last_known").max(),
        )
    )
    current = when(col("last_no") == col("last_known")).then(col("length")).otherwise(0)
    empty = nw.lit(0)
    other = "absent" if kind == "unexplained" else "unexplained"
    return runs.with_columns(
        **{
            f"{kind}_length": col("length"),
            f"{kind}_current": current,
            f"{kind}_spell": nw.lit(1),
            f"{other}_length": empty,
            f"{other}_current": empty,
            f"{other}_spell": empty,
        }
    ).select("student_id", *[col(c).cast(nw.Int64) for c in ("on_no", "last_no", *COLUMNS)])


COLUMNS = (
    "absent_length", "absent_current", "absent_spell", "unexplained_length", "unexplained_current",
    "unexplained_spell",
)  # fmt: skip


def runs(day: Day) -> Frame:
    """student_id, on_no (first day), last_no, and for either kind length, current length, 1 a run."""
    known = day.persist(day.days.filter(col("known_day") == 1))
    return nw.concat([_islands(known, "absent"), _islands(known, "unexplained")])


def prepare(day: Day) -> Frame:
    """The runs, computed once a day."""
    return day.spells
