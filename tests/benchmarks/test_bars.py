"""What the bars say of themselves, and the README's table of them."""

from __future__ import annotations

import pytest

from benchmarks import bars, results, table

KEPT = sorted((table.README.parent / "benchmarks" / "results").glob("*.json"))


@pytest.mark.parametrize("bar", bars.load().values(), ids=lambda bar: bar.name)
def test_a_bar_says_what_it_measures(bar: bars.Bar) -> None:
    """Every bar has words in both languages, and every bound a size that exists."""
    assert bar.zh
    assert bar.en
    assert bar.bounds
    assert all(set(bound.at) <= set(bars.SIZES) for bound in bar.bounds)


@pytest.mark.parametrize("path", KEPT, ids=lambda path: path.stem)
def test_kept_results_name_what_bounds_ask(path: object) -> None:
    """Kept results are synthetic and say so, and hold a figure for every bound of their bars at their size."""
    told = results.read(path)  # type: ignore[arg-type]
    assert told["synthetic"] is True
    known = bars.load()
    for name, kept in told["bars"].items():
        figure = bars.Figure(**kept)
        assert known[name].untold(figure, told["size"]) == [], name


def test_the_pages_show_what_was_measured() -> None:
    """The tables of README and handbook are the ones that the kept results give."""
    told = [results.read(path) for path in KEPT]
    for page, text in ((table.README, table.made(told)), (table.PAGE, table.growth(told))):
        assert table.between(page.read_text(encoding="utf-8")) == text


def test_a_bound_is_met_missed_or_not_asked() -> None:
    """A bound judges its own size alone, and a figure that was not measured is not judged."""
    bound = bars.Bound("ratio", "least", {"city": 12})
    assert bound.met(bars.Figure(1.0, "s", 12.0), "city") is True
    assert bound.met(bars.Figure(1.0, "s", 11.9), "city") is False
    assert bound.met(bars.Figure(1.0, "s", 1.0), "small") is None
    assert bound.met(bars.Figure(1.0, "s"), "city") is None
    most = bars.Bound("off", "most", {"small": 1})
    assert most.met(bars.Figure(1.0, "s", more={"off": 2.0}), "small") is False


def test_a_figure_that_lacks_what_is_asked_says_what() -> None:
    """What a bound asks at a size and nobody measured is named; at another size nothing is asked."""
    bar = bars.load()["fold"]
    figure = bars.Figure(1.0, "CPU-s", 3.0, more={"shuffled_over_sorted": 1.0})
    assert bar.untold(figure, "small") == ["equal"]
    assert bar.untold(bars.Figure(1.0, "CPU-s", more={"equal": 1.0}), "province") == []
