"""Whether reasons stand when chance is another, and what a what-if may say."""

from __future__ import annotations

from functools import cache

import numpy as np
import polars as pl
import pytest

from tests.training.factories import COLUMNS, fitted, frame, material
from training.bundle import Bundle, Column
from training.bundle.format import BOOSTER
from training.explanation import breaches, by_bag, by_seed, compared, eased, what_if
from training.explanation.whatif import ALL, movable
from training.fit import text_of

HELD = material()
LAST = max(HELD.rows.days)


@cache
def _bundle() -> Bundle:
    return fitted(HELD).challenger


def _listed(bundle: Bundle, count: int = 24) -> pl.DataFrame:
    today = HELD.rows.frame.filter(pl.col("as_of") == LAST)
    return today[np.argsort(-bundle.score(today).margin)[:count].tolist()]


def test_a_model_beside_itself_keeps_every_reason() -> None:
    """Compared with itself every figure is one and every pupil is counted once a family."""
    bundle = _bundle()
    told = compared(bundle, [bundle, bundle], _listed(bundle))
    shares = (told.first_stays, told.first_among_three, told.three_overlap, told.ranks)
    assert shares == pytest.approx((1, 1, 1, 1))
    assert told.models == 2
    assert sum(count for count, _ in told.by_family.values()) == told.pupils <= 24
    assert all(share == 1 for _, share in told.by_family.values())


def test_the_same_seed_grows_the_same_trees_and_others_nearly_the_same_reasons() -> None:
    """The bundle's own seed gives its bytes again; on a strong signal other seeds and bags agree well."""
    bundle = _bundle()
    (same,) = by_seed(HELD, bundle, [bundle.manifest.seed])
    assert same.files[BOOSTER] == bundle.files[BOOSTER]
    drawn = by_bag(HELD, bundle, [1, 2])
    assert [one.files[BOOSTER] == bundle.files[BOOSTER] for one in drawn] == [False, False]
    assert [a.digest for a in by_bag(HELD, bundle, [1])] == [drawn[0].digest]
    for others in (by_seed(HELD, bundle, [1, 2]), drawn):
        told = compared(bundle, others, _listed(bundle))
        assert told.first_stays >= 0.7
        assert told.first_among_three >= told.first_stays
        assert 0.5 < told.ranks <= 1


def test_without_a_signal_reasons_do_not_stand() -> None:
    """Where there is nothing to learn, reasons change with the pupils drawn: the measure can see it."""
    noise = material(frame(signal=0.0, rate=-3.0))
    empty = fitted(noise).challenger
    today = noise.rows.frame.filter(pl.col("as_of") == LAST)
    strong, weak = (
        compared(bundle, by_bag(held, bundle, [1, 2, 3]), rows).ranks
        for bundle, held, rows in ((_bundle(), HELD, _listed(_bundle())), (empty, noise, today))
    )
    assert weak < strong - 0.1


def test_nobody_with_a_reason_gives_no_figures() -> None:
    """On no rows the shares are not numbers, and nothing breaks."""
    bundle = _bundle()
    told = compared(bundle, [bundle], _listed(bundle).head(0))
    assert told.pupils == 0
    assert np.isnan(told.first_stays)
    assert told.by_family == {}


def test_easing_a_changeable_indicator_never_raises_the_estimate() -> None:
    """The law of directions: moved towards less, alone or together, no pupil's margin rises."""
    bundle = _bundle()
    assert breaches(bundle, HELD.rows.frame.sample(400, seed=1)) == []


def test_a_model_without_directions_is_seen() -> None:
    """A law that cannot fail is none: trees grown against the signs are found, with the worst rise."""
    import lightgbm

    bundle, rows = _bundle(), HELD.rows.frame
    x = rows.select(bundle.indicators).to_numpy().astype(np.float64)
    lower = (rows["absence_2w"].to_numpy() < 0.1).astype(float)
    data = lightgbm.Dataset(x, lower, feature_name=list(bundle.indicators))
    booster = lightgbm.train({"objective": "binary", "verbosity": -1, "num_threads": 1}, data, 5)
    wrong = Bundle.of(bundle.manifest, {BOOSTER: text_of(booster)})
    found = {one.indicator: one for one in breaches(wrong, rows.head(200))}
    assert {"absence_2w", ALL} <= set(found)
    assert found["absence_2w"].rows > 0
    assert found["absence_2w"].worst > 0


def test_what_if_moves_only_what_is_worse_and_changeable() -> None:
    """Each line goes to the middle of the others and no higher; all together goes lowest; nulls stay."""
    bundle = _bundle()
    others = HELD.rows.frame.filter(pl.col("as_of") == LAST)
    pupil = _listed(bundle, 1)
    told = what_if(bundle, pupil, others)
    assert told["code"][-1] == ALL
    assert set(told["code"]) - {ALL} <= {c.name for c in movable(bundle)}
    assert (told["then"] <= told["probability"] + 1e-12).all()
    assert told["then"][-1] == pytest.approx(told["then"].min())
    single = told.head(-1)
    assert single["lower"].is_sorted(descending=True)
    assert single["to"].to_list() == [others[code].median() for code in single["code"]]
    assert (single["value"] > single["to"]).all()
    assert what_if(bundle, pupil, others, lang="en")["label"][-1] == "all together"
    with pytest.raises(ValueError, match="one pupil"):
        what_if(bundle, others.head(2), others)


def test_easing_goes_against_the_direction_and_leaves_the_unrecorded() -> None:
    """Where more counts for more the value is lowered, where less does it is raised; empty stays empty."""
    rows = pl.DataFrame({"a": [0.2, 0.8, None], "b": [0.2, 0.8, None]})
    down, up = Column("a", "attendance", 1, changeable=True), Column("b", "grades", -1)
    told = rows.select(eased(down, 0.5), eased(up, pl.lit(0.5)))
    assert told["a"].to_list() == [0.2, 0.5, None]
    assert told["b"].to_list() == [0.5, 0.8, None]
    assert [c.name for c in movable(_bundle())] == [c.name for c in COLUMNS if c.changeable]
