"""Where the results stand in the class: never marks of two papers subtracted, never a place on a list.

A standing is a distance from the class's mean in standard deviations, over the papers of one examination.
"""

from __future__ import annotations

from datetime import date

from features.example import FRIDAY, Rows, classmates, sat, together
from features.indicator import Columns, Example, Expr, Indicator, Part, ratio

_Z, _N = Part("grades", "z_latest"), Part("grades", "known_latest")
_ZP, _NP = Part("grades", "z_previous"), Part("grades", "known_previous")
_ZT, _NT = Part("grades", "z", "1y"), Part("grades", "known", "1y")
_LOW = Part("grades", "z_latest", "all", "min")
_DAY = Part("grades", "latest_no", "all", "max")
_ALL, _T, _TT, _ZALL, _TZ = (Part("grades", what) for what in ("known", "t", "tt", "z", "tz"))

_MATES = classmates(9)
_FIRST, _SECOND = date(2026, 9, 28), date(2026, 11, 2)


def _class(exam: str, day: date, **own: float) -> Rows:
    """``a`` has ``own``; four mates 60, five 80 in each subject (mean 70, all ten, where ``a`` has 60)."""
    others = [
        sat(m, exam, day, **dict.fromkeys(own, 60.0 if n < 4 else 80.0))
        for n, m in enumerate(_MATES)
    ]
    return together(sat("a", exam, day, **own), *others)


_TWO = {
    "grades": together(
        _class("midterm", _FIRST, math=80, chinese=60), _class("mock", _SECOND, math=60, chinese=60)
    )
}
_FEW = {
    "grades": together(sat("a", "final", _SECOND, math=50), sat("b", "final", _SECOND, math=90))
}
_LEVELS = {
    "grades": together(
        sat("a", "final", _SECOND, math="待合格"),
        *(sat(m, "final", _SECOND, math="合格" if n < 4 else "良") for n, m in enumerate(_MATES)),
    )
}
#: Of the example in levels: 1 against four 3 and five 4, mean 3.3, standard deviation .9 (to a thousandth).
_LEVEL_Z = -2.556
#: 80 where six have 80 and four 60: mean 72, standard deviation 9.798 (to a thousandth).
_HIGH = 0.816


def _mean(z: Expr, n: Expr) -> Expr:
    """Standard deviations from thousandths summed over papers."""
    return ratio(z, n) / 1000


def _slope(p: Columns) -> Expr:
    """Least squares of the standing on time, per half-year (six months)."""
    spread = p[_ALL] * p[_TT] - p[_T] * p[_T]
    return 6 * ratio(p[_ALL] * p[_TZ] - p[_T] * p[_ZALL], spread) / 1000


def _indicator(
    name: str,
    parts: tuple[Part, ...],
    value: object,
    *,
    words: tuple[str, str, str, str],
    examples: tuple[Example, ...],
) -> Indicator:
    def said(p: Columns) -> dict[str, Expr]:
        known = {"day": p[_DAY]}
        if _N in parts and _Z in parts:
            known["now"] = _mean(p[_Z], p[_N])
        if _ZP in parts:
            known["before"] = _mean(p[_ZP], p[_NP])
        return known

    return Indicator(
        name,
        family="grades",
        direction=-1,
        changeable=True,
        unit="score",
        parts=(*parts, _DAY),
        within="class",
        value=value,  # type: ignore[arg-type]
        label_zh=words[0],
        label_en=words[1],
        zh=words[2],
        en=words[3],
        says=said,
        examples=examples,
    )


INDICATORS = (
    _indicator(
        "exam_standing",
        (_Z, _N),
        lambda p: _mean(p[_Z], p[_N]),
        words=(
            "最近一次考试在本班的位置",
            "standing in class, latest examination",
            "最近一次考试（{day:date}）各科在本班总体位置{value:zband}。",
            "Latest examination ({day:date}): {value:zband} part of the class over all subjects.",
        ),
        examples=(
            Example(_TWO, FRIDAY, {"a": -1.0, _MATES[8]: 1.0}, "mean over subjects"),
            Example(_LEVELS, FRIDAY, {"a": _LEVEL_Z}, "levels where levels are given"),
            Example(_FEW, FRIDAY, {"a": None, "b": None}, "fewer than ten sat the paper"),
        ),
    ),
    _indicator(
        "exam_standing_lowest",
        (_LOW,),
        lambda p: p[_LOW] / 1000,
        words=(
            "最近一次考试最弱学科在本班的位置",
            "standing in the weakest subject, latest examination",
            "最近一次考试（{day:date}）最弱学科在本班位置{value:zband}。",
            "Latest examination ({day:date}): {value:zband} part of the class in the weakest subject.",
        ),
        examples=(
            Example(
                {"grades": _class("midterm", _SECOND, math=80, chinese=60)},
                FRIDAY,
                {"a": -1.0, _MATES[8]: _HIGH},
            ),
            Example(_FEW, FRIDAY, {"a": None}, "fewer than ten sat the paper"),
        ),
    ),
    _indicator(
        "exam_standing_year",
        (_ZT, _NT),
        lambda p: _mean(p[_ZT], p[_NT]),
        words=(
            "近一年考试在本班的平均位置",
            "mean standing in class, last year",
            "近一年各次考试在本班平均位置{value:zband}。",
            "Examinations of the last year: {value:zband} part of the class on average.",
        ),
        examples=(
            Example(_TWO, FRIDAY, {"a": (_HIGH - 3) / 4}),
            Example(_FEW, FRIDAY, {"a": None}, "fewer than ten sat the paper"),
        ),
    ),
    _indicator(
        "exam_standing_change",
        (_Z, _N, _ZP, _NP),
        lambda p: _mean(p[_Z], p[_N]) - _mean(p[_ZP], p[_NP]),
        words=(
            "最近两次考试在本班位置的变化",
            "change of standing between the two latest examinations",
            "在本班的位置由上一次考试的{before:zband}到最近一次（{day:date}）的{now:zband}。",
            "Standing in class: {before:zband} part before, {now:zband} part on {day:date}.",
        ),
        examples=(
            Example(_TWO, FRIDAY, {"a": -1 - (_HIGH - 1) / 2}),
            Example(
                {"grades": _class("final", _SECOND, math=60)},
                FRIDAY,
                {"a": None},
                "one examination has no change",
            ),
        ),
    ),
    _indicator(
        "exam_standing_slope",
        (_ALL, _T, _TT, _ZALL, _TZ),
        _slope,
        words=(
            "近两年考试在本班位置的趋势（每半年）",
            "trend of standing per half-year, last two years",
            "近两年考试在本班的位置平均每半年变化{value:signed}个标准差。",
            "Over two years the standing in class changed by {value:signed} deviations a half-year.",
        ),
        examples=(
            Example(
                _TWO, FRIDAY, {"a": 6 * (-1 - (_HIGH - 1) / 2)}, "two examinations a month apart"
            ),
            Example(
                {"grades": _class("final", _SECOND, math=60)},
                FRIDAY,
                {"a": None},
                "one examination has no slope",
            ),
        ),
    ),
)
