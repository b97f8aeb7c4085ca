"""Laws of the coefficients: each has its source, each shows in who leaves."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl
import pytest

from features.synthetic import course as c
from features.synthetic import effects as effects_module
from features.synthetic import places
from features.synthetic.county import LAST_DAY
from features.synthetic.draws import stream
from features.synthetic.effects import load_effects, sources
from features.synthetic.pupils import Scene, make_pupils
from features.synthetic.terms import span
from tests.features.synthetic.conftest import Made

MARKS = {"public", "derived", "direction", "assumption"}
Bools = npt.NDArray[np.bool_]


@dataclass
class Large:
    """The course of about 50,000 pupils of a hard county, no tables written."""

    scenes: list[Scene]
    courses: list[c.Course]

    def gather(self, of: str) -> npt.NDArray[np.float64]:
        """One trait of all pupils."""
        return np.concatenate([np.asarray(getattr(s.people, of)) for s in self.scenes])

    @property
    def leaves(self) -> Bools:
        """Who leaves in any way."""
        return np.concatenate([(k.leaving > 0) & (k.leaving != c.UNSEEN) for k in self.courses])

    @property
    def junior(self) -> Bools:
        """Who is in junior school throughout."""
        return np.concatenate([(s.people.grade[:, 0] >= 7) for s in self.scenes])


@pytest.fixture(scope="module")
def large() -> Large:
    effects, where = load_effects("hard_county"), span(LAST_DAY, 64)
    scenes, courses = [], []
    for seed in (1, 2, 3):
        for lot in places.chunks(16_000):
            scene = Scene(make_pupils(lot, where, effects, seed=seed), where, effects)
            scenes.append(scene)
            courses.append(c.make_course(scene, stream(seed, lot[0].number, "course")))
    return Large(scenes, courses)


def odds_ratio(leaves: Bools, exposed: Bools) -> float:
    a, b = leaves[exposed].mean(), leaves[~exposed].mean()
    return float((a / (1 - a)) / (b / (1 - b)))


def test_every_coefficient_has_a_mark_and_a_source() -> None:
    """Each section or single effect says whether it is published, derived, a direction or assumed."""
    found = sources()
    assert len(found) > 25
    for name, mark, source in found:
        assert source, name
        assert mark in MARKS or name.startswith("profile."), name


def test_every_coefficient_is_used() -> None:
    """No number stands in the file that nothing reads."""
    folder = Path(effects_module.__file__).parent
    code = "".join(f.read_text("utf-8") for f in folder.glob("*.py"))
    effects = load_effects()
    for section in (
        effects.leave,
        effects.sudden,
        effects.attendance,
        effects.after,
        effects.shares,
    ):
        unread = [k for k in section if f'"{k}"' not in code and not k.startswith("carer_")]
        assert not unread


@pytest.mark.parametrize(
    "trait", ["poor", "ill_family", "earlier_return", "over_age", "low", "both_away"]
)
def test_published_signs_show_among_those_who_leave(large: Large, trait: str) -> None:
    """What is published to go with leaving does so here: odds ratio above 1 in junior school."""
    exposed = {
        "low": lambda: large.gather("ability") < -0.5,
        "both_away": lambda: large.gather("left_kind") == 2,
    }.get(trait, lambda: large.gather(trait) > 0)()
    junior = large.junior
    assert odds_ratio(large.leaves[junior], exposed[junior]) > 1.1


def test_mothers_schooling_goes_with_staying(large: Large) -> None:
    """More schooling of the mother goes with less leaving."""
    junior = large.junior
    assert odds_ratio(large.leaves[junior], (large.gather("mother_schooling") > 0)[junior]) < 0.95


def test_rates_rise_with_grade_and_keep_to_the_profile() -> None:
    """Grade 8 is 1.64 times grade 7 in odds, junior school has the profile's mean, primary a tenth."""
    effects = load_effects("hard_county")
    rates = [effects.yearly(g) for g in range(1, 10)]
    assert rates == sorted(rates)
    assert np.mean(rates[6:]) == pytest.approx(0.069)
    assert np.mean(rates[:6]) == pytest.approx(0.0069)
    odds = [r / (1 - r) for r in rates]
    assert odds[7] / odds[6] == pytest.approx(np.exp(0.49))


def test_confirmed_leaving_keeps_to_the_profiles_rate(large: Large) -> None:
    """In the full school year the share who leave and are confirmed is the profile's, within sampling."""
    closes = large.scenes[0].where.index(date(2026, 8, 1))
    confirmed = np.concatenate([
        (k.leaving == c.CONFIRMED) & (k.away_from[:, 0] < closes) for k in large.courses
    ])  # fmt: skip
    junior = large.junior
    n, share = int(junior.sum()), float(confirmed[junior].mean())
    sd = np.sqrt(0.069 * 0.931 / n)
    # lawful exits and arrivals within the year take a few hundredths of those at risk
    assert 0.069 * 0.95 - 4 * sd < share < 0.069 + 4 * sd


def test_dropouts_of_the_tables_keep_to_the_rate(made: Made) -> None:
    """Confirmed dropouts counted in the tables of one small county lie within binomial bounds."""
    rows = made.read("status_changes").filter(
        pl.col("happened_on").is_between(date(2025, 9, 1), date(2026, 8, 31))
    )
    sure = rows.filter(pl.col("kind") == "dropped_out")["student_id"]
    first = made.read("enrolments").filter(
        pl.col("start_on") == date(2025, 9, 1), pl.col("grade").cast(pl.Int64) >= 7
    )["student_id"]
    n, k = len(first), first.is_in(sure.implode()).sum()
    assert abs(k - 0.069 * n) < 4 * np.sqrt(n * 0.069 * 0.931)


def test_months_follow_their_weights(large: Large) -> None:
    """More leave in March and September than in other months, by day of school."""
    where = large.scenes[0].where
    start = np.concatenate([k.away_from[:, 0] for k in large.courses])
    by_day = np.bincount(start[large.leaves], minlength=len(where.days))[: len(where.days)]
    peak = np.isin(where.month(), (2, 8))
    assert by_day[peak].mean() > 1.5 * by_day[~peak].mean()


def test_slow_leavings_are_preceded_by_absence_and_sudden_ones_less(large: Large) -> None:
    """The drift before a slow leaving is there, and only there."""
    for course in large.courses:
        left = (course.leaving > 0) & (course.leaving != c.UNSEEN)
        slow, quick = left & ~course.sudden, left & course.sudden
        assert (course.drift_peak[slow] > 0.5).all()
        assert (course.drift_end[slow] == course.away_from[slow, 0]).all()
        assert (course.drift_end[quick] == course.away_from[quick, 0]).mean() < 0.05


def test_absence_alone_does_not_tell_who_leaves(made: Made) -> None:
    """Most of those with many absences stay: the rule can be beaten."""
    marks = made.read("attendance").filter(
        pl.col("date") < date(2026, 3, 1),
        pl.col("status").is_in(["sick", "personal", "unexplained"]),
    )
    many = marks.group_by("student_id").len().filter(pl.col("len") >= 12)
    gone = made.read("status_changes").filter(pl.col("kind") == "dropped_out")
    assert len(many) > 20
    assert many.join(gone, on="student_id", how="semi").height < 0.7 * len(many)


def test_a_file_can_alter_single_coefficients(tmp_path: Path) -> None:
    """A TOML file names its base profile and what differs; all else stays as packaged."""
    path = tmp_path / "mine.toml"
    path.write_text(
        'base = "city"\n[leave]\npoor = 1.5\n[attendance]\nsick_a_day = 0.01\n[profile.city]\npoor = 0.5\n'
    )
    mine, city = load_effects(str(path)), load_effects("city")
    assert (mine.leave["poor"], mine.attendance["sick_a_day"], mine.profile.poor) == (
        1.5,
        0.01,
        0.5,
    )
    assert mine.leave["grade_8"] == city.leave["grade_8"]
    assert mine.profile.junior_a_year == city.profile.junior_a_year == 0.009
