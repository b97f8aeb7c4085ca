"""Rules: values in force from a day, with reference and the day they were last checked.

The defaults are ``alerts.toml``; a locality overrides numbers in ``baoxue.toml``::

    [alerts.unexplained_absence]
    listed_after_days = { value = 2, reference = "某县教〔2026〕3号", from = 2026-09-01 }
    responsible = "counselor"
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import date
from importlib.resources import files
from typing import Any

from features.refusal import Refusal

BASES = ("法律", "国家文件", "地方规定", "系统默认")
LOCAL = "地方规定"
RESPONSIBLE_ZH: dict[str, str] = {
    "class_teacher": "班主任",
    "counselor": "心理辅导教师",
    "clerk": "学籍管理员",
    "principal": "校长",
    "county": "县教育局",
}
RESPONSIBLE_EN: dict[str, str] = {
    "class_teacher": "class teacher",
    "counselor": "counselor",
    "clerk": "registrar",
    "principal": "principal",
    "county": "county education department",
}


@dataclass(frozen=True)
class Value:
    """One number in force from a day."""

    start: date
    value: int
    basis: str
    reference: str
    checked_on: date


@dataclass(frozen=True)
class Duty:
    """One duty alert: its words, who answers for it, its basis, and its dated numbers."""

    code: str
    label_zh: str
    label_en: str
    zh: str
    en: str
    responsible: str
    basis: str
    reference: str
    checked_on: date
    numbers: Mapping[str, tuple[Value, ...]] = field(default_factory=dict)
    words: Mapping[str, str] = field(default_factory=dict)

    def at(self, name: str, day: date) -> Value:
        """The number ``name`` in force on ``day``; the earliest one before it came into force."""
        values = self.numbers[name]
        return next((v for v in values if v.start <= day), values[-1])

    def number(self, name: str, day: date) -> int:
        """The bare number in force on ``day``."""
        return self.at(name, day).value


def load_duties(local: Mapping[str, Mapping[str, Any]] | None = None) -> dict[str, Duty]:
    """Every duty alert by code, local overrides laid over the defaults.

    Raises ``Refusal`` where an override names an alert or a number that does not exist, or gives
    no reference.
    """
    text = files(__package__).joinpath("alerts.toml").read_text(encoding="utf-8")
    duties = {code: _duty(code, said) for code, said in tomllib.loads(text).items()}
    for code, changes in (local or {}).items():
        if code not in duties:
            raise _unknown(f"alerts.{code}")
        duties[code] = _overridden(duties[code], changes)
    return duties


def plain(duties: Mapping[str, Duty]) -> dict[str, Any]:
    """Duties as plain data, days as text: what a run records of the rules it was made by."""
    return {code: _plain(asdict(duty)) for code, duty in sorted(duties.items())}


def _plain(said: Any) -> Any:
    if isinstance(said, Mapping):
        return {key: _plain(value) for key, value in said.items()}
    if isinstance(said, list | tuple):
        return [_plain(value) for value in said]
    return said.isoformat() if isinstance(said, date) else said


def of_plain(said: Mapping[str, Any]) -> dict[str, Duty]:
    """``plain`` backwards."""
    return {code: _recorded(one) for code, one in said.items()}


def _recorded(said: Mapping[str, Any]) -> Duty:
    day = date.fromisoformat
    numbers = {
        name: tuple(
            Value(**v | {"start": day(v["start"]), "checked_on": day(v["checked_on"])})
            for v in values
        )
        for name, values in said["numbers"].items()
    }
    return Duty(**{**said, "checked_on": day(said["checked_on"]), "numbers": numbers})


def _duty(code: str, said: Mapping[str, Any]) -> Duty:
    numbers = {k: _values(v) for k, v in said.items() if isinstance(v, list)}
    plain = {k: v for k, v in said.items() if not isinstance(v, list)}
    words = {k: plain.pop(k) for k in list(plain) if k.startswith(("zh_", "en_"))}
    return Duty(code=code, numbers=numbers, words=words, **plain)


def _values(rows: list[dict[str, Any]]) -> tuple[Value, ...]:
    found = [
        Value(row["from"], row["value"], row["basis"], row["reference"], row["checked_on"])
        for row in rows
    ]
    return tuple(sorted(found, key=lambda v: v.start, reverse=True))


def _overridden(duty: Duty, changes: Mapping[str, Any]) -> Duty:
    numbers = dict(duty.numbers)
    responsible = changes.get("responsible", duty.responsible)
    if responsible not in RESPONSIBLE_ZH:
        raise _unknown(f"alerts.{duty.code}.responsible")
    for name, change in changes.items():
        if name == "responsible":
            continue
        if name not in numbers or not isinstance(change, Mapping):
            raise _unknown(f"alerts.{duty.code}.{name}")
        numbers[name] = _local(duty.code, name, change, numbers[name])
    return Duty(**{**vars(duty), "numbers": numbers, "responsible": responsible})


def _local(
    code: str, name: str, change: Mapping[str, Any], before: tuple[Value, ...]
) -> tuple[Value, ...]:
    value, reference = change.get("value"), change.get("reference")
    if not isinstance(value, int) or isinstance(value, bool) or value < 0 or not reference:
        raise Refusal(
            f"baoxue.toml 的 [alerts.{code}] {name} 须写明 value（非负整数）和 reference。",
            f"[alerts.{code}] {name} in baoxue.toml wants a value (0 or more) and a reference.",
        )
    start = change.get("from", date.min)
    mine = Value(start, value, LOCAL, str(reference), change.get("checked_on", start))
    return (mine, *(v for v in before if v.start < start))


def _unknown(what: str) -> Refusal:
    return Refusal(
        f"baoxue.toml 中的 [{what}] 不是已知的提醒或数值，请对照 docs 中的提醒表修改。",
        f"[{what}] in baoxue.toml is no known alert, number or responsible.",
    )
