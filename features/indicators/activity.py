"""How often a pupil takes part in what the class logs: counts, days, weeks and kinds."""

from __future__ import annotations

from datetime import timedelta

from features.example import FRIDAY, log, monday, together
from features.indicator import Columns, Example, Expr, Indicator, Part, given

_LOGGED = Part("activity", "logged", "all", "max")
_ROWS = together(
    log("a", "platform", {monday(1): 4, monday(2): 2, monday(4): 1, monday(6): 8}),
    log("a", "library", {monday(1): 1, monday(3): 1}),
    log("b", "platform", {monday(9): 5}),
)


def _sum(
    name: str,
    part: Part,
    *,
    unit: str,
    words: tuple[str, str, str, str],
    expect: tuple[float, float],
) -> Indicator:
    """A sum over a window, 0 where the class keeps a log and the pupil is not in it.

    ``expect``: of pupil ``a`` of the long example, and of the short one.
    """

    def value(p: Columns) -> Expr:
        return given(p[_LOGGED], p[part].fill_null(0))

    return Indicator(
        name,
        family="engagement",
        direction=-1,
        changeable=True,
        unit=unit,  # type: ignore[arg-type]
        parts=(part, _LOGGED),
        within="class",
        value=value,
        label_zh=words[0],
        label_en=words[1],
        zh=words[2],
        en=words[3],
        examples=(
            Example(
                {"activity": _ROWS},
                FRIDAY,
                {"a": expect[0], "b": 0.0},
                "the class keeps a log: who is not in it took no part",
            ),
            Example(
                {
                    "activity": together(
                        log("a", "platform", {FRIDAY: 2, FRIDAY - timedelta(days=7): 5}),
                        log("a", "canteen", {FRIDAY: 1}),
                    )
                },
                FRIDAY,
                {"a": expect[1]},
                "a week is seven days, the as-of day counted",
            ),
            Example(
                {"activity": log("a", "platform", {FRIDAY - timedelta(days=56): 9})},
                FRIDAY,
                {"a": None},
                "no log of the class in eight weeks: no evidence",
            ),
        ),
    )


_SPANS = {
    "1w": ("近1周", "last week"),
    "2w": ("近2周", "last 2 weeks"),
    "4w": ("近4周", "last 4 weeks"),
}
_COUNTS = {"1w": (5.0, 3.0), "2w": (7.0, 8.0), "4w": (9.0, 8.0)}

INDICATORS = (
    *(
        _sum(
            f"activity_{span}",
            Part("activity", "count", span),
            unit="count",
            words=(
                f"{zh}学习参与次数",
                f"activity, {en}",
                f"{zh}学习参与{{value:int}}次。",
                f"{{value:int}} recorded activities in the {en}.",
            ),
            expect=_COUNTS[span],
        )
        for span, (zh, en) in _SPANS.items()
    ),
    _sum(
        "active_days_1w",
        Part("activity", "active_day", "1w"),
        unit="days",
        words=(
            "近1周有学习参与的天数",
            "active days, last week",
            "近1周有{value:int}天有学习参与记录。",
            "Active on {value:int} days of the last week.",
        ),
        expect=(1.0, 1.0),
    ),
    _sum(
        "active_days_4w",
        Part("activity", "active_day", "4w"),
        unit="days",
        words=(
            "近4周有学习参与的天数",
            "active days, last 4 weeks",
            "近4周有{value:int}天有学习参与记录。",
            "Active on {value:int} days of the last 4 weeks.",
        ),
        expect=(4.0, 2.0),
    ),
    _sum(
        "active_weeks_8w",
        Part("activity", "active_week", "8w"),
        unit="weeks",
        words=(
            "近8周有学习参与的周数",
            "active weeks, last 8 weeks",
            "近8周中有{value:int}周有学习参与记录。",
            "Active in {value:int} of the last 8 weeks.",
        ),
        expect=(5.0, 2.0),
    ),
    _sum(
        "activity_kinds_4w",
        Part("activity", "kind", "4w"),
        unit="count",
        words=(
            "近4周学习参与的种类数",
            "kinds of activity, last 4 weeks",
            "近4周有{value:int}类学习参与记录。",
            "{value:int} kinds of activity in the last 4 weeks.",
        ),
        expect=(2.0, 2.0),
    ),
)
