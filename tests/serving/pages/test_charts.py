"""Pictures: where a bar stands, what a cell says."""

from __future__ import annotations

import math
from datetime import date, timedelta

import pytest

from serving.pages.charts.attendance import calendar
from serving.pages.charts.trend import LINES, TOPS, trend, trends
from serving.pages.charts.waterfall import MARGIN, percent, waterfall
from serving.services.health import Point
from serving.services.views import AttendanceDay, Step
from tests.serving.factories import steps, term_days


def test_bars_have_the_lengths_of_their_parts() -> None:
    """Lengths are proportional to the contributions in log-odds, all on one scale."""
    drawn = waterfall(steps())
    assert drawn is not None
    scale = {
        round(bar.width / abs(step.contribution), 1)
        for bar, step in zip(drawn.bars, steps(), strict=True)
    }
    assert max(scale) - min(scale) < 0.6


def test_each_bar_begins_where_the_last_ended() -> None:
    """The links join the bars into one stair from the base to the estimate."""
    drawn = waterfall(steps())
    assert drawn is not None
    at = drawn.base
    for bar in drawn.bars:
        near = bar.x if bar.up else bar.x + bar.width
        assert near == pytest.approx(at, abs=0.02)
        at = bar.link
    assert at == drawn.final


def test_the_axis_is_labelled_in_percent_at_its_log_odds() -> None:
    """The mark of 10% stands where the log-odds of 10% are."""
    drawn = waterfall(steps())
    assert drawn is not None
    x = {tick.label: tick.x for tick in drawn.ticks}
    want = (math.log(0.2 / 0.8) - math.log(0.1 / 0.9)) / (math.log(0.3 / 0.7) - math.log(0.1 / 0.9))
    assert (x["20%"] - x["10%"]) / (x["30%"] - x["10%"]) == pytest.approx(want, abs=1e-3)


def test_everything_stays_inside_the_picture() -> None:
    """Even a single tiny step fits between the margins."""
    drawn = waterfall([Step("出勤", "attendance", 1e-6, -3.0, -3.0 + 1e-6, 0.0474, 0.0474)])
    assert drawn is not None
    assert MARGIN <= drawn.bars[0].x <= 100 - MARGIN
    assert drawn.bars[0].width > 0


def test_a_rule_is_drawn_without_percent() -> None:
    """Points have no percentages: no axis marks, no words from-to."""
    drawn = waterfall([Step("出勤", "attendance", 2.0, 0.0, 2.0, None, None)])
    assert drawn is not None
    assert (drawn.in_percent, drawn.ticks, drawn.bars[0].start) == (False, (), "")


def test_nothing_to_draw_is_no_picture() -> None:
    """No steps, no picture."""
    assert waterfall([]) is None
    assert calendar([]) is None


@pytest.mark.parametrize(
    ("p", "said"), [(0.004, "0.4%"), (0.029, "3%"), (0.281, "28%"), (None, "")]
)
def test_percent_as_people_read_it(p: float | None, said: str) -> None:
    """One decimal below one percent, whole above."""
    assert percent(p) == said


def test_not_taken_is_its_own_mark() -> None:
    """An unknown day is neither present nor absent: its own class, letter and word."""
    drawn = calendar(term_days())
    assert drawn is not None
    cells = {cell.on: cell for row in drawn.rows for cell in row.cells}
    unknown, present = cells[date(2026, 10, 20)], cells[date(2026, 9, 2)]
    assert (unknown.mark, unknown.letter_zh) == ("unknown", "？")
    assert (present.mark, present.letter_zh) == ("present", "")
    assert "不等于到校" in unknown.word_zh


def test_counts_are_those_of_the_days() -> None:
    """The line above the calendar counts what the cells show."""
    drawn = calendar(term_days())
    assert drawn is not None
    assert {zh: n for zh, _, n in drawn.counts}["缺勤待查"] == sum(
        d.mark == "unexplained" for d in term_days()
    )


def test_weekends_are_shown_only_when_school_was_held() -> None:
    """Make-up Saturdays and Sundays have a row, other weekends none."""
    drawn = calendar(term_days())
    assert drawn is not None
    assert [row.en for row in drawn.rows][-2:] == ["Sat", "Sun"]
    plain = calendar(
        [AttendanceDay(date(2026, 9, 7) + timedelta(days=n), "present") for n in range(5)]
    )
    assert plain is not None
    assert len(plain.rows) == 5


def test_only_the_running_term_is_drawn() -> None:
    """Days before the last long break belong to another term."""
    old = [AttendanceDay(date(2026, 6, 1) + timedelta(days=n), "unexcused") for n in range(5)]
    drawn = calendar([*old, *term_days()])
    assert drawn == calendar(term_days())


def test_an_unheard_code_is_unknown() -> None:
    """A code that the picture does not know is never shown as present."""
    drawn = calendar([AttendanceDay(date(2026, 9, 7), "martian")])
    assert drawn is not None
    assert drawn.rows[0].cells[0].mark == "unknown"


def test_a_weekday_without_school_is_marked_so() -> None:
    """Inside the term a weekday that was no school day says so; before and after it nothing is said."""
    days = [AttendanceDay(date(2026, 9, n), "present") for n in (8, 9, 11)]
    drawn = calendar(days)
    assert drawn is not None
    marks = {cell.on: cell.mark for row in drawn.rows for cell in row.cells if cell.on}
    assert marks == {**{d.on: "present" for d in days}, date(2026, 9, 10): "holiday"}


@pytest.mark.parametrize(
    ("part", "mark", "said"),
    [(0.004, "·", "0.00"), (-0.004, "·", "0.00"), (0.2, "▲", "+0.20"), (-0.2, "▼", "−0.20")],
)
def test_a_part_too_small_to_say_points_nowhere(part: float, mark: str, said: str) -> None:
    """The sign beside a bar and the number agree, also where both are nothing."""
    drawn = waterfall(
        [Step("出勤", "attendance", part, -3.0, -3.0 + part, 0.0474, 0.0474 + part / 99)]
    )
    assert drawn is not None
    assert (drawn.bars[0].mark, drawn.bars[0].contribution) == (mark, said)


def line(*values: float | None) -> list[Point]:
    return [Point(f"2026-W{30 + n}", coverage=value) for n, value in enumerate(values)]


def test_a_week_that_is_not_shown_breaks_the_line() -> None:
    """A gap is a gap: no line is drawn over it, and the table says a dash."""
    drawn = trend("coverage", line(0.9, 0.8, None, 0.7, 0.6))
    assert drawn.path.count("M") == 2
    assert drawn.path.count("L") == 2
    assert drawn.dots.count("M") == 4
    assert [v.said for v in drawn.values] == ["90%", "80%", "–", "70%", "60%"]
    assert drawn.said("2026-W32") == drawn.said("2020-W01") == "–"


def test_holidays_take_their_time_and_break_the_line() -> None:
    """Weeks stand where they lie in the year, and no line goes through weeks without school."""
    weeks = ("2026-W26", "2026-W27", "2026-W36", "2026-W37")
    drawn = trend("coverage", [Point(week, coverage=0.9) for week in weeks])
    places = [float(p.split()[0]) for p in drawn.path.replace("L", "M").split("M")[1:]]
    assert drawn.path.count("M") == 2
    assert places[2] - places[1] == pytest.approx(9 * (places[1] - places[0]), abs=0.1)


def test_every_point_lies_inside_and_higher_is_more() -> None:
    """Positions stay in the box for any share, and the larger share stands higher."""
    for top in (*TOPS, 0.0, 0.333):
        drawn = trend("coverage", line(top, top / 2, 0.0))
        places = [p.split() for p in drawn.path.replace("L", "M").split("M")[1:]]
        ys = [float(y) for _, y in places]
        assert all(0 <= float(x) <= 100 and 0 <= float(y) <= 100 for x, y in places)
        assert ys == sorted(ys)


def test_the_axis_holds_every_value() -> None:
    """The top is the first round share above the largest."""
    assert trend("coverage", line(0.031)).top == "5%"
    assert trend("coverage", line(0.97, 0.2)).top == "100%"


def test_the_newest_figure_is_the_last_that_is_shown() -> None:
    """Weeks whose outcome is not known yet do not hide the last that is; none at all is none."""
    newest = trend("coverage", line(0.2, 0.031, None)).newest
    assert newest is not None
    assert (newest.week, newest.said) == ("2026-W31", "3.1%")
    assert trend("coverage", line(None)).newest is None
    assert [t.code for t in trends([])] == list(LINES)
