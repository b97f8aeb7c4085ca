"""A week's tables out of a day's frames: scores, roster, lists, changes. Pure; the same in, the same out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

import numpy as np
import polars as pl

from features.catalogue import Catalogue
from features.refusal import Refusal
from serving.scoring import changes, columns, lists
from serving.scoring.explain import Said, reasons_of
from serving.scoring.identity import pupil_ids
from serving.scoring.model import Model, joined, scores, told
from serving.scoring.words import per_hundred
from training.bundle import Scored

#: Pupils whose places are fewer than this are scored in one block: threads cost more than they save.
LEAST_BLOCK = 2000
_INTERVAL = ("probability", "interval_low", "interval_high")


@dataclass(frozen=True)
class Week:
    """What a list is headed with."""

    area: str
    week: str
    as_of: date
    list_id: str
    model: Model
    retrospective: bool


@dataclass(frozen=True)
class Frames:
    """A day's frames, all as known on it.

    ``indicators``: student_id, school_id, one column an indicator, for the cohort. ``details``:
    student_id and ``INDICATOR__field``. ``pupils``: ``features.situation`` with name and
    class_name. ``schools``: school_id, name, stage. ``alerts``: ``scoring.alerts.COLUMNS``.
    """

    indicators: pl.DataFrame
    details: pl.DataFrame
    pupils: pl.DataFrame
    schools: pl.DataFrame
    alerts: pl.DataFrame


@dataclass(frozen=True)
class LastRun:
    """The last published run of some schools: its tables, and whether the same model drew it.

    ``model``: today's, with its cuts settled for that run's county; None: they come from the tables.
    """

    school_ids: frozenset[str]
    tables: Mapping[str, pl.DataFrame]
    same_model: bool
    model: Model | None = None


@dataclass(frozen=True)
class Terms:
    """How to draw: places by school, the key of the opaque ids, how many threads."""

    capacity: Callable[[str, int], int]
    pupil_key: str
    catalogue: Catalogue
    workers: int = 1


def draw(
    week: Week, frames: Frames, last: Sequence[LastRun], *, terms: Terms
) -> dict[str, pl.DataFrame]:
    """Every table of the run: list, scores, roster, alerts, features, details, schools."""
    scored = score(week.model, frames.indicators, workers=terms.workers)
    cut = bands(week.model, scored, frames)
    board = _board(frames, scored, cut)
    places = capacities(board, frames.schools, terms.capacity)
    board = lists.drawn(board, frames.alerts, places, floor=week.model.floor)
    board = board.join(_changes(week, board, last), on="student_id", how="left")
    ids = pupil_ids(terms.pupil_key, week.area, board["student_id"].to_list())
    roster = _roster(board.with_columns(pl.Series("pupil_id", ids, pl.String)))
    rows = _listed(week, roster, last)
    rows = _with_reasons(rows, (scored, frames), week=week, terms=terms)
    return {
        "list": columns.shaped(lists.ordered(_headed(rows, week)), columns.STORED),
        "scores": _scores(week, frames, scored, roster),
        "roster": roster,
        "alerts": _alerts(frames.alerts, roster),
        "features": frames.indicators,
        "details": frames.details,
        "schools": _schools(roster, places, frames.schools),
    }


# --- scores -----------------------------------------------------------------------------------


def score(model: Model, indicators: pl.DataFrame, *, workers: int = 1) -> Scored:
    """Score every row, in blocks on ``workers`` threads; the same bytes however many."""
    blocks = _blocks(indicators.height, workers)
    if len(blocks) == 1:
        return model.bundle.score(indicators)
    with ThreadPoolExecutor(workers) as pool:
        parts = [indicators.slice(a, b - a) for a, b in blocks]
        return joined(pool.map(model.bundle.score, parts))


def _blocks(rows: int, workers: int) -> list[tuple[int, int]]:
    count = max(1, min(workers, rows // LEAST_BLOCK))
    edges = [rows * i // count for i in range(count + 1)]
    return list(pairwise(edges))


def bands(model: Model, scored: Scored, frames: Frames) -> list[str]:
    """The band of each indicator row by the bundle's cuts; no_data where nothing was known."""
    known = frames.indicators.select("student_id").join(
        frames.pupils.select("student_id", "coverage_4w"), on="student_id", how="left",
        maintain_order="left",
    )  # fmt: skip
    coverage = known["coverage_4w"].cast(pl.Float64).fill_null(float("nan")).to_numpy()
    return model.bands(scored, np.asarray(coverage))


def _board(frames: Frames, scored: Scored, cut: Sequence[str]) -> pl.DataFrame:
    own = told(scored).with_columns(
        frames.indicators["student_id"], pl.Series("cut_band", cut, pl.String)
    )
    return _everybody(frames).join(own, on="student_id", how="left")


def _everybody(frames: Frames) -> pl.DataFrame:
    """``pupils`` and, at their last school, those whom only an alert still knows."""
    missing = (
        frames.alerts.filter(pl.col("student_id").is_not_null())
        .join(frames.pupils.select("student_id"), on="student_id", how="anti")
        .unique("student_id", keep="first", maintain_order=True)
        .select("student_id", "school_id", "class_id", pl.lit("left").alias("out_reason"))
        .with_columns(pl.lit(0).cast(frames.pupils.schema["in_cohort"]).alias("in_cohort"))
    )
    return pl.concat([frames.pupils, missing], how="diagonal").sort("school_id", "student_id")


def capacities(
    board: pl.DataFrame, schools: pl.DataFrame, of: Callable[[str, int], int]
) -> pl.DataFrame:
    """school_id, cohort, capacity of every school that is registered or has pupils."""
    every = pl.concat([schools.select("school_id"), board.select("school_id")]).unique()
    counts = board.group_by("school_id").agg((pl.col("in_cohort") == 1).sum().alias("cohort"))
    rows = every.drop_nulls().join(counts, on="school_id", how="left").sort("school_id")
    cohort = rows["cohort"].fill_null(0).to_list()
    places = [of(s, n) for s, n in zip(rows["school_id"].to_list(), cohort, strict=True)]
    return rows.select("school_id").with_columns(
        pl.Series("cohort", cohort, pl.Int64), pl.Series("capacity", places, pl.Int64)
    )


def _scores(week: Week, frames: Frames, scored: Scored, roster: pl.DataFrame) -> pl.DataFrame:
    """student_id, school_id, as_of, probability, band, contribution__*; then margin, interval."""
    at = frames.indicators.select("student_id").with_row_index("at")
    who = roster.select("student_id", "school_id", "band")
    who = who.join(at, on="student_id").sort("school_id", "student_id")
    # the wide frame is taken once, in its last order: a join and a sort would copy it twice
    own = scores(scored)[who["at"]]
    parts = [c for c in own.columns if c.startswith("contribution__")]
    return (
        own.hstack(who.drop("at"))
        .with_columns(pl.lit(week.as_of).alias("as_of"))
        .select(
            "student_id", "school_id", "as_of", "probability", "band", *parts, "margin",
            "interval_low", "interval_high",
        )
    )  # fmt: skip


# --- changes ----------------------------------------------------------------------------------


def _changes(week: Week, board: pl.DataFrame, last: Sequence[LastRun]) -> pl.DataFrame:
    """student_id, change, change_from, by the last run of each school; without one all are new."""
    found = [_since(week.model, board, run) for run in last]
    known = frozenset[str]().union(*(run.school_ids for run in last))
    fresh = board.filter(pl.col("listed") & ~pl.col("school_id").is_in(sorted(known))).select(
        "student_id", pl.lit("new").alias("change"), pl.lit("data").alias("change_from")
    )
    return pl.concat([*found, fresh]).unique("student_id", keep="first", maintain_order=True)


def _since(model: Model, board: pl.DataFrame, run: LastRun) -> pl.DataFrame:
    mine = pl.col("school_id").is_in(sorted(run.school_ids))
    before = run.tables["roster"].filter(mine)
    between = None if run.same_model else redrawn(run.model or model, run.tables)
    return changes.changes(
        board.filter(mine), before, None if between is None else between.filter(mine),
        same_model=run.same_model,
    )  # fmt: skip


def redrawn(model: Model, tables: Mapping[str, pl.DataFrame]) -> pl.DataFrame | None:
    """The list that ``model`` would have drawn from a past run's own data.

    None where that run lacks an indicator the model needs: then nobody can tell data from model.
    """
    roster = tables["roster"].select(
        "student_id", "school_id", "class_id", "in_cohort", "coverage_4w"
    )
    frames = Frames(
        tables["features"], tables["details"], roster, tables["schools"], tables["alerts"]
    )
    try:
        scored = score(model, frames.indicators)
    except Refusal:
        return None
    board = _board(frames, scored, bands(model, scored, frames))
    places = tables["schools"].select("school_id", "capacity")
    return lists.drawn(board, frames.alerts, places, floor=model.floor)


# --- roster and list --------------------------------------------------------------------------

_ROSTER = (
    "pupil_id", "student_id", "name", "school_id", "class_id", "class_name", "grade", "in_cohort",
    "out_reason", "band", "cut_band", "placed", "listed", "probability", "interval_low", "interval_high",
    "change", "change_from", "alerts", "alerts_en", "alert_codes", "alert_basis", "due_on", "responsible",
    "coverage_4w", "last_attended_on", "last_known_on", "days_absent", "unexplained_run",
    "unexplained_run_start", "latest_status", "latest_status_on",
)  # fmt: skip


def _roster(board: pl.DataFrame) -> pl.DataFrame:
    """Everybody; no probability where nothing was known (the scores keep what was computed)."""
    shown = pl.col("cut_band") != "no_data"
    board = board.with_columns(
        *(pl.when(shown).then(pl.col(c)).alias(c) for c in _INTERVAL),
        pl.col("grade").cast(pl.String),
        pl.col("change").fill_null(""),
        pl.col("change_from").fill_null(""),
    )
    lacking = [pl.lit(None).alias(c) for c in _ROSTER if c not in board.columns]
    return board.with_columns(*lacking).select(_ROSTER).sort("school_id", "student_id")


#: What is still said of a pupil who left the list and the roll.
_KEPT = (
    "pupil_id", "student_id", "name", "school_id", "class_id", "class_name", "grade", "change",
    "change_from", "listed", "band", "as_of",
)  # fmt: skip


def _listed(week: Week, roster: pl.DataFrame, last: Sequence[LastRun]) -> pl.DataFrame:
    """Who is listed, and who left the list since the last one."""
    rows = roster.filter(pl.col("listed") | (pl.col("change") == "left"))
    rows = rows.with_columns(pl.lit(week.as_of).alias("as_of"))
    stood = [run.tables["list"].filter(pl.col("listed")) for run in last]
    if not stood:
        return rows.with_columns(pl.col("as_of").alias("first_listed_on"))
    before = pl.concat(stood).unique("student_id", keep="first", maintain_order=True)
    gone = before.join(roster, on="student_id", how="anti").with_columns(
        pl.lit("left").alias("change"), pl.lit("data").alias("change_from"),
        pl.lit(False).alias("listed"), pl.lit("none").alias("band"), pl.lit(week.as_of).alias("as_of"),
    )  # fmt: skip
    rows = pl.concat([rows, gone.select(_KEPT)], how="diagonal")
    return changes.first_listed(rows, before)


def _headed(rows: pl.DataFrame, week: Week) -> pl.DataFrame:
    hundred = [per_hundred(p) for p in rows["probability"].to_list()]
    return rows.with_columns(
        pl.lit(week.list_id).alias("list_id"),
        pl.lit(week.week).alias("week"),
        pl.lit(week.model.label).alias("model_version"),
        pl.lit(week.retrospective).alias("retrospective"),
        pl.col("coverage_4w").alias("coverage"),
        pl.col("in_cohort") == 1,
        pl.Series("per_hundred", hundred, pl.Int32),
    )


def _alerts(alerts: pl.DataFrame, roster: pl.DataFrame) -> pl.DataFrame:
    own = roster.select("student_id", "pupil_id")
    return alerts.join(own, on="student_id", how="left", maintain_order="left", validate="m:1")


def _schools(roster: pl.DataFrame, places: pl.DataFrame, schools: pl.DataFrame) -> pl.DataFrame:
    counts = roster.group_by("school_id").agg(
        pl.col("listed").sum().cast(pl.Int64),
        (pl.col("band") == "act_now").sum().cast(pl.Int64).alias("alerts"),
        ((pl.col("cut_band") == "no_data") & (pl.col("in_cohort") == 1)).sum().cast(pl.Int64).alias("no_data"),
    )  # fmt: skip
    named = places.join(schools.select("school_id", "name", "stage"), on="school_id", how="left")
    return (
        named.join(counts, on="school_id", how="left")
        .with_columns(
            pl.col("name", "stage").fill_null(""),
            pl.col("listed", "alerts", "no_data").fill_null(0),
        )
        .select("school_id", "name", "stage", "cohort", "capacity", "listed", "alerts", "no_data")
        .sort("school_id")
    )


# --- reasons ----------------------------------------------------------------------------------


def _with_reasons(
    rows: pl.DataFrame, computed: tuple[Scored, Frames], *, week: Week, terms: Terms
) -> pl.DataFrame:
    """Add reason_1..3 (zh, en, code, family, contribution), changeable and the background's sum."""
    scored, frames = computed
    at = frames.indicators.select("student_id").with_row_index("at")
    wanted = (
        rows.filter(pl.col("listed") & pl.col("cut_band").fill_null("no_data").ne("no_data"))
        .select("student_id")
        .join(at, on="student_id", how="inner")
        .sort("at")
    )
    blocks = np.array_split(wanted["at"].to_numpy(), max(1, terms.workers))

    def say(block: np.ndarray) -> list[dict[str, object]]:
        # beside each other for the few who are listed only: both frames are wide
        row = frames.indicators[block].join(
            frames.details, on="student_id", how="left", maintain_order="left"
        )
        chosen = scored.take(block)
        each = reasons_of(week.model.manifest, chosen, row, terms.catalogue)
        return [_reasons(said, background) for said, background in each]

    with ThreadPoolExecutor(max(1, terms.workers)) as pool:
        said = [row for block in pool.map(say, blocks) for row in block]
    reasons = pl.DataFrame(said, schema=_REASONS, orient="row")
    return rows.join(wanted.select("student_id").hstack(reasons), on="student_id", how="left")


_REASONS: dict[str, pl.DataType] = {
    name: dtype
    for name, dtype in columns.STORED.items()
    if name.startswith(("reason_", "changeable_", "background_"))
}


def _reasons(said: Sequence[Said], background: float) -> dict[str, object]:
    row: dict[str, object] = dict.fromkeys(_REASONS)
    row["background_contribution"] = background
    for n, own in enumerate(said, 1):
        row |= {
            f"reason_{n}": own.zh,
            f"reason_{n}_en": own.en,
            f"reason_{n}_code": own.code,
            f"reason_{n}_family": own.family,
            f"reason_{n}_contribution": own.contribution,
            f"changeable_{n}": own.changeable,
        }
    return row
