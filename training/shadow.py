"""Shadow weeks: a challenger's lists drawn beside the champion's, read by analysts and sent to nobody.

They are run folders like any other, published under NAME.shadow. Before one model takes another's place it
must have stood beside it for some weeks, so that what changes in schools is known beforehand.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from features.refusal import Refusal
from training.bundle.manifest import SHADOW

#: Weeks that a challenger stands beside the model that serves before it may take its place.
WEEKS = 2


@dataclass(frozen=True)
class Beside:
    """One area's week: pupils listed by the challenger, by the champion, and by both."""

    area: str
    week: str
    listed: int
    champion: int
    both: int


def shadow_weeks(home: Path, name: str, version: int) -> list[Beside]:
    """The weeks for which ``version`` stood in the shadow, oldest first; the newest run of each."""
    found: dict[tuple[str, str], Path] = {}
    runs = [(p.stat().st_mtime_ns, p) for p in (home / "runs").glob("*/*/*/manifest.json")]
    said = [
        json.loads(path.read_text(encoding="utf-8")) | {"at": path.parent}
        for _, path in sorted(runs)
    ]
    ours = [one for one in said if _is(one, name + SHADOW, version)]
    for one in ours:
        found[one["area"], one["week"]] = one["at"]
    theirs = {(one["area"], one["week"]): one["at"] for one in said if one["model_name"] == name}
    return [
        _beside(area, week, folder, theirs.get((area, week)))
        for (area, week), folder in sorted(found.items(), key=lambda item: item[0][::-1])
    ]


def _is(said: dict[str, object], name: str, version: int) -> bool:
    return said["model_name"] == name and said["model_version"] == str(version)


def _beside(area: str, week: str, folder: Path, champion: Path | None) -> Beside:
    ours, theirs = _listed(folder), _listed(champion) if champion else set()
    return Beside(area, week, len(ours), len(theirs), len(ours & theirs))


def _listed(folder: Path) -> set[str]:
    rows = pl.scan_parquet(folder / "list.parquet").filter(pl.col("listed"))
    return set(rows.select("student_id").collect()["student_id"])


def check(weeks: list[Beside], name: str, version: int) -> None:
    """Refuse a challenger that has not stood beside the serving model long enough."""
    seen = {one.week for one in weeks}
    if len(seen) < WEEKS:
        raise Refusal(
            f"未发布：正在使用的是另一模型版本，{name} 第 {version} 版须先试运行{WEEKS}周"
            f"（现有{len(seen)}周）。"
            f"每周运行 baoxue weekly 数据文件夹 --as-of 日期 --shadow {version}，试运行名单只供比较。"
            "确有理由不等待时，用 --without-shadow 写明理由。",
            f"Not promoted: another model's version serves, so {name} {version} must first run in the"
            f" shadow for {WEEKS} weeks (so far {len(seen)}). Each week: baoxue weekly DIR --as-of DATE"
            f" --shadow {version}. To go without, give the reason: --without-shadow REASON.",
        )


def words(weeks: list[Beside]) -> tuple[str, str]:
    """What would have changed in those weeks, in a sentence."""
    listed, champion = sum(w.listed for w in weeks), sum(w.champion for w in weeks)
    both = sum(w.both for w in weeks)
    many = len({w.week for w in weeks})
    return (
        f"试运行{many}周：新版列入{listed}人次，在用版本{champion}人次，相同{both}人次。",
        f"{many} shadow weeks: {listed} listed by the new version, {champion} by the one in use, {both} by"
        " both.",
    )
