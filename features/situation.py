"""How every pupil stands on a day, in the cohort or not: what duty alerts and outcomes are read from."""

from __future__ import annotations

from datetime import date

import polars as pl

from features.asof import known
from features.engines import open_session
from features.facts import Facts
from features.prepare import Day, Share, in_shares
from features.prepare.cohort import OUTCOME_RUN
from features.refusal import Refusal


def _as_date(column: str) -> pl.Expr:
    return pl.col(column).cast(pl.Int32).cast(pl.Date)


def _days_seen(seen: pl.DataFrame) -> pl.DataFrame:
    """Per pupil: last days attended, expected, known; unexplained days of the last twenty; coverage."""
    covered = pl.col("known_4w") / pl.col("expected_4w")
    return seen.select(
        "student_id",
        "unexplained_20",
        _as_date("attended_no").alias("last_attended_on"),
        _as_date("on_no").alias("last_expected_on"),
        _as_date("known_no").alias("last_known_on"),
        pl.when(pl.col("expected_4w") > 0).then(covered).alias("coverage_4w"),
    )


def _runs(spells: pl.DataFrame) -> pl.DataFrame:
    """Per pupil: length and first day of the current run, of any absence and of unexplained days."""
    current = pl.col("unexplained_current") > 0
    return spells.group_by("student_id").agg(
        pl.col("absent_current").max().alias("days_absent"),
        pl.col("unexplained_current").max().alias("unexplained_run"),
        _as_date("on_no").filter(current).max().alias("unexplained_run_start"),
        _as_date("on_no").filter(pl.col("absent_current") > 0).max().alias("absent_run_start"),
    )


def _latest_status(day: Day) -> pl.DataFrame:
    changes = day.session.collect(day.cut("status_changes"))
    return (
        changes.filter(pl.col("happened_on") <= day.as_of)
        .sort("student_id", "happened_on", "known_on", "kind")
        .unique("student_id", keep="last", maintain_order=True)
        .select(
            "student_id",
            pl.col("kind").alias("latest_status"),
            pl.col("happened_on").alias("latest_status_on"),
        )
    )


def situation_of(day: Day) -> pl.DataFrame:
    """One row a pupil enrolled on the day or gone within 60 days, ordered by student_id, which is as the day's
    frames hold it (see ``as_texts``).

    student_id, school_id, class_id, class_ref, class_key, grade, in_cohort (0/1), out_reason, in_force,
    last_attended_on, last_expected_on, last_known_on, days_absent and unexplained_run (current runs, in
    school days), their first days, unexplained_20 (whole days of the last 20), coverage_4w (share of
    expected half-days known; null where none was expected), latest_status and its day.
    """
    session = day.session
    members, seen, spells = (session.collect(f) for f in (day.members, day.seen, day.spells))
    keep = ["student_id", "school_id", "class_id", "class_ref", "class_key", "grade", "in_cohort"]
    counts = ["days_absent", "unexplained_run", "unexplained_20"]
    return (
        members.select(
            *keep, "out_reason", "in_force", _as_date("enrolled_on_no").alias("enrolled_on")
        )
        .join(_days_seen(seen), on="student_id", how="left")
        .join(_runs(spells), on="student_id", how="left")
        .join(_latest_status(day), on="student_id", how="left")
        .with_columns(pl.col(c).fill_null(0).cast(pl.Int64) for c in counts)
        .sort("student_id")
    )


def as_texts(rows: pl.DataFrame) -> pl.DataFrame:
    """Rows of a day with ids as everybody else knows them."""
    return rows.with_columns(pl.col("student_id").cast(pl.String))


def unexplained_tenth_days(
    facts: Facts,
    until: date,
    *,
    run: int = OUTCOME_RUN,
    engine: str = "polars",
    most: int | None = None,
) -> pl.DataFrame:
    """student_id, on, last: each day on which ``run`` consecutive unexplained school days were complete.

    ``last`` is the last day of that run so far. Over everything on record and known by ``until``;
    unknown days neither extend nor break a run. ``most``: some whole schools at a time, about so many
    pupils (on Polars); the same rows.
    """
    shared = most is not None and engine == "polars"
    parts = in_shares(facts, until, most) if shared and most is not None else [None]
    found = pl.concat(_tenth_days(facts, until, run, engine=engine, share=one) for one in parts)
    found = found.sort("student_id", "on_no")
    return found.select(
        "student_id", _as_date("on_no").alias("on"), _as_date("last_no").alias("last")
    )


def _tenth_days(
    facts: Facts, until: date, run: int, *, engine: str, share: Share | None
) -> pl.DataFrame:
    session = open_session(engine)
    try:
        day = Day(facts, until, session, whole=True, share=share)
        reached = (
            _reached(session.collect(day.days), run) if day.grid is None else day.grid.reached(run)
        )
    finally:
        session.close()
    return as_texts(reached.select("student_id", "on_no", "last_no"))


def _reached(days: pl.DataFrame, run: int) -> pl.DataFrame:
    hit = pl.col("unexplained_day")
    return (
        days.filter(pl.col("known_day") == 1)
        .sort("student_id", "on_no")
        .with_columns((hit == 0).cum_sum().over("student_id").alias("island"))
        .filter(hit == 1)
        .with_columns(
            pl.int_range(1, pl.len() + 1).over("student_id", "island").alias("nth"),
            pl.col("on_no").max().over("student_id", "island").alias("last_no"),
        )
        .filter(pl.col("nth") == run)
    )


def check_enrolled(facts: Facts, as_of: date) -> None:
    """Refuse a day on which nobody was enrolled by what was known then, though the data hold enrolments: a
    year mistyped. Data that hold none at all (a county before its first term) say so themselves."""
    every = facts.scan("enrolments").filter(pl.col("void") == 0)
    here = known(every, as_of).filter(
        pl.col("start_on") <= as_of, pl.col("end_on").is_null() | (pl.col("end_on") >= as_of)
    )
    if here.head(1).collect().height:
        return
    seen = pl.max_horizontal("start_on", "known_on")
    first, last = every.select(seen.min(), pl.col("end_on").max().alias("last")).collect().row(0)
    if first is None:
        return
    early = as_of < first
    zh = f"最早的在读记录从 {first} 起才有" if early else f"在读都已结束，最晚到 {last}"
    en = f"the first enrolment is known from {first}" if early else f"the last one ended on {last}"
    raise Refusal(
        f"截至 {as_of} 没有学生在读（{zh}），没有可生成的内容。请核对 --as-of 的年月日；"
        "日期无误时，请核对 enrolments（在读）表的起止日期和获知日期。",
        f"Nobody was enrolled on {as_of} ({en}); nothing can be made. Look at the year and day of --as-of; "
        "if they are right, at the days of the table `enrolments`.",
    )
