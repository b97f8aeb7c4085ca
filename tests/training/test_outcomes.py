"""What came of scored rows is read by the labels that models are trained on."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest

from features.facts import Facts, open_facts
from features.synthetic.county import LAST_DAY, County, write_county
from training.outcomes import FEWEST, less, matured, settled, standing_alone, thinned
from training.rows import Order, gather

DAY = LAST_DAY - timedelta(weeks=12)


@pytest.fixture(scope="module")
def facts(tmp_path_factory: pytest.TempPathFactory) -> Facts:
    """A county small enough to label in a second."""
    where = tmp_path_factory.mktemp("outcomes")
    write_county(where / "county", County(500, seed=11, weeks=30))
    return open_facts([where / "county"], where / "home")


def test_standings_are_those_of_training(facts: Facts) -> None:
    """Positives and negatives of an as-of day are the very rows that training would learn from."""
    day = LAST_DAY - timedelta(days=63)
    learned = gather([facts], Order(until=LAST_DAY, days=(day,))).frame
    rows = learned.select("student_id", "as_of").with_columns(listed=pl.lit(True))
    told = settled(rows, facts, until=LAST_DAY, horizon_weeks=8)
    both = told.join(learned.select("student_id", "label"), on="student_id")
    assert both.height == learned.height
    assert ((both["standing"] == "positive").cast(pl.Int8) == both["label"]).all()
    assert set(both["standing"]) <= {"positive", "negative"}
    assert both["listed"].all()


def test_nothing_is_mature_before_its_time(facts: Facts) -> None:
    """A window is over when the horizon and the largest lag are; until then rows are immature."""
    last = LAST_DAY - timedelta(days=56 + facts.batch.largest_lag)
    assert matured(last, facts, until=LAST_DAY, horizon_weeks=8)
    assert not matured(last + timedelta(days=1), facts, until=LAST_DAY, horizon_weeks=8)
    assert matured(date(2026, 9, 4), facts, until=LAST_DAY, horizon_weeks=None)
    assert not matured(LAST_DAY, facts, until=LAST_DAY, horizon_weeks=None)
    some = facts.scan("enrolments").select("student_id").unique().head(50).collect()
    rows = some.with_columns(as_of=pl.lit(LAST_DAY - timedelta(weeks=4)))
    told = settled(rows, facts, until=LAST_DAY, horizon_weeks=8)
    assert set(told["standing"]) == {"immature"}


def test_the_outcome_asked_for_is_the_one_told(facts: Facts, tmp_path: Path) -> None:
    """A model asked about recorded dropouts alone is not judged by unexplained days."""
    day = LAST_DAY - timedelta(days=63)
    some = facts.scan("enrolments").select("student_id").unique().collect()
    rows = some.with_columns(as_of=pl.lit(day))

    def positives(*outcome: str) -> int:
        told = settled(rows, facts, until=LAST_DAY, horizon_weeks=8, outcome=outcome)
        return int((told["standing"] == "positive").sum())

    assert positives("dropped_out") < positives()


def judged(pupils: int = 600, outcomes: int = 60, *, good: bool = True) -> pl.DataFrame:
    """Three weeks of the same pupils, the first ``outcomes`` of whom left; the rule knows nothing."""
    rows = pl.DataFrame({"n": range(pupils)}).join(pl.DataFrame({"week": range(3)}), how="cross")
    out = pl.col("n") < outcomes
    return rows.select(
        student_id=pl.format("s{}", "n"),
        as_of=pl.lit(DAY) + pl.duration(weeks="week"),
        school_id=pl.format("c{}", pl.col("n") % 4),
        label=out.cast(pl.Int8),
        margin=pl.when(out).then(1.0 if good else -1.0).otherwise(0.0) + pl.col("n") % 7 / 10,
        rule=pl.col("n") * 7919 % 13 / 13,
        weight=pl.lit(1.0),
    )


def test_a_good_order_is_worth_more_than_the_rule() -> None:
    """Above zero with its whole interval where the order is good, below it where it is turned round."""
    up, down = less(judged()), less(judged(good=False))
    assert up is not None
    assert 0 < up.low <= up.point <= up.high
    assert (up.outcomes, up.days, up.first) == (60, 3, DAY)
    assert down is not None
    assert down.low <= down.point <= down.high < 0


def test_nothing_is_told_of_few_or_of_all() -> None:
    """Fewer than thirty pupils with the outcome, or nobody without it: no comparison."""
    assert less(judged(outcomes=FEWEST)) is not None
    assert less(judged(outcomes=FEWEST - 1)) is None
    assert less(judged(pupils=60)) is None
    assert less(judged().head(0)) is None


def test_those_drawn_stand_for_the_others() -> None:
    """All with the outcome stay, others whole or not at all, and the weights add up to all the rows."""
    rows = judged(pupils=9000).drop("weight")
    kept = thinned(rows, most=1000)
    own = kept.filter(pl.col("label") == 1)
    assert own["student_id"].n_unique() == 60
    assert set(own["weight"]) == {1.0}
    assert set(kept.group_by("student_id").len()["len"]) == {3}
    assert abs(kept["weight"].sum() / rows.height - 1) < 0.1
    assert 800 < kept["student_id"].n_unique() < 1300
    assert thinned(rows, most=9000)["weight"].sum() == rows.height
    whole, part = less(thinned(rows)), less(kept)
    assert whole is not None
    assert part is not None
    assert abs(whole.point - part.point) < 0.05


def test_some_pupils_can_be_asked_about_for_all(tmp_path: Path) -> None:
    """With room for a part of the lists' rows, pupils are chosen by their number: their weights are about those
    that all would give, and the others' are empty."""
    write_county(tmp_path / "v", County(700, seed=5, weeks=20, interventions=True))
    facts = open_facts([tmp_path / "v"], tmp_path / "home")
    days = tuple(LAST_DAY - timedelta(weeks=k) for k in range(16, 8, -1))
    frame = gather([facts], Order(until=LAST_DAY, horizon_weeks=4, days=days)).frame
    rows = settled(
        frame.select("student_id", "as_of", "school_id"), facts, until=LAST_DAY, horizon_weeks=4
    )
    score = frame.select("student_id", "school_id", "as_of", score="absence_4w").with_columns(
        pl.col("score").fill_null(0.0), scale=pl.lit(0)
    )
    lists = [score.filter(pl.col("as_of") == day).lazy() for day in days]
    whole = standing_alone(rows, lists, facts, until=LAST_DAY)
    assert whole.null_count() == 0
    assert (whole == 0).any()
    part = standing_alone(rows, lists, facts, until=LAST_DAY, most=score.height // 2)
    asked = part.is_not_null()
    assert 0.4 < float(asked.mean()) < 0.6  # type: ignore[arg-type] # a share
    assert ((part == 0) == (whole == 0)).filter(asked).all()
    assert float(part.sum()) / int(asked.sum()) == pytest.approx(
        float(whole.mean()),  # type: ignore[arg-type] # a number
        rel=0.05,
    )
    again = standing_alone(rows, lists[::-1], facts, until=LAST_DAY, most=score.height // 2)
    assert part.to_list() == pytest.approx(again.to_list())


def test_thinning_what_was_asked_about_keeps_its_weight() -> None:
    """Pupils asked about are chosen by another draw than those thinned: of a part of them thinned again the
    weights still sum to about all of that part."""
    rows = pl.DataFrame({"student_id": [f"p{n:05d}" for n in range(40_000)], "label": [0] * 40_000})
    part = rows.filter(pl.col("student_id").hash(1) <= pl.lit(2**62, pl.UInt64))
    told = thinned(part, most=2_000)
    assert told.height == pytest.approx(2_000, rel=0.1)
    assert told["weight"].sum() == pytest.approx(part.height, rel=0.1)
