"""How much is done on a day of participation, what was done before the term, and both beside the class."""

from __future__ import annotations

import math
from datetime import date, timedelta
from functools import partial

from features.example import FRIDAY, classmates, log, monday, together
from features.indicator import Columns, Example, Expr, Indicator, Part, given, ratio

_LOGGED = Part("activity", "logged", "all", "max")
_TERM, _DAYS = Part("activity", "count", "term"), Part("activity", "active_day", "term")
_4W, _DAYS_4W = Part("activity", "count", "4w"), Part("activity", "active_day", "4w")
_1W, _DAYS_1W = Part("activity", "count", "1w"), Part("activity", "active_day", "1w")
_FRESH, _BEFORE = Part("activity", "fresh"), Part("activity", "before")
_MATES = classmates(9)
_ROWS = together(
    log("a", "platform", {monday(1): 1, monday(2): 5, monday(7): 6}),
    *(log(m, "platform", {monday(1): 4, monday(2): 4}) for m in _MATES[:8]),
    log(_MATES[8], "platform", {monday(1): 9, FRIDAY: 9}),
)
_SMALL = together(log("a", "platform", {FRIDAY: 1}), log("b", "platform", {FRIDAY: 2}))
_OLD = {"activity": log("a", "platform", {FRIDAY - timedelta(days=60): 9})}
_NOBODY = Example({}, FRIDAY, {"a": None}, "no log at all: no evidence")
_SILENT = Example(_OLD, FRIDAY, {"a": None}, "the class logged nothing for eight weeks")
_MEAN = (math.log(2) + 8 * math.log(5) + math.log(19)) / 10
_FEW = Example({"activity": _SMALL}, FRIDAY, {"a": None, "b": None}, "fewer than ten peers")


def _logged(p: Columns, part: Part) -> Expr:
    """0 where the class keeps a log and the pupil is not in it."""
    return given(p[_LOGGED], p[part].fill_null(0))


def _lively(p: Columns) -> Expr:
    """log(1 + count) of the last week: twice as much is as far from once as four times from twice."""
    return given(p[_LOGGED], (p[_1W].fill_null(0) + 1).log())


_indicator = partial(Indicator, family="engagement", changeable=True, within="class")

INDICATORS = (
    _indicator(
        "activity_per_day_4w",
        parts=(_4W, _DAYS_4W),
        value=lambda p: ratio(p[_4W], p[_DAYS_4W]),
        unit="number",
        direction=0,
        label_zh="近4周参与日平均每天参与次数",
        label_en="activity a day of participation, last 4 weeks",
        zh="近4周有{days:int}天有学习参与记录，这些天平均每天{value:num}次。",
        en="{days:int} active days in the last 4 weeks, {value:num} activities on each of them.",
        says=lambda p: {"days": p[_DAYS_4W].fill_null(0)},
        examples=(
            Example({"activity": _ROWS}, FRIDAY, {"a": 3.0, _MATES[0]: 4.0}),
            _NOBODY,
        ),
    ),
    _indicator(
        "activity_per_day_term",
        parts=(_TERM, _DAYS),
        value=lambda p: ratio(p[_TERM], p[_DAYS]),
        unit="number",
        direction=0,
        label_zh="本学期参与日平均每天参与次数",
        label_en="activity a day of participation, this term",
        zh="本学期有{days:int}天有学习参与记录，这些天平均每天{value:num}次。",
        en="{days:int} active days this term, {value:num} activities on each of them.",
        says=lambda p: {"days": p[_DAYS].fill_null(0)},
        examples=(
            Example({"activity": _ROWS}, FRIDAY, {"a": 4.0, _MATES[8]: 9.0}),
            _NOBODY,
        ),
    ),
    _indicator(
        "activity_per_day_standing",
        parts=(),
        value=lambda p: p.standing("activity_per_day_term"),
        unit="share",
        direction=0,
        peers="class",
        uses=("activity_per_day_term",),
        label_zh="参与日平均次数在本班的位置",
        label_en="place of activity a day of participation within the class",
        zh="参与日平均每天{own:num}次，在本班由少到多中位置{value:third}。",
        en="{own:num} activities on an active day: {value:third} third of the class.",
        says=lambda p: {"own": p.indicator("activity_per_day_term")},
        examples=(
            Example({"activity": _ROWS}, FRIDAY, {"a": 0.45, _MATES[8]: 0.95}),
            _FEW,
        ),
    ),
    _indicator(
        "activity_before_term",
        parts=(_BEFORE, _LOGGED),
        value=lambda p: _logged(p, _BEFORE),
        unit="count",
        direction=0,
        label_zh="开学前8周学习参与次数",
        label_en="activity in the 8 weeks before the term",
        zh="本学期开始前8周学习参与{value:int}次。",
        en="{value:int} activities in the 8 weeks before the term began.",
        examples=(
            Example(
                {"activity": log("a", "platform", {date(2026, 8, 20): 7, monday(1): 1})},
                FRIDAY,
                {"a": 7.0, "b": 0.0},
                "the term begins on 1 September",
            ),
            _SILENT,
        ),
    ),
    _indicator(
        "activity_1w_vs_class",
        parts=(_1W, _LOGGED),
        value=lambda p: _lively(p) - p.mean_of(_lively(p)),
        unit="number",
        direction=-1,
        peers="class",
        uses=("activity_1w",),
        label_zh="近1周参与与本班相比",
        label_en="last week's activity beside the class (logarithms)",
        zh="近1周学习参与{own:int}次，本班通常约{usual:int}次。",
        en="{own:int} activities in the last week; about {usual:int} are usual in the class.",
        says=lambda p: {
            "own": p.indicator("activity_1w"),
            "usual": p.mean_of(_lively(p)).exp() - 1,
        },
        examples=(
            Example(
                {"activity": _ROWS},
                FRIDAY,
                {"a": math.log(2) - _MEAN, _MATES[0]: math.log(5) - _MEAN},
            ),
            _FEW,
        ),
    ),
    _indicator(
        "active_days_1w_standing",
        parts=(_DAYS_1W,),
        value=lambda p: p.standing("active_days_1w"),
        unit="share",
        direction=-1,
        peers="class",
        uses=("active_days_1w",),
        label_zh="近1周参与天数在本班的位置",
        label_en="place of last week's active days within the class",
        zh="近1周有{own:int}天有学习参与记录，在本班由少到多中位置{value:third}。",
        en="Active on {own:int} days of the last week: {value:third} third of the class.",
        says=lambda p: {"own": p.indicator("active_days_1w")},
        examples=(
            Example({"activity": _ROWS}, FRIDAY, {"a": 0.45, _MATES[8]: 0.95}),
            _FEW,
        ),
    ),
    _indicator(
        "activity_fresh_standing",
        parts=(_FRESH, _LOGGED),
        value=lambda p: p.standing_of(_logged(p, _FRESH)),
        unit="share",
        direction=-1,
        peers="class",
        uses=("activity_1w",),
        label_zh="最近几天参与情况在本班的位置",
        label_en="place of the latest activity within the class",
        zh="最近几天的学习参与（越近越重）在本班由少到多中位置{value:third}。",
        en="Latest activity, the nearer the weightier: {value:third} third of the class.",
        examples=(
            Example({"activity": _ROWS}, FRIDAY, {"a": 0.05, _MATES[8]: 0.95}),
            _FEW,
        ),
    ),
    _indicator(
        "activity_term_standing",
        parts=(_TERM, _LOGGED),
        value=lambda p: p.standing_of(_logged(p, _TERM)),
        unit="share",
        direction=-1,
        peers="class",
        uses=("activity_4w",),
        label_zh="本学期参与次数在本班的位置",
        label_en="place of the term's activity within the class",
        zh="本学期学习参与{own:int}次，在本班由少到多中位置{value:third}。",
        en="{own:int} activities this term: {value:third} third of the class.",
        says=lambda p: {"own": p[_TERM].fill_null(0)},
        examples=(
            Example({"activity": _ROWS}, FRIDAY, {"a": 0.85, _MATES[0]: 0.4}),
            _FEW,
        ),
    ),
)
