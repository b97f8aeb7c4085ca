"""Words of the pages that are not in a template, and how dates and moments are written."""

from __future__ import annotations

from collections.abc import Mapping
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
#: What the audit calls a look or a deed: code -> (zh, en).
ACTIONS: dict[str, tuple[str, str]] = {
    "home": ("打开首页", "first page"),
    "list": ("查看名单", "list"),
    "pupil": ("查看学生", "pupil"),
    "alerts": ("查看提醒", "alerts"),
    "export": ("导出", "export"),
    "reveal": ("显示完整信息", "full details"),
    "health": ("查看健康状况", "health"),
    "risk": ("接口：估计", "API: estimate"),
    "explanation": ("接口：依据", "API: explanation"),
    "history": ("接口：历周", "API: history"),
    "account": ("更改账号", "account changed"),
    "withdraw": ("撤回名单", "list withdrawn"),
}
#: Of a command given on the machine itself: nobody logged in.
OPERATOR = ("命令行", "command line")
KINDS: dict[str, tuple[str, str]] = {
    "model": ("训练所得的模型", "trained model"),
    "rule": ("规则", "rule"),
}
#: Numbers of a model's report: name -> (zh, en).
CHECKS: dict[str, tuple[str, str]] = {
    "rows": ("检验所用行数（一名学生一个日期一行）", "Rows judged (a pupil and a day)"),
    "pupils": ("检验涉及学生数", "Pupils judged"),
    "outcomes": ("其中出现所关注情况的学生数", "Of them with the outcome"),
}
#: A background sum within this (log-odds) is said to make no difference.
SLIGHT = 0.05


def basis(word: str, lang: str) -> str:
    """The basis of an alert in ``lang``."""
    return BASIS_EN.get(word, word) if lang == "en" else word


def role(name: str, lang: str) -> str:
    """A role's name in ``lang``; what is no role is given back."""
    if name == "operator":
        return OPERATOR[lang == "en"]
    if name not in set(Role):
        return name
    return (ROLE_EN if lang == "en" else ROLE_ZH)[Role(name)]


def coded(words: Mapping[str, tuple[str, str]], code: str, lang: str) -> str:
    """The word of a code in ``lang``; the code itself where there is none."""
    return words[code][lang == "en"] if code in words else code


def checks(numbers: Mapping[str, float]) -> list[tuple[str, float]]:
    """A model's numbers, those with words first and in their order."""
    known = list(CHECKS)
    return sorted(numbers.items(), key=lambda one: known.index(one[0]) if one[0] in CHECKS else 99)


def number(value: float) -> str:
    """Whole numbers whole, others to four digits."""
    return f"{value:.0f}" if value == int(value) else f"{value:.4g}"


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
