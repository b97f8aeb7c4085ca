"""Words of the pages that are not in a template, and how dates and moments are written."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

from features.sentence import say_day
from serving.permissions import ROLE_EN, ROLE_ZH, Role

SHANGHAI = ZoneInfo("Asia/Shanghai")
BASIS_EN = {
    "法律": "law",
    "国家文件": "national document",
    "地方规定": "local rule",
    "系统默认": "system default",
}
RESPONSIBLE_EN = {
    "class_teacher": "class teacher",
    "clerk": "clerk",
    "principal": "principal",
    "counselor": "counselor",
    "county": "county",
}
#: Why somebody may ask for a pupil's full name and number: code -> (zh, en).
REVEAL_REASONS: dict[str, tuple[str, str]] = {
    "visit": ("准备家访或联系监护人", "to prepare a visit or contact the guardian"),
    "register": ("核对学籍", "to check the register"),
    "handover": ("交接给班主任或乡镇", "to hand over to the class teacher or township"),
    "protection": ("保护儿童安全", "to protect the child"),
}
#: A background sum within this (log-odds) is said to make no difference.
SLIGHT = 0.05


def basis(word: str, lang: str) -> str:
    """The basis of an alert in ``lang``."""
    return BASIS_EN.get(word, word) if lang == "en" else word


def role(name: str, lang: str) -> str:
    """A role's name in ``lang``; what is no role is given back."""
    if name not in set(Role):
        return name
    return (ROLE_EN if lang == "en" else ROLE_ZH)[Role(name)]


def day(value: date | None, lang: str, *, near: date | None = None) -> str:
    """11月20日 (with the year where it is not that of ``near``), or 2026-11-20; a dash where there is none."""
    return "–" if value is None else say_day(value, lang, near=near)


def moment(value: datetime) -> str:
    """Shanghai's wall clock: 2026-11-21 18:30."""
    return f"{value.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"


def today(now: datetime) -> date:
    """The day in Shanghai."""
    return now.astimezone(SHANGHAI).date()


def background(sum_: float | None) -> tuple[str, str]:
    """The one line on background, without saying which registration; empty without an estimate."""
    if sum_ is None:
        return "", ""
    if abs(sum_) < SLIGHT:
        return "对本次估计基本没有影响", "makes almost no difference to this estimate"
    if sum_ > 0:
        return "使本次估计有所上调", "raises this estimate somewhat"
    return "使本次估计有所下调", "lowers this estimate somewhat"
