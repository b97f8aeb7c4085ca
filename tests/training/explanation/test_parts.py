"""The parts as shap sees them and by family: nothing is lost on the way, nothing is named that may not be."""

from __future__ import annotations

import subprocess
import sys
from functools import cache

import numpy as np
import polars as pl
import pytest

from tests.training.factories import COLUMNS, fitted, material
from training.bundle import Bundle
from training.bundle.reasons import SURROUNDINGS
from training.explanation import (
    by_permutation,
    explanation,
    families_of,
    family_explanation,
    interventional,
    since,
)

HELD = material()
LAST = max(HELD.rows.days)


@cache
def _bundle() -> Bundle:
    return fitted(HELD).challenger


def _today() -> pl.DataFrame:
    return HELD.rows.frame.filter(pl.col("as_of") == LAST)


def test_shap_is_given_the_bundles_own_parts() -> None:
    """Base value and values add up to the margin; values, data and words are row for row the bundle's."""
    bundle, frame = _bundle(), _today()
    scored, told = bundle.score(frame), explanation(bundle, frame)
    assert np.array_equal(told.values, scored.contributions)
    assert np.abs(told.values.sum(axis=1) + told.base_values - scored.margin).max() <= 1e-6
    assert told.data[:, 0] == pytest.approx(frame["absence_2w"].to_numpy())
    assert np.isnan(told.data[:, 1]).sum() == frame["absence_4w"].null_count() > 0
    assert list(told.feature_names) == [c.label_zh for c in COLUMNS]
    assert list(explanation(bundle, frame, lang="en").feature_names) == [
        c.label_en for c in COLUMNS
    ]


def test_by_family_nothing_is_lost_and_background_is_one_sum() -> None:
    """By family the parts add up too; poverty, care and disability stand as one sum without their names."""
    bundle, frame = _bundle(), _today()
    told = family_explanation(bundle, frame)
    margin = bundle.score(frame).margin
    assert np.abs(told.values.sum(axis=1) + told.base_values - margin).max() <= 1e-6
    assert list(told.feature_names) == ["出勤", "班级与时段", "学业", "背景信息合计"]
    assert family_explanation(bundle, frame, lang="en").feature_names[-1] == "background, summed"


def test_a_bundle_without_background_has_no_such_line() -> None:
    """Where no indicator is background no sum of it is shown."""
    bundle, frame = _bundle(), _today()
    plain = Bundle(fitted(HELD).rule.manifest)
    told = family_explanation(plain, frame)
    assert "背景信息合计" not in told.feature_names
    assert told.values.sum(axis=1) == pytest.approx(
        plain.score(frame).margin - plain.score(frame).bias
    )
    assert bundle.kind == "model"


def test_families_are_ordered_as_a_page_names_them() -> None:
    """The order is that of the reasons: largest first, no background, no surroundings, raising alone."""
    bundle, frame = _bundle(), _today()
    scored = bundle.score(frame)
    held = families_of(COLUMNS, scored.contributions)
    for row, told in enumerate(bundle.teller(()).tell(scored, frame)):
        named = [held.name(n) for n in held.order[row] if n >= 0]
        said = [reason.family for reason in told.listed]
        # a family none of whose indicators is recorded cannot be worded, and then has no reason
        assert [name for name in named if name in said] == said
        assert not {"poverty", *SURROUNDINGS} & set(named)
    assert held.name(-1) == ""


def test_equal_families_go_by_name_and_fewer_than_three_are_padded() -> None:
    """Two families of one sum stand in the order of their names; empty places are -1."""
    parts = np.zeros((2, len(COLUMNS)))
    parts[0, [0, 2]] = 0.5
    parts[1, 2] = -0.5
    held = families_of(COLUMNS, parts)
    assert [held.name(n) for n in held.order[0]] == ["attendance", "grades", ""]
    assert held.first.tolist() == [held.names.index("attendance"), -1]


def test_other_ways_of_asking_name_the_same_families() -> None:
    """On a signal that is there, interventional parts and shuffled families agree with the bundle's."""
    bundle, frame = _bundle(), _today()
    top = frame[np.argsort(-bundle.score(frame).margin)[:25].tolist()]
    told = interventional(bundle, top, frame, most=60)
    assert told.added_up <= 1e-4
    assert told.pupils == 25
    assert told.first_same >= 0.8
    assert told.ranks >= 0.7
    shuffled = by_permutation(bundle, frame, times=3)
    assert shuffled.other["attendance"] == max(shuffled.other.values())
    assert shuffled.ranks > 0
    assert by_permutation(bundle, frame, times=3).other == shuffled.other


def test_a_rule_has_only_one_kind_of_parts() -> None:
    """A bundle without trees is refused: there is nothing to compare."""
    with pytest.raises(ValueError, match="without trees"):
        interventional(fitted(HELD).rule, _today(), _today())


def test_since_last_week_names_the_family_that_moved() -> None:
    """A run of absence this week names attendance; who stayed as before is said to; newcomers too."""
    bundle = _bundle()
    before = _today().head(30)
    worse = pl.col("student_id").is_in(["L0000", "L0001"])
    now = before.with_columns(
        [pl.when(worse).then(high).otherwise(pl.col(name)).alias(name)
         for name, high in (("absence_2w", 0.9), ("absence_4w", 0.9), ("unexplained_run", 9.0))]
    )  # fmt: skip
    told = since(bundle, now, before.filter(pl.col("student_id") != "L0005"))
    rows = {row["student_id"]: row for row in told.iter_rows(named=True)}
    assert [rows[n]["rose"] for n in ("L0000", "L0001")] == ["attendance"] * 2
    assert rows["L0000"]["rose_by"] > 0
    assert rows["L0000"]["sentence"] == "与上周相比，“出勤”的记录使估计升高最多。"
    assert rows["L0002"]["rose"] is None
    assert rows["L0002"]["moved"] == pytest.approx(0.0)
    assert rows["L0002"]["sentence"] == "与上周相比，各类记录对估计的影响几乎未变。"
    assert rows["L0005"]["moved"] is None
    assert rows["L0005"]["sentence"] == "上周未作估计。"
    back = since(bundle, before, now, lang="en")
    assert back["sentence"][0] == "Since last week: attendance lowered it most."
    assert back["sentence"][2] == "Since last week: hardly any change."
    assert since(bundle, before, before.tail(1), lang="en")["sentence"][0].startswith(
        "Not estimated"
    )


def test_what_serves_does_not_load_shap() -> None:
    """Importing the explanations, and the bundle, loads no shap and no numba."""
    code = (
        "import sys, training.bundle, training.explanation;"
        "print([m for m in ('shap', 'numba') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
