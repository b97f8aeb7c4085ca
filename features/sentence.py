"""Sentences with a pupil's own values: templates, their formats, and nothing clever.

A template is ordinary ``str.format`` text whose format words are those of ``FORMATS``:
``近4周应到{n:days}天``. Values come from an indicator's ``says`` expressions.
"""

from __future__ import annotations

import math
import re
import string
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from functools import cache
from typing import Any

EPOCH = date(1970, 1, 1)


def _number(value: Any) -> str:
    rounded = round(float(value), 1)
    return f"{rounded:.0f}" if rounded == int(rounded) else f"{rounded:.1f}"


def _day(value: Any) -> date:
    return value if isinstance(value, date) else EPOCH + timedelta(days=int(value))


def say_day(day: date, lang: str = "zh", *, near: date | None = None) -> str:
    """11月20日, or 2025年11月20日 where the reader would take it for a day of ``near``'s year; 2026-11-20."""
    if lang == "en":
        return day.isoformat()
    year = "" if near is None or day.year == near.year else f"{day.year}年"
    return f"{year}{day.month}月{day.day}日"


def _band(value: float, low: float, high: float) -> int:
    return 0 if value < low else 2 if value > high else 1


_BANDS = {"zh": ("靠下", "居中", "靠上"), "en": ("lower", "middle", "upper")}
_PACE = {"zh": ("慢于全班", "与全班相近", "快于全班"), "en": ("below", "about", "above")}
_YES = {"zh": ("无", "有"), "en": ("no", "yes")}

FORMATS: dict[str, Callable[[Any, str], str]] = {
    # halves of a day -> days
    "days": lambda v, lang: _number(float(v) / 2),
    "int": lambda v, lang: f"{round(float(v))}",
    "num": lambda v, lang: _number(v),
    "percent": lambda v, lang: f"{round(100 * float(v))}%",
    # a date, or days since 1970
    "date": lambda v, lang: say_day(_day(v), lang),
    "month": lambda v, lang: f"{_day(v):%Y-%m}" if lang == "en" else f"{_day(v).month}月",
    # a share of peers below (0..1), by thirds
    "third": lambda v, lang: _BANDS[lang][_band(float(v), 1 / 3, 2 / 3)],
    # standard deviations from the class mean
    "zband": lambda v, lang: _BANDS[lang][_band(float(v), -0.5, 0.5)],
    # times the class's: an estimate, so a half more or less is the same
    "pace": lambda v, lang: _PACE[lang][_band(float(v), 2 / 3, 3 / 2)],
    "yes": lambda v, lang: _YES[lang][round(float(v))],
    # to one decimal, with its sign
    "signed": lambda v, lang: f"{float(v):+.1f}",
    "points": lambda v, lang: f"{100 * float(v):+.0f}",
}


#: A change below this is none to the person who reads it: a quarter of a standard deviation or of a
#: piece of work; what prints as 0 percentage points.
LEAST_CHANGE: dict[str, float] = {"signed": 0.25, "points": 0.005}
#: A day of the same day, which no count says well. Templates are part of the catalogue's fingerprint,
#: so it is mended in what they print.
_TODAY = {
    "zh": (("距今0天", "今天"),),
    "en": ((" 0 days ago", " today"), (" 1 days ago", " 1 day ago")),
}


#: Two examinations that print the same place, likewise.
_SAME = {
    "zh": (
        re.compile(r"由上一次考试的(靠下|居中|靠上)到最近一次（(.+?)）的\1"),
        r"与上一次考试相比变化不大（\1，最近一次\2）",
    ),
    "en": (
        re.compile(r"(lower|middle|upper) part before, \1 part on (\S+?)\."),
        r"little changed, \1 part on \2.",
    ),
}


def _worded(value: Any, form: str, lang: str, near: date | None) -> str:
    """One value in the words of ``lang``."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return "unknown" if lang == "en" else "不详"
    if form == "date":
        return say_day(_day(value), lang, near=near)
    if form in FORMATS:
        return FORMATS[form](value, lang)
    return format(value, form)


@cache
def _parsed(template: str) -> tuple[tuple[str, str | None, str], ...]:
    """A template's pieces: the text before a value, the value's name, its form. A city words tens of
    thousands of reasons by a few hundred templates."""
    pieces = string.Formatter().parse(template)
    return tuple((text, name, form or "") for text, name, form, _ in pieces)


def render(
    template: str, values: Mapping[str, Any], lang: str = "zh", *, near: date | None = None
) -> str:
    """The template with its values in the words of ``lang``.

    ``near``: the day of the list; dates of another year are then said with their year. Raises
    ``KeyError`` where the template names a value that ``values`` does not hold.
    """
    said = "".join(
        text if name is None else text + _worded(values[name], form, lang, near)
        for text, name, form in _parsed(template)
    )
    for count, word in _TODAY[lang]:
        said = said.replace(count, word)
    same, instead = _SAME[lang]
    return same.sub(instead, said)


def tells_no_change(template: str, values: Mapping[str, Any]) -> bool:
    """Whether the sentence is about a change and there is none worth a person's time."""
    changes = [
        abs(float(values[name])) < least
        for name, least in _changes(template)
        if values.get(name) is not None
    ]
    return bool(changes) and all(changes)


@cache
def _changes(template: str) -> tuple[tuple[str, float], ...]:
    """The fields that say a change, and what is too little of one."""
    return tuple(
        (name, LEAST_CHANGE[form])
        for _, name, form in _parsed(template)
        if name and form in LEAST_CHANGE
    )


def fields(template: str) -> set[str]:
    """The names of the values that a template wants."""
    return {name for _, name, _ in _parsed(template) if name}
