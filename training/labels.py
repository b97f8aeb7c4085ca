"""Who left, within what horizon, as known when; lawful exits compete; immature windows stay out.

Every row (a pupil on an as-of day D) gets one standing:

``positive``    the outcome came in (D, window end], before any lawful exit or on the same day;
``negative``    nothing of the kind, and the pupil was there to be seen;
``exit``        a lawful exit came first: censored, never a negative;
``unresolved``  a leave that nobody has explained (also: already gone so on D, learned later), even where
                the pupil is enrolled again, ten school days on or more;
``already``     the outcome had been met by D, which was learned later: no warning was possible;
``gone``        a lawful exit had been taken by D, which was learned later;
``immature``    the window, with the largest declared lag, ends after ``until``.

Only ``positive`` and ``negative`` are trained on and measured. Source: data contract, cohort,
outcome, exits.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import polars as pl

TENTH_DAY = "tenth_unexplained_day"
STANDINGS = ("positive", "negative", "exit", "unresolved", "already", "gone", "immature")
#: A leave of these kinds is lawful when proven as ``_proven`` says, else unresolved.
LEAVES = (
    "transfer_out", "suspended", "deferred", "abroad", "missing", "deceased", "graduated",
    "primary_completed", "other_leave", "dropped_out", "suspected_dropout",
)  # fmt: skip
RETURNS = (
    "resumed", "reinstated", "suspicion_cleared", "returned", "back_from_abroad", "transfer_in",
)  # fmt: skip
#: On no roll for so many school days is a leave, though the pupil is enrolled again later: as many as make
#: the outcome where nobody knows why. School days, for no number of calendar days will do: the longest
#: holidays (two months, in the north in winter) are longer than many a leave in term.
AWAY_DAYS = 10
FOREVER = date.max
#: First grade of junior secondary school.
JUNIOR = 7


@dataclass(frozen=True)
class Evidence:
    """What is known by ``until`` (cut before: ``asof.known``); void rows are gone already.

    ``statuses``: rows of ``status_changes``. ``tenth_days``: student_id, on (the tenth unexplained
    school day of a run), last (last day of that run; may be left out). ``home_teaching``:
    student_id, on (assessed moves to 送教上门).
    ``enrolments``: student_id, grade, start_on, end_on, calendar_id. ``school_days``: calendar_id, date.
    """

    statuses: pl.DataFrame
    tenth_days: pl.DataFrame
    home_teaching: pl.DataFrame
    enrolments: pl.DataFrame
    school_days: pl.DataFrame

    def about(self, pupils: pl.DataFrame) -> Evidence:
        """Of some pupils (``student_id``) only."""
        own = {
            name: getattr(self, name).join(
                pupils, on="student_id", how="semi", maintain_order="left"
            )
            for name in ("statuses", "tenth_days", "home_teaching", "enrolments")
        }
        return Evidence(**own, school_days=self.school_days)


@dataclass(frozen=True)
class Question:
    """The outcome asked about. ``horizon_days`` None: to ``ends_on`` of each row."""

    until: date
    outcome: tuple[str, ...] = ("dropped_out", "suspected_dropout", TENTH_DAY)
    horizon_days: int | None = 56
    lag_days: int = 7


@dataclass(frozen=True)
class Labelled:
    """The rows with ``window_end``, ``standing``, ``event_on``, ``event_kind``; and the counts."""

    rows: pl.DataFrame
    counts: dict[str, int]

    @property
    def usable(self) -> pl.DataFrame:
        """Rows to train on and measure, with ``label`` 0 or 1."""
        known = self.rows.filter(pl.col("standing").is_in(["positive", "negative"]))
        return known.with_columns((pl.col("standing") == "positive").cast(pl.Int8).alias("label"))


def _filled(column: str) -> pl.Expr:
    return pl.col(column).is_not_null() & (pl.col(column) != "")


def _proven() -> pl.Expr:
    """True for a lawful exit: proven by what the row itself says."""
    kind = pl.col("kind")
    return (
        kind.is_in(["deceased", "graduated"])
        | ((kind == "transfer_out") & pl.col("receiver_confirmed_on").is_not_null())
        | (
            kind.is_in(["suspended", "deferred"])
            & _filled("approved_by")
            & pl.col("until_on").is_not_null()
        )
        | ((kind == "abroad") & (_filled("confirmed_by_role") | _filled("approved_by")))
    )


def events(evidence: Evidence, outcome: Sequence[str]) -> pl.DataFrame:
    """student_id, on, kind, what, last: all that bears on a label, one row each.

    ``what``: outcome, exit, unresolved, return (by a status), start (of an enrolment).
    """
    parts = [
        _status_events(evidence, outcome),
        _primary_completed(evidence) if "primary_completed" not in outcome else None,
        _enrolment_events(evidence),
        _event(evidence.home_teaching.select("student_id", "on"), "home_teaching", "exit"),
    ]
    if TENTH_DAY in outcome:
        days = evidence.tenth_days
        if "last" not in days.columns:
            days = days.with_columns(pl.col("on").alias("last"))
        parts.append(_event(days.select("student_id", "on", "last"), TENTH_DAY, "outcome"))
    return pl.concat(part for part in parts if part is not None)


def _event(frame: pl.DataFrame, kind: str, what: str) -> pl.DataFrame:
    if "last" not in frame.columns:
        frame = frame.with_columns(pl.lit(None, pl.Date).alias("last"))
    named = frame.with_columns(kind=pl.lit(kind), what=pl.lit(what))
    return named.select("student_id", "on", "kind", "what", "last")


def _status_events(evidence: Evidence, outcome: Sequence[str]) -> pl.DataFrame:
    kind = pl.col("kind")
    what = (
        pl.when(kind.is_in(list(outcome)))
        .then(pl.lit("outcome"))
        .when(kind.is_in(RETURNS))
        .then(pl.lit("return"))
        .when(kind == "primary_completed")  # judged by the enrolment that follows
        .then(None)
        .when(_proven())
        .then(pl.lit("exit"))
        .when(kind.is_in(LEAVES))
        .then(pl.lit("unresolved"))
    )
    told = evidence.statuses.with_columns(
        what=what, on=pl.col("happened_on"), last=pl.lit(None, pl.Date)
    )
    return told.filter(pl.col("what").is_not_null()).select(
        "student_id", "on", "kind", "what", "last"
    )


def _primary_completed(evidence: Evidence) -> pl.DataFrame:
    """An exit on the day junior school begins; unresolved where no junior enrolment is seen."""
    done = evidence.statuses.filter(pl.col("kind") == "primary_completed").select(
        "student_id", "happened_on"
    )
    juniors = evidence.enrolments.filter(pl.col("grade").cast(pl.Int32, strict=False) >= JUNIOR)
    seen = done.join(juniors.select("student_id", "start_on"), on="student_id", how="left")
    seen = seen.group_by("student_id", "happened_on").agg(
        pl.col("start_on").filter(pl.col("start_on") >= pl.col("happened_on")).min()
    )
    return seen.select(
        "student_id",
        pl.coalesce("start_on", "happened_on").alias("on"),
        pl.lit("primary_completed").alias("kind"),
        pl.when(pl.col("start_on").is_null())
        .then(pl.lit("unresolved"))
        .otherwise(pl.lit("exit"))
        .alias("what"),
        pl.lit(None, pl.Date).alias("last"),
    )


def _enrolment_events(evidence: Evidence) -> pl.DataFrame:
    """Starts; and, as an unexplained leave, each end after which the pupil was on no roll for long."""
    starts = evidence.enrolments.select("student_id", pl.col("start_on").alias("on"))
    over = _stretches(evidence.enrolments).filter(pl.col("on") < FOREVER)
    gaps = over.select("calendar_id", "on", "next_on").drop_nulls().unique()
    missed = (
        gaps.join(evidence.school_days, on="calendar_id")
        .filter((pl.col("date") > pl.col("on")) & (pl.col("date") < pl.col("next_on")))
        .group_by(gaps.columns)
        .agg(pl.len().alias("missed"))
    )
    gone = over.join(missed, on=gaps.columns, how="left").filter(
        pl.col("next_on").is_null() | (pl.col("missed") >= AWAY_DAYS)
    )
    return pl.concat(
        [_event(starts, "enrolled", "start"), _event(gone, "enrolment_ended", "unresolved")]
    )


def _stretches(enrolments: pl.DataFrame) -> pl.DataFrame:
    """student_id, on, next_on, calendar_id: the last day of each unbroken time on a roll.

    ``on`` is ``FOREVER`` while open, ``next_on`` the first day of the next (null for the last),
    ``calendar_id`` that of the enrolment that ended last.
    """
    rows = enrolments.with_columns(pl.col("end_on").fill_null(FOREVER)).sort(
        "student_id", "start_on", "end_on"
    )
    before = pl.col("end_on").cum_max().shift(1).over("student_id")
    broken = (pl.col("start_on") - before).dt.total_days() > 1
    rows = rows.with_columns(nth=broken.fill_null(False).cum_sum().over("student_id"))
    last = pl.col("calendar_id").sort_by("end_on", "start_on", "calendar_id").last()
    told = rows.group_by("student_id", "nth", maintain_order=True).agg(
        pl.col("start_on").min(), pl.col("end_on").max().alias("on"), last
    )
    return told.with_columns(next_on=pl.col("start_on").shift(-1).over("student_id"))


def label(rows: pl.DataFrame, evidence: Evidence, question: Question) -> Labelled:
    """Give every row its standing.

    ``rows``: student_id, as_of, ends_on (end of the class's school year or course; may be empty).
    An enrolment that ends with the school year is no leave.
    """
    day = pl.col("as_of")
    end = (
        pl.col("ends_on")
        if question.horizon_days is None
        else day + pl.duration(days=question.horizon_days)
    )
    indexed = rows.with_row_index("row").with_columns(window_end=end)
    seen = indexed.join(events(evidence, question.outcome), on="student_id", how="inner")
    seen = seen.filter(
        (pl.col("kind") != "enrolment_ended")
        | ((pl.col("on") < pl.col("ends_on")) & pl.col("ends_on").is_not_null())
    )
    told = (
        indexed.join(_before(seen), on="row", how="left")
        .join(_within(seen), on="row", how="left")
        .sort("row")
        .with_columns(standing=_standing(question))
        .drop("row", "state", "leave_on", "leave_kind")
    )
    decisive = pl.col("standing").is_in(["positive", "exit", "unresolved"])
    told = told.with_columns(
        event_on=pl.when(decisive).then("event_on"), event_kind=pl.when(decisive).then("event_kind")
    )
    return Labelled(told, count(told))


def _before(seen: pl.DataFrame) -> pl.DataFrame:
    """row, state: where the pupil stood on D by all that was learned since."""
    past = seen.filter(pl.col("on") <= pl.col("as_of"))

    def latest(*what: str, kind: pl.Expr | None = None) -> pl.Expr:
        chosen = pl.col("what").is_in(what)
        return pl.col("on").filter(chosen if kind is None else chosen & kind).max()

    running = (pl.col("kind") == TENTH_DAY) & (pl.col("last") >= pl.col("as_of"))
    stood = past.group_by("row").agg(
        latest("outcome", kind=pl.col("kind") != TENTH_DAY).alias("out"),
        latest("exit").alias("exit"),
        latest("unresolved").alias("unresolved"),
        latest("return").alias("back"),
        latest("return", "start").alias("there"),
        # a run that began to count on D itself is known on D: the cohort leaves it out already
        running.any().alias("running"),
    )

    def since(column: str, returned: str) -> pl.Expr:
        return pl.col(column).is_not_null() & (
            pl.col(returned).is_null() | (pl.col(returned) < pl.col(column))
        )

    state = (
        pl.when(since("out", "back") | pl.col("running"))
        .then(pl.lit("already"))
        .when(since("exit", "there"))
        .then(pl.lit("gone"))
        .when(since("unresolved", "there"))
        .then(pl.lit("unresolved"))
    )
    return stood.select("row", state.alias("state"))


def _within(seen: pl.DataFrame) -> pl.DataFrame:
    """row, the first outcome or exit in the window, and the first unresolved leave in it."""
    inside = seen.filter(
        (pl.col("on") > pl.col("as_of")) & (pl.col("on") <= pl.col("window_end"))
    ).sort("row", "on", pl.col("what") != "outcome", "kind")
    decided = pl.col("what").is_in(["outcome", "exit"])
    leave = pl.col("what") == "unresolved"
    return inside.group_by("row", maintain_order=True).agg(
        pl.col("what").filter(decided).first().alias("event_what"),
        pl.col("on").filter(decided).first().alias("event_on"),
        pl.col("kind").filter(decided).first().alias("event_kind"),
        pl.col("on").filter(leave).first().alias("leave_on"),
        pl.col("kind").filter(leave).first().alias("leave_kind"),
    )


def _standing(question: Question) -> pl.Expr:
    mature = pl.col("window_end") + pl.duration(days=question.lag_days) <= pl.lit(question.until)
    return (
        pl.when(~mature.fill_null(False))
        .then(pl.lit("immature"))
        .when(pl.col("state").is_not_null())
        .then(pl.col("state"))
        .when(pl.col("event_what") == "outcome")
        .then(pl.lit("positive"))
        .when(pl.col("event_what") == "exit")
        .then(pl.lit("exit"))
        .when(pl.col("leave_on").is_not_null())
        .then(pl.lit("unresolved"))
        .otherwise(pl.lit("negative"))
    )


def count(rows: pl.DataFrame) -> dict[str, int]:
    """Rows by standing (all of ``STANDINGS``), and exits by kind as ``exit.KIND``."""
    by = dict(rows.group_by("standing").len().iter_rows())
    counts = {name: int(by.get(name, 0)) for name in STANDINGS}
    exits = rows.filter(pl.col("standing") == "exit").group_by("event_kind").len()
    for kind, n in sorted(exits.iter_rows()):
        counts[f"exit.{kind}"] = int(n)
    return counts


def add(counts: Sequence[dict[str, int]]) -> dict[str, int]:
    """Counts of several as-of days together."""
    total: dict[str, int] = dict.fromkeys(STANDINGS, 0)
    for one in counts:
        for name, n in one.items():
            total[name] = total.get(name, 0) + n
    return total
