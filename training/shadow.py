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
    """One area's week: pupils listed by the challenger, and by the champion and by both where the schools had
    a list of another version that week, else None."""

    area: str
    week: str
    listed: int
    champion: int | None
    both: int | None


def shadow_weeks(home: Path, name: str, version: int) -> list[Beside]:
    """The weeks for which ``version`` stood in the shadow, oldest first; the newest run of each.

    A retrospective list (of a day before the version was trained) says nothing of what would have changed.
    """
    found: dict[tuple[str, str], Path] = {}
    runs = [(p.stat().st_mtime_ns, p) for p in (home / "runs").glob("*/*/*/manifest.json")]
    said = [
        json.loads(path.read_text(encoding="utf-8")) | {"at": path.parent}
        for _, path in sorted(runs)
    ]
    ours = [one for one in said if _is(one, name + SHADOW, version)]
    for one in ours:
        found[one["area"], one["week"]] = one["at"]
    theirs = {
        (one["area"], one["week"]): one["at"]
        for one in said
        if one["model_name"] == name and one["model_version"] != str(version)
    }
    return [
        _beside(area, week, folder, theirs.get((area, week)))
        for (area, week), folder in sorted(found.items(), key=lambda item: item[0][::-1])
    ]


def _is(said: dict[str, object], name: str, version: int) -> bool:
    ours = said["model_name"] == name and said["model_version"] == str(version)
    return ours and not said.get("retrospective", False)


def _beside(area: str, week: str, folder: Path, champion: Path | None) -> Beside:
    ours = _listed(folder)
    if champion is None:
        return Beside(area, week, len(ours), None, None)
    theirs = _listed(champion)
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
            f"（现有{len(seen)}周，回溯名单不算）。"
            f"每周运行 baoxue weekly 数据文件夹 --as-of 日期 --shadow {version}，试运行名单只供比较。"
            "确有理由不等待时，用 --without-shadow 写明理由。",
            f"Not promoted: another model's version serves, so {name} {version} must first run in the"
            f" shadow for {WEEKS} weeks (so far {len(seen)}; retrospective lists do not count). Each week:"
            f" baoxue weekly DIR --as-of DATE --shadow {version}. To go without, give the reason:"
            " --without-shadow REASON.",
        )


def words(weeks: list[Beside]) -> tuple[str, str]:
    """What would have changed in those weeks, in a sentence."""
    many = len({w.week for w in weeks})
    beside = [(w.listed, w.champion, w.both) for w in weeks if w.champion is not None]
    of = len({w.week for w in weeks if w.champion is not None})
    if not of:
        return (
            f"试运行{many}周，学校那几周没有别的版本的名单，无从比较。",
            f"{many} shadow weeks; schools had no list of another version in them to compare with.",
        )
    listed, champion, both = (sum(one[n] or 0 for one in beside) for n in range(3))
    zh, en = (
        ("", "") if of == many else (f"（其中{of}周有名单可比）", f" ({of} with a list beside it)")
    )
    return (
        f"试运行{many}周{zh}：新版列入{listed}人次，在用版本{champion}人次，相同{both}人次。",
        f"{many} shadow weeks{en}: {listed} listed by the new version, {champion} by the one in use, {both}"
        " by both.",
    )
