"""Who has been entrusted with the care, and how long the parents have not been heard."""

from __future__ import annotations

from datetime import timedelta

from features.example import FRIDAY, Row
from features.indicator import Columns, Example, Expr, Indicator, Part

_NO_NOTICE = Part("left_behind", "no_notice", "all", "max")
_CONTACT = Part("left_behind", "contact_no", "all", "max")


def _away(student: str, kind: str = "2") -> Row:
    start = FRIDAY - timedelta(days=200)
    return {"student_id": student, "standard": "register", "kind": kind, "start_on": start}


def _care(student: str, **more: object) -> Row:
    return {"student_id": student, "start_on": FRIDAY - timedelta(days=190)} | more


_ROWS = {
    "left_behind": (_away("a"), _away("b"), _away("d"), _away("e", "1")),
    "care": (
        _care(
            "a",
            written_notice_on=FRIDAY - timedelta(days=190),
            last_parent_contact_on=FRIDAY - timedelta(days=31),
        ),
        _care("b", last_parent_contact_on=FRIDAY - timedelta(days=3)),
        _care("c", last_parent_contact_on=FRIDAY - timedelta(days=90)),
    ),
}
_NO_TABLE = {"left_behind": (_away("a"),)}


def _days(p: Columns) -> Expr:
    return p.today - p[_CONTACT]


INDICATORS = (
    Indicator(
        "left_behind_no_notice",
        family="left_behind",
        unit="flag",
        changeable=True,
        parts=(_NO_NOTICE,),
        within="school",
        value=lambda p: p[_NO_NOTICE],
        label_zh="父母双方外出而未见委托照护告知",
        label_en="both parents away and no written notice of a carer",
        zh="登记为父母双方外出、未见受托照护书面告知：{value:yes}，如有请当日核实。",
        en="Both parents away, no written notice of a carer on record: {value:yes}. If so, please check today.",
        examples=(
            Example(
                _ROWS,
                FRIDAY,
                {"a": 0, "b": 1, "c": 0, "d": 1, "e": 0},
                "a has the notice, b only contacts, d nothing, of e one parent is at home",
            ),
            Example(_NO_TABLE, FRIDAY, {"a": None}, "notices of nobody of the school on record"),
        ),
    ),
    Indicator(
        "parent_contact_days",
        family="left_behind",
        unit="days",
        changeable=True,
        parts=(_CONTACT,),
        within="school",
        value=_days,
        label_zh="距父母最近一次联系天数（照护登记学生）",
        label_en="days since the parents' last contact, of pupils on the care register",
        zh="父母最近一次有记录的联系是{last:date}，距今{value:int}天。",
        en="The parents' last recorded contact was on {last:date}, {value:int} days ago.",
        says=lambda p: {"last": p[_CONTACT]},
        examples=(
            Example(
                _ROWS,
                FRIDAY,
                {"a": 31, "b": 3, "c": None, "d": None},
                "c is not on the register; of d no contact is on record",
            ),
            Example(
                {
                    "left_behind": (_away("a"),),
                    "care": (
                        _care(
                            "a",
                            last_parent_contact_on=FRIDAY + timedelta(days=1),
                            known_on=FRIDAY - timedelta(days=9),
                        ),
                    ),
                },
                FRIDAY,
                {"a": None},
                "a day that has not come is no contact",
            ),
        ),
    ),
)
