"""Participation against the pupil's own past, and how long ago the last of it was."""

from __future__ import annotations

from datetime import timedelta

from features.example import FRIDAY, log, monday, together
from features.indicator import Columns, Example, Expr, Indicator, Part, given, ratio

_LOGGED = Part("activity", "logged", "all", "max")
_SINCE = Part("activity", "since_no", "all", "max")
_LAST = Part("activity", "last_no", "all", "max")
_1W, _2W, _4W = (Part("activity", "count", span) for span in ("1w", "2w", "4w"))
_P4W = Part("activity", "count", "p4w")
_DAYS, _DAYS_BEFORE = Part("activity", "active_day", "4w"), Part("activity", "active_day", "p4w")
_ROWS = together(
    log("a", "platform", {monday(1): 1, monday(2): 1, monday(4): 2, monday(6): 8, monday(7): 4}),
    log("b", "platform", {monday(3): 3, monday(2): 3}),
    log("c", "platform", {monday(9): 5}),
)
_SILENT = {"activity": log("a", "platform", {FRIDAY - timedelta(days=56): 9})}


def _change(now: Expr, before: Expr) -> Expr:
    """(now - before) / (now + before): -1 fell silent, 0 as before, +1 new."""
    return ratio(now - before, now + before)


def _days_since(p: Columns) -> Expr:
    """Days since the last activity; without any, since the first day in the class."""
    last = p[_LAST]
    return given(p[_LOGGED], p.today - last.fill_null(p[_SINCE]))


def _last_day(p: Columns) -> dict[str, Expr]:
    return {"last": p[_LAST]}


INDICATORS = (
    Indicator(
        "activity_change_4w",
        family="engagement",
        direction=-1,
        changeable=True,
        unit="share",
        parts=(_4W, _P4W),
        value=lambda p: _change(p[_4W].fill_null(0), p[_P4W].fill_null(0)),
        label_zh="学习参与变化（近4周与此前4周）",
        label_en="change of activity, last 4 weeks and the 4 before",
        zh="近4周学习参与{now:int}次，此前4周{before:int}次。",
        en="{now:int} activities in the last 4 weeks, {before:int} in the 4 before.",
        says=lambda p: {"now": p[_4W].fill_null(0), "before": p[_P4W].fill_null(0)},
        examples=(
            Example(
                {"activity": _ROWS},
                FRIDAY,
                {"a": -0.5, "b": 1.0, "c": None},
                "between -1 (fell silent) and 1 (new); nothing at all has no change",
            ),
            Example({"activity": log("a", "platform", {monday(6): 3})}, FRIDAY, {"a": -1.0}),
        ),
    ),
    Indicator(
        "active_days_change_4w",
        family="engagement",
        direction=-1,
        changeable=True,
        unit="days",
        parts=(_DAYS, _DAYS_BEFORE, _LOGGED),
        within="class",
        value=lambda p: given(
            p[_LOGGED], (p[_DAYS].fill_null(0) - p[_DAYS_BEFORE].fill_null(0)) / 4
        ),
        label_zh="每周参与天数变化（近4周与此前4周）",
        label_en="change of active days a week, last 4 weeks and the 4 before",
        zh="近4周有{now:int}天有学习参与记录，此前4周{before:int}天。",
        en="Active on {now:int} days of the last 4 weeks, {before:int} of the 4 before.",
        says=lambda p: {"now": p[_DAYS].fill_null(0), "before": p[_DAYS_BEFORE].fill_null(0)},
        examples=(
            Example({"activity": _ROWS}, FRIDAY, {"a": 0.25, "b": 0.5, "c": 0.0}),
            Example(_SILENT, FRIDAY, {"a": None}, "no log of the class in eight weeks"),
        ),
    ),
    Indicator(
        "activity_recent_share",
        family="engagement",
        direction=-1,
        changeable=True,
        unit="share",
        parts=(_1W, _4W),
        value=lambda p: ratio(p[_1W].fill_null(0), p[_4W]),
        label_zh="近4周参与中最近1周的比例",
        label_en="share of the last week in the last 4 weeks' activity",
        zh="近4周学习参与{n:int}次，其中最近1周{k:int}次。",
        en="{n:int} activities in the last 4 weeks, {k:int} of them in the last week.",
        says=lambda p: {"n": p[_4W].fill_null(0), "k": p[_1W].fill_null(0)},
        examples=(
            Example({"activity": _ROWS}, FRIDAY, {"a": 0.25, "b": 0.0, "c": None}),
            Example({"activity": log("a", "platform", {FRIDAY: 2})}, FRIDAY, {"a": 1.0}),
        ),
    ),
    Indicator(
        "activity_2w_vs_own",
        family="engagement",
        direction=-1,
        changeable=True,
        unit="count",
        parts=(_2W, _P4W, _LOGGED),
        within="class",
        value=lambda p: given(p[_LOGGED], p[_2W].fill_null(0) - p[_P4W].fill_null(0) / 2),
        label_zh="近2周参与次数与此前4周平均之差",
        label_en="activity of the last 2 weeks less the usual of 4 earlier weeks",
        zh="近2周学习参与{now:int}次，此前（近8周中的前4周）平均每2周{usual:num}次。",
        en="{now:int} activities in the last 2 weeks; {usual:num} in 2 weeks was usual before.",
        says=lambda p: {"now": p[_2W].fill_null(0), "usual": p[_P4W].fill_null(0) / 2},
        examples=(
            Example({"activity": _ROWS}, FRIDAY, {"a": -4.0, "b": 3.0, "c": 0.0}),
            Example(_SILENT, FRIDAY, {"a": None}, "no log of the class in eight weeks"),
        ),
    ),
    Indicator(
        "days_since_activity",
        family="engagement",
        direction=1,
        changeable=True,
        unit="days",
        parts=(_LAST, _SINCE, _LOGGED),
        within="class",
        value=_days_since,
        label_zh="距最近一次学习参与天数",
        label_en="days since the last activity",
        zh="最近一次学习参与是{last:date}，已有{value:int}天没有记录。",
        en="Last activity on {last:date}; {value:int} days without a record.",
        says=_last_day,
        examples=(
            Example(
                {"activity": _ROWS, "enrolments": ({"student_id": "d", "start_on": monday(1)},)},
                FRIDAY,
                {"a": 4.0, "b": 11.0, "c": 60.0, "d": 4.0},
                "who never took part counts from the first day in the class",
            ),
            Example(_SILENT, FRIDAY, {"a": None}, "no log of the class in eight weeks"),
        ),
    ),
)
