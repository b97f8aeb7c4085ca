"""What is registered in a home: each version, what its gates said, and where it stands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from features.refusal import Refusal
from training.answers import answers
from training.bundle import registry
from training.bundle.format import Spoiled
from training.bundle.manifest import Manifest
from training.shadow import WEEKS, shadow_weeks, words

Standing = Literal[
    "in_use", "used_before", "taken_back", "in_shadow", "candidate", "refused", "damaged"
]
STANDINGS: Mapping[Standing, tuple[str, str]] = {
    "in_use": ("在用", "in use"),
    "used_before": ("曾经在用", "was in use"),
    "taken_back": ("已退回", "taken back"),
    "in_shadow": ("试运行", "in shadow"),
    "candidate": ("候选", "candidate"),
    "refused": ("未通过检验", "refused"),
    "damaged": ("已损坏", "damaged"),
}


@dataclass(frozen=True)
class Entry:
    """A registered version. ``trained_until`` is an ISO date; ``gain`` is the first gate's difference in
    average precision from the attendance rule (point, low, high), None where nothing was compared;
    ``beside`` says what its shadow lists had in common with those of the version in use, ``damage`` what is
    wrong with its files, in both languages or empty."""

    name: str
    version: int
    standing: Standing
    kind: str = ""
    trained_until: str = ""
    horizon_weeks: int | None = None
    synthetic: bool = False
    gain: tuple[float, float, float] | None = None
    passed: int = 0
    partly: int = 0
    closed: tuple[tuple[str, str], ...] = ()
    untold: int = 0
    shadow_weeks: int = 0
    beside: tuple[str, str] = ("", "")
    damage: tuple[str, str] = ("", "")


def inventory(home: Path, name: str | None = None) -> list[Entry]:
    """Every registered version, by name and number; baselines (NAME.BASELINE) only where asked by name.

    Each is read and its checksums are verified. Refusal where ``name`` was never trained.
    """
    found = registry.names(home)
    if name is not None and name not in found:
        raise registry.no_model(home, name)
    wanted = [name] if name else [one for one in found if one.rpartition(".")[0] not in found]
    return [
        entry
        for one in wanted
        for version in registry.versions(home, one)
        for entry in [_entry(home, one, version)]
    ]


def _entry(home: Path, name: str, version: int) -> Entry:
    try:
        bundle, torn = (
            registry.registered(home, name, version, later=True),
            registry.torn(home, name, version),
        )
    except Spoiled as error:
        return Entry(name, version, "damaged", damage=(error.zh, error.en))
    manifest, checks = bundle.manifest, bundle.manifest.checks
    heard = answers(checks) if bundle.kind == "model" else []
    stood = shadow_weeks(home, name, version)
    weeks = len({one.week for one in stood})
    closed = tuple((one["title_zh"], one["title_en"]) for one in heard if one["passed"] is False)
    standing, damage = _standing(home, manifest, version, closed=bool(closed), weeks=weeks)
    return Entry(
        name,
        version,
        standing,
        kind=manifest.kind,
        trained_until=manifest.trained_until,
        horizon_weeks=manifest.horizon_weeks,
        synthetic=manifest.synthetic,
        gain=_gain(checks) if bundle.kind == "model" else None,
        passed=sum(one["passed"] is True for one in heard),
        partly=sum(bool(one["passed"] and one.get("partly")) for one in heard),
        closed=closed,
        untold=sum(one["passed"] is None for one in heard),
        shadow_weeks=weeks,
        beside=words(stood) if stood and standing == "in_shadow" else ("", ""),
        damage=damage if damage[0] else torn,
    )


def _standing(
    home: Path, manifest: Manifest, version: int, *, closed: bool, weeks: int
) -> tuple[Standing, tuple[str, str]]:
    name = manifest.name
    try:
        now = registry.current(home, name)
        if now is not None and now.version == version:
            registry.champion(home, name, later=True)
            return "in_use", ("", "")
    except Refusal as error:
        return "damaged", (error.zh, error.en)
    if now is not None and version in now.before:
        return "used_before", ("", "")
    if now is not None and version in now.taken_back:
        return "taken_back", ("", "")
    if closed:
        return "refused", ("", "")
    return "in_shadow" if weeks else "candidate", ("", "")


def _gain(checks: Mapping[str, Any]) -> tuple[float, float, float] | None:
    gate = checks.get("gate", {})
    told = [gate.get(key) for key in ("point", "low", "high")]
    if any(one is None for one in told):
        return None
    return (float(told[0]), float(told[1]), float(told[2]))


def next_step(entries: list[Entry]) -> tuple[str, str]:
    """What a person would do now with the versions of one name, in a sentence."""
    damaged = [one for one in entries if one.damage[0]]
    if damaged:
        return damaged[0].damage
    serving = next((one for one in entries if one.standing == "in_use"), None)
    ready = [one for one in entries if one.standing in ("candidate", "in_shadow")]
    if serving is None:
        return _first(ready[-1] if ready else None)
    newer = [one for one in ready if _better_known(one, serving)]
    if newer:
        return _newer(newer[-1], serving)
    more = registry.option(serving.name)
    report = f"baoxue evaluate --version {serving.version}{more}"
    lists = "" if more == "" else f" --model {serving.name}@champion"
    return (
        f"看在用版本的报告：{report}；生成名单：baoxue weekly 数据文件夹 --as-of 日期{lists}",
        f"The report of what serves: {report}; to make lists: baoxue weekly DIR --as-of DATE{lists}",
    )


def _better_known(one: Entry, serving: Entry) -> bool:
    """A model that may take the place of what serves: of a rule, or of a model that knew less of its day.

    A rule is put in a model's place by whoever means to, not because it was registered later.
    """
    if one.kind != "model":
        return False
    return serving.kind == "rule" or one.trained_until > serving.trained_until


def _first(one: Entry | None) -> tuple[str, str]:
    if one is None:
        return (
            "没有可以投入使用的版本，名单按出勤规则生成。补充记录后重新训练："
            "baoxue train 数据文件夹 --until 日期 --promote",
            "No version may serve: lists are made by the attendance rule. Train again with more records:"
            " baoxue train DIR --until DATE --promote",
        )
    more = registry.option(one.name)
    return (
        f"还没有版本在用。先看报告：baoxue evaluate --version {one.version}{more}；"
        f"投入使用：baoxue promote {one.version}{more}",
        f"None is in use yet. Its report: baoxue evaluate --version {one.version}{more}; to put it into"
        f" use: baoxue promote {one.version}{more}",
    )


def _newer(one: Entry, serving: Entry) -> tuple[str, str]:
    """A version that waits beside the one in use: its shadow weeks first, where both are models."""
    more, number = registry.option(one.name), one.version
    left = WEEKS - one.shadow_weeks if one.kind == serving.kind == "model" else 0
    if left > 0:
        return (
            f"第 {number} 版还须试运行{left}周：baoxue weekly 数据文件夹 --as-of 日期 --shadow {number}；"
            f"报告：baoxue evaluate --version {number}{more}",
            f"Version {number} has {left} shadow weeks to go: baoxue weekly DIR --as-of DATE --shadow"
            f" {number}; its report: baoxue evaluate --version {number}{more}",
        )
    return (
        f"第 {number} 版可以投入使用：baoxue promote {number}{more}；"
        f"报告：baoxue evaluate --version {number}{more}",
        f"Version {number} may be put into use: baoxue promote {number}{more}; its report:"
        f" baoxue evaluate --version {number}{more}",
    )
