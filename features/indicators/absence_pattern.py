"""When pupils stay away: Mondays and Fridays, the first days after a holiday; and how much is known at all."""

from __future__ import annotations

from datetime import date

from features.example import FRIDAY, marks, monday, together
from features.indicator import Example, Indicator, Part, ratio

_EDGE, _ABSENT = Part("days", "edge_absent", "8w"), Part("days", "absent", "8w")
_BACK, _BACK_KNOWN = Part("days", "return_absent", "8w"), Part("days", "return_known", "8w")
_KNOWN, _EXPECTED = Part("days", "known", "4w"), Part("days", "expected", "4w")

INDICATORS = (
    Indicator(
        "edge_day_absence_8w",
        family="attendance",
        direction=0,
        changeable=True,
        unit="share",
        parts=(_EDGE, _ABSENT),
        value=lambda p: ratio(p[_EDGE], p[_ABSENT]),
        label_zh="近8周缺勤中周一、周五的比例",
        label_en="share of absence on Mondays and Fridays, last 8 weeks",
        zh="近8周缺勤{n:days}天，其中{k:days}天在周一或周五。",
        en="Of {n:days} days of absence in the last 8 weeks, {k:days} were Mondays or Fridays.",
        says=lambda p: {"n": p[_ABSENT], "k": p[_EDGE]},
        examples=(
            Example(
                {
                    "attendance": together(
                        marks("a", monday(2), "UPPPU UUPPP"), marks("b", monday(2), "PSSPP")
                    )
                },
                FRIDAY,
                {"a": 0.75, "b": 0.0},
            ),
            Example(
                {"attendance": marks("a", monday(1), "PPPPP")},
                FRIDAY,
                {"a": None},
                "no absence, no pattern",
            ),
        ),
    ),
    Indicator(
        "return_absence_8w",
        family="attendance",
        direction=1,
        changeable=True,
        unit="share",
        parts=(_BACK, _BACK_KNOWN),
        value=lambda p: ratio(p[_BACK], p[_BACK_KNOWN]),
        label_zh="长假后返校首5个上课日缺勤率",
        label_en="absence on the first 5 school days after a holiday",
        zh="最近一次长假后首{n:days}个有记录的上课日中，{k:days}天未到校。",
        en="Absent on {k:days} of the first {n:days} recorded school days after the last holiday.",
        says=lambda p: {"n": p[_BACK_KNOWN], "k": p[_BACK]},
        examples=(
            Example(
                {
                    "attendance": together(
                        marks("a", date(2026, 10, 9), "UUPPPPU"),
                        marks("b", date(2026, 10, 9), "PPPPPPP"),
                        marks("c", date(2026, 9, 14), "PPUPP"),
                    )
                },
                FRIDAY,
                {"a": 0.4, "b": 0.0, "c": None},
                "school began again on 9 October; later absence does not count here",
            ),
            Example(
                {"attendance": marks("a", date(2026, 9, 14), "UUPPP")},
                FRIDAY,
                {"a": None},
                "no holiday yet",
            ),
        ),
    ),
    Indicator(
        "coverage_4w",
        family="attendance",
        direction=0,
        changeable=False,
        unit="share",
        parts=(_KNOWN, _EXPECTED),
        value=lambda p: ratio(p[_KNOWN].fill_null(0), p[_EXPECTED]),
        label_zh="近4周考勤覆盖率",
        label_en="share of sessions with a record, last 4 weeks",
        zh="近4周应有{n:days}天考勤，实有记录{k:days}天。",
        en="Of {n:days} expected days in the last 4 weeks, {k:days} have a record.",
        says=lambda p: {"n": p[_EXPECTED], "k": p[_KNOWN]},
        examples=(
            Example(
                {
                    "attendance": together(
                        marks("a", monday(4), "PU.P. ..... PPPPP P...."),
                        marks("b", monday(4), "PPPPP PPPPP PPPPP SSSSS"),
                        marks("c", monday(8), "PPPPP"),
                    )
                },
                FRIDAY,
                {"a": 9 / 20, "b": 1.0, "c": 0.0},
                "a day without a record is not a day at school",
            ),
            Example(
                {
                    "enrolments": (
                        {"student_id": "a", "start_on": date(2026, 10, 1)},
                        {"student_id": "b", "start_on": date(2026, 9, 30)},
                    ),
                    "attendance": marks("b", date(2026, 9, 30), "P"),
                },
                date(2026, 10, 4),
                {"a": None, "b": 1.0},
                "enrolled during the holiday: nothing could be recorded yet",
            ),
        ),
    ),
)
