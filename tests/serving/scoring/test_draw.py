"""A week drawn from frames: contributions add up, the same in gives the same out, data told from model."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import lightgbm
import numpy as np
import polars as pl
import pytest

from features.catalogue import Catalogue, load
from serving.scoring import draw as drawing
from serving.scoring.alerts import COLUMNS
from serving.scoring.columns import LIST, STORED, shaped
from serving.scoring.draw import Frames, LastRun, Terms, Week, draw
from serving.scoring.explain import estimate
from serving.scoring.model import Model, attendance_rule
from training.bundle import Bundle, Calibration, Column, Manifest
from training.bundle.manifest import Cuts, Level

DAY = date(2026, 11, 20)
NAMES = ("absence_4w", "coverage_4w", "unexplained_run")
CATALOGUE: Catalogue = load()


def frame(n: int, *, seed: int = 1, school: int = 40) -> pl.DataFrame:
    """Indicator rows of ``n`` pupils, ``school`` of them a school, with gaps."""
    rng = np.random.default_rng(seed)
    values = {name: np.where(rng.random(n) < 0.1, np.nan, rng.random(n)) for name in NAMES}
    return pl.DataFrame(
        {
            "student_id": [f"p{i:05d}" for i in range(n)],
            "as_of": [DAY] * n,
            "school_id": [f"s{i // school:02d}" for i in range(n)],
            "class_id": ["0801"] * n,
            "grade": ["8"] * n,
            **values,
        }
    ).with_columns(
        pl.col(NAMES).fill_nan(None),
        pl.col("student_id", "school_id", "class_id", "grade").cast(pl.String),
        pl.col("as_of").cast(pl.Date),
    )


def model(seed: int = 1, *, calibration: Calibration | None = None) -> Model:
    """A small booster over three indicators, one of them said to be background."""
    x = frame(400, seed=seed).select(NAMES).fill_null(float("nan")).to_numpy()
    y = (np.nan_to_num(x[:, 0]) + np.random.default_rng(seed).random(400) > 1.2).astype(int)
    settings = {
        "objective": "binary",
        "verbose": -1,
        "num_threads": 1,
        "seed": seed,
        "deterministic": True,
    }
    booster = lightgbm.train(settings, lightgbm.Dataset(x, y, feature_name=list(NAMES)), 12)
    columns = tuple(
        Column(n, "poverty" if n == "coverage_4w" else "attendance", 0, True, n == "coverage_4w",
               "share", CATALOGUE[n].label_zh, CATALOGUE[n].label_en)
        for n in NAMES
    )  # fmt: skip
    levels = (Level(until=-1.0, pupils=300, events=9), Level(until=99.0, pupils=100, events=40))
    manifest = Manifest(
        kind="model", name="dropout-risk", columns=columns, fingerprint=CATALOGUE.fingerprint,
        calibration=calibration or Calibration("platt", 1.0, -0.5, levels=levels),
        cuts=Cuts("probability", 0.5, 0.2), base_rate=0.1, horizon_weeks=8, trained_until="2026-10-01",
    )  # fmt: skip
    return Model(
        "dropout-risk",
        str(seed),
        Bundle(manifest, {"booster.txt": booster.model_to_string()}),
        "model",
    )


def pupils(rows: pl.DataFrame, **columns: object) -> pl.DataFrame:
    """The situation of the rows' pupils: present, fully known, unless said."""
    said = {
        "in_cohort": 1, "out_reason": "", "name": "某", "class_name": "八年级1班", "coverage_4w": 1.0,
        "last_attended_on": DAY, "last_known_on": DAY, "days_absent": 0, "unexplained_run": 0, **columns,
    }  # fmt: skip
    return rows.select("student_id", "school_id", "class_id", "grade").with_columns(
        **{k: v if isinstance(v, pl.Expr) else pl.lit(v) for k, v in said.items()}
    )


def alerts(*student_ids: str, listed: bool = True, school: str = "s00") -> pl.DataFrame:
    """Duty alerts about these pupils."""
    rows = [
        dict.fromkeys(COLUMNS)
        | {"code": "not_back", "student_id": s, "school_id": school, "class_id": "0801", "due_on": DAY,
           "listed": listed, "responsible": "clerk", "basis": "法律", "zh": "句。", "en": "S."}
        for s in student_ids
    ]  # fmt: skip
    return pl.DataFrame(rows, schema=COLUMNS)


def frames(rows: pl.DataFrame, said: pl.DataFrame | None = None, **columns: object) -> Frames:
    """A day's frames of these indicator rows."""
    ids = rows["school_id"].unique().sort()
    schools = pl.DataFrame({"school_id": ids, "name": ids, "stage": ["junior"] * len(ids)})
    details = rows.select(
        "student_id", pl.lit(40).alias("absence_4w__n"), pl.lit(8).alias("absence_4w__k")
    )
    return Frames(
        rows, details, pupils(rows, **columns), schools, alerts() if said is None else said
    )


def week(own: Model, name: str = "2026-W47", *, retrospective: bool = False) -> Week:
    """The head of a list."""
    return Week("990121", name, DAY, "L0", own, retrospective)


def terms(places: int = 3, workers: int = 1) -> Terms:
    """The same places in every school."""
    return Terms(lambda school, cohort: places, "key", CATALOGUE, workers)


def made(
    own: Model, given: Frames, last: Sequence[LastRun] = (), **changes: int
) -> dict[str, pl.DataFrame]:
    """The tables of a run."""
    return draw(week(own), given, last, terms=terms(**changes))


def test_contributions_add_up_and_equal_the_trees() -> None:
    """|bias + sum of contributions - margin| <= 1e-6 in every row, and probability follows from the margin."""
    own = model()
    tables = made(own, frames(frame(200)))
    rows = tables["scores"]
    parts = [c for c in rows.columns if c.startswith("contribution__")]
    assert parts == [*(f"contribution__{n}" for n in NAMES), "contribution__bias"]
    total = rows.select(parts).to_numpy().sum(axis=1)
    margin = rows["margin"].to_numpy()
    assert np.abs(total - margin).max() <= 1e-6
    assert np.abs(1 / (1 + np.exp(0.5 - margin)) - rows["probability"].to_numpy()).max() <= 1e-12
    assert rows.filter(pl.col("interval_low") > pl.col("probability")).is_empty()
    assert rows.columns[:5] == ["student_id", "school_id", "as_of", "probability", "band"]
    assert rows.height == 200


@pytest.mark.parametrize("workers", [2, 5])
def test_workers_change_nothing(workers: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """One thread or many, the same tables."""
    monkeypatch.setattr(drawing, "LEAST_BLOCK", 20)
    own, given = model(), frames(frame(200), alerts("p00003", "p00007"))
    one, many = made(own, given), made(own, given, workers=workers)
    assert all(one[name].equals(many[name]) for name in one)


def test_row_order_changes_nothing() -> None:
    """The same pupils in another order give the same list."""
    own, rows = model(), frame(120)
    one = made(own, frames(rows, alerts("p00003")))
    other = made(own, frames(rows.reverse(), alerts("p00003")))
    assert one["list"].equals(other["list"])
    assert one["roster"].equals(other["roster"])


def test_the_list_has_its_columns_in_order() -> None:
    """The columns of interface.md come first, in their order; casework columns are empty."""
    rows = made(model(), frames(frame(80), alerts("p00003")))["list"]
    assert rows.columns[: len(LIST)] == list(LIST)
    assert rows.schema == pl.Schema(STORED)
    for empty in ("last_contact", "next_step", "case_state"):
        assert rows[empty].null_count() == rows.height
    assert rows.group_by("school_id").len()["len"].max() == 4
    assert rows["change"].unique().to_list() == ["new"]
    assert rows["first_listed_on"].unique().to_list() == [DAY]
    assert shaped(rows.select("name"), LIST).columns == list(LIST)


def test_reasons_are_never_background() -> None:
    """Reasons are said in both languages and hold no background; its sum stands by itself."""
    rows = made(model(), frames(frame(200)))["list"].filter(pl.col("reason_1").is_not_null())
    assert rows.height > 3
    for n in (1, 2, 3):
        assert "coverage_4w" not in rows[f"reason_{n}_code"].to_list()
    assert rows["reason_1_en"].null_count() == 0
    assert rows["background_contribution"].null_count() == 0
    assert (rows["reason_1_contribution"] > 0).all()


def test_no_data_is_a_state_of_its_own() -> None:
    """Where nothing was known no estimate is shown and no place is taken, but an alert still lists."""
    rows = frame(40)
    unknown = pl.when(pl.col("student_id") < "p00020").then(0.0).otherwise(1.0)
    tables = made(model(), frames(rows, alerts("p00001"), coverage_4w=unknown), places=40)
    roster = tables["roster"].filter(pl.col("student_id") < "p00020")
    assert roster["probability"].null_count() == 20
    assert roster.filter("listed")["student_id"].to_list() == ["p00001"]
    assert set(roster.filter(pl.col("student_id") != "p00001")["band"]) == {"no_data"}
    assert tables["schools"]["no_data"].sum() == 20
    assert made(model(), frames(rows, coverage_4w=None))["schools"]["no_data"].sum() == 40


def test_only_an_alert_knows_them() -> None:
    """A pupil of whom only an alert still speaks is on the roster and listed at the last school."""
    tables = made(model(), frames(frame(40), alerts("gone")))
    row = tables["roster"].filter(pl.col("student_id") == "gone").row(0, named=True)
    assert (row["band"], row["listed"], row["out_reason"], row["school_id"]) == (
        "act_now",
        True,
        "left",
        "s00",
    )
    assert tables["alerts"]["pupil_id"].to_list() == [row["pupil_id"]]


def test_a_task_does_not_list() -> None:
    """An alert that is only a task is shown but lists nobody."""
    tables = made(model(), frames(frame(40), alerts("p00000", listed=False)), places=0)
    assert tables["list"].is_empty()
    assert tables["roster"].filter(pl.col("alerts").is_not_null()).height == 1


def last(tables: dict[str, pl.DataFrame], *, same_model: bool) -> LastRun:
    """A run as the last one of all its schools."""
    return LastRun(frozenset(tables["schools"]["school_id"]), tables, same_model)


def test_the_same_week_again_holds() -> None:
    """The same data and model a week later: everybody held, first day kept."""
    own, given = model(), frames(frame(120), alerts("p00003"))
    before = made(own, given)
    after = draw(
        Week("990121", "2026-W48", date(2026, 11, 27), "L1", own, False),
        given,
        [last(before, same_model=True)],
        terms=terms(),
    )
    assert after["list"]["change"].unique().to_list() == ["held"]
    assert after["list"]["first_listed_on"].unique().to_list() == [DAY]


def test_another_model_on_the_same_data_is_the_model() -> None:
    """What moves although the data stood still came from the model."""
    given = frames(frame(300))
    before = made(model(1), given)
    after = made(model(2), given, [last(before, same_model=False)])["list"]
    moved = after.filter(pl.col("change") != "held")
    assert moved.height > 0
    assert moved["change_from"].unique().to_list() == ["model"]


def test_other_data_under_the_same_model_is_the_data() -> None:
    """What moves although the model stood still came from the data; who left is still shown."""
    own = model()
    before = made(own, frames(frame(300)))
    after = made(own, frames(frame(300, seed=9)), [last(before, same_model=True)])["list"]
    moved = after.filter(pl.col("change") != "held")
    assert {"new", "left"} <= set(moved["change"])
    assert moved["change_from"].unique().to_list() == ["data"]
    assert not after.filter(pl.col("change") == "left")["listed"].any()


def test_who_left_the_roll_left_the_list() -> None:
    """A pupil listed last week who is nowhere now is shown once more as having left."""
    own, rows = model(), frame(40)
    before = made(own, frames(rows, alerts("p00003")))
    after = made(
        own, frames(rows.filter(pl.col("student_id") != "p00003")), [last(before, same_model=True)]
    )
    row = after["list"].filter(pl.col("student_id") == "p00003").row(0, named=True)
    assert (row["change"], row["listed"], row["band"]) == ("left", False, "none")


def test_a_school_without_a_last_list_begins_anew() -> None:
    """Schools that had no list before are all new; the others are compared."""
    own, given = model(), frames(frame(80))
    before = made(own, given)
    run = LastRun(frozenset({"s00"}), before, True)
    rows = made(own, given, [run])["list"]
    said = rows.group_by("school_id").agg(pl.col("change").unique().first()).sort("school_id")
    assert said["change"].to_list() == ["held", "new"]


def test_a_model_that_needs_what_was_not_kept() -> None:
    """Where last week's run lacks an indicator nobody can tell data from model."""
    before = made(model(1), frames(frame(300)))
    before["features"] = before["features"].drop("absence_4w")
    after = made(model(2), frames(frame(300)), [last(before, same_model=False)])["list"]
    moved = after.filter(pl.col("change") != "held")
    assert moved["change_from"].unique().to_list() == ["both"]


def test_an_empty_county() -> None:
    """No pupils: every table is there and empty."""
    tables = made(model(), frames(frame(0)))
    assert all(table.is_empty() for table in tables.values())


def test_the_rule_draws_a_list_without_probabilities() -> None:
    """The attendance rule lists by points, says its terms one by one, and shows no probability."""
    rule = Model("dropout-risk", "rule", attendance_rule("dropout-risk", CATALOGUE), "none")
    rows = frame(80)
    for name in rule.bundle.indicators:
        if name not in rows.columns:
            rows = rows.with_columns(pl.lit(0.0).alias(name))
    tables = made(rule, frames(rows))
    listed = tables["list"]
    assert listed["probability"].null_count() == listed.height > 0
    assert listed["reason_1"].null_count() == 0
    assert set(listed["band"]) <= {"priority", "watch"}
    assert tables["scores"]["probability"].null_count() == rows.height


def test_an_unfitted_rule_suggests_no_more_than_can_be_visited() -> None:
    """However many are absent, at most 3 % are suggested first and 10 % at all."""
    rule = Model("dropout-risk", "rule", attendance_rule("dropout-risk", CATALOGUE), "none")
    rows = frame(400)
    for at, name in enumerate(rule.bundle.indicators):
        values = np.random.default_rng(at).random(400) * 10
        rows = rows.with_columns(pl.Series(name, values))
    bands = made(rule, frames(rows), places=0)["scores"]["band"].to_list()
    assert 0 < bands.count("priority") <= 12
    assert bands.count("priority") + bands.count("watch") <= 40


@pytest.mark.parametrize("kind", ["model", "rule"])
def test_a_stored_estimate_comes_apart_again(kind: str) -> None:
    """From the stored row: parts add up with the bias, steps end at the margin's probability."""
    own = (
        model()
        if kind == "model"
        else Model("x", "rule", attendance_rule("x", CATALOGUE, trained=True), "refused")
    )
    rows = frame(60)
    for name in own.bundle.indicators:
        if name not in rows.columns:
            rows = rows.with_columns(pl.lit(0.2).alias(name))
    tables = made(own, frames(rows))
    row = tables["scores"].head(1)
    values = (
        tables["features"]
        .join(tables["details"], on="student_id")
        .filter(pl.col("student_id") == row["student_id"][0])
    )
    got = estimate(own.words(), row, values, CATALOGUE)
    assert abs(got.bias + sum(p.contribution for p in got.parts) - got.margin) <= 1e-6
    end = got.steps[-1].end_probability
    assert end is None if kind == "rule" else end == pytest.approx(row["probability"][0], abs=1e-9)
    assert [s.background for s in got.steps].count(True) == (1 if kind == "model" else 0)
    assert all(p.zh and p.en for p in got.parts)
    assert all(r.zh for r in (*got.reasons, *got.protective))
