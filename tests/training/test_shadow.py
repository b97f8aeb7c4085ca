"""A challenger beside the model that serves: read from run folders, asked for before one takes its place."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from features.refusal import Refusal
from tests.training.factories import trained
from training import shadow
from training.bundle import Bundle
from training.bundle.registry import VERSION, bundle_folder, champion_folder, current
from training.promote import promote


def run(
    home: Path, week: str, name: str, version: int, who: list[str], *, retrospective: bool = False
) -> None:
    folder = home / "runs" / "here" / week / f"{name}-{version}"
    folder.mkdir(parents=True)
    told = {"area": "here", "week": week, "model_name": name, "model_version": str(version)}
    told |= {"retrospective": retrospective}  # type: ignore[dict-item]
    (folder / "manifest.json").write_text(json.dumps(told))
    rows = {"student_id": [*who, "left"], "listed": [True] * len(who) + [False]}
    pl.DataFrame(rows).write_parquet(folder / "list.parquet")


def registered(home: Path) -> None:
    """Two versions of a model, the first of which serves."""
    own = trained().challenger
    for version in (1, 2):
        other = Bundle.of(replace(own.manifest, seed=version), dict(own.files))
        other.write(bundle_folder(home, "dropout-risk", version))
    promote(home, "dropout-risk", 1)


def test_weeks_in_the_shadow_are_counted_with_what_they_change(tmp_path: Path) -> None:
    """Each week with pupils listed by the new version, by the one in use, and by both."""
    run(tmp_path, "2026-W46", "dropout-risk.shadow", 2, ["a", "b", "c"])
    run(tmp_path, "2026-W46", "dropout-risk", 1, ["b", "c", "d", "e"])
    run(tmp_path, "2026-W47", "dropout-risk.shadow", 2, ["a"])
    run(tmp_path, "2026-W47", "dropout-risk.shadow", 3, ["z"])
    weeks = shadow.shadow_weeks(tmp_path, "dropout-risk", 2)
    assert weeks == [
        shadow.Beside("here", "2026-W46", 3, 4, 2),
        shadow.Beside("here", "2026-W47", 1, None, None),
    ]
    zh, en = shadow.words(weeks)
    assert "试运行2周（其中1周有名单可比）：新版列入3人次，在用版本4人次" in zh
    assert "2 by both" in en
    assert "无从比较" in shadow.words(weeks[1:])[0]


def test_neither_looking_back_nor_its_own_list_is_a_trial(tmp_path: Path) -> None:
    """A list of a day before the version was trained counts for no week; a version is not beside itself."""
    run(tmp_path, "2026-W45", "dropout-risk.shadow", 2, ["a"], retrospective=True)
    run(tmp_path, "2026-W46", "dropout-risk.shadow", 2, ["a"])
    run(tmp_path, "2026-W46", "dropout-risk", 2, ["a"])
    assert shadow.shadow_weeks(tmp_path, "dropout-risk", 2) == [
        shadow.Beside("here", "2026-W46", 1, None, None)
    ]


def test_a_model_waits_before_it_takes_anothers_place(tmp_path: Path) -> None:
    """Refused with the command to run, until it has stood beside the other for two weeks."""
    registered(tmp_path)
    with pytest.raises(Refusal, match="--shadow 2"):
        promote(tmp_path, "dropout-risk", 2)
    run(tmp_path, "2026-W46", "dropout-risk.shadow", 2, ["a"])
    with pytest.raises(Refusal, match="现有1周"):
        promote(tmp_path, "dropout-risk", 2)
    run(tmp_path, "2026-W47", "dropout-risk.shadow", 2, ["a"])
    promote(tmp_path, "dropout-risk", 2)
    now = current(tmp_path, "dropout-risk")
    assert now is not None
    assert (now.version, now.before) == (2, (1,))


def test_a_reason_goes_without_the_weeks_and_is_kept(tmp_path: Path) -> None:
    """Whoever does not wait says why, and the champion's folder says it too."""
    registered(tmp_path)
    promote(tmp_path, "dropout-risk", 2, without_shadow="在用模型数据已停供")
    said = json.loads((champion_folder(tmp_path, "dropout-risk") / VERSION).read_text())
    assert said["without_shadow"] == "在用模型数据已停供"


def test_the_first_model_waits_for_nobody(tmp_path: Path) -> None:
    """Where no model serves, or only the rule, there is nothing to stand beside."""
    trained().rule.write(bundle_folder(tmp_path, "dropout-risk", 1))
    trained().challenger.write(bundle_folder(tmp_path, "dropout-risk", 2))
    promote(tmp_path, "dropout-risk", 1)
    assert promote(tmp_path, "dropout-risk", 2).kind == "model"
    assert promote(tmp_path, "dropout-risk", 2).kind == "model"
