"""The standing of the model that serves where what was trained now may not take its place."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from tests.training.factories import frame, trained
from training import tracking
from training.bundle import Bundle
from training.bundle.registry import bundle_folder, champion_folder, current
from training.material import Trained
from training.promote import promote
from training.publish import publish
from training.standing import FEWEST, Standing, since, standing, words

NAME = "dropout-risk"


@cache
def later(signal: float = 1.0, pupils: int = 240) -> pl.DataFrame:
    """Rows of the same world, all asked after the model was trained."""
    rows = frame(pupils=pupils, signal=signal, rate=-3.0, seed=7)
    return rows.with_columns(pl.col("as_of", "window_end") + timedelta(weeks=26))


def challenger(sample: pl.DataFrame, *, fit: bool = True, **manifest: Any) -> Trained:
    """A training run whose model failed the gate of fairness; or that fitted none."""
    good = trained()
    shut = [
        dict(one) | ({"passed": False} if one["name"] == "fair" else {})
        for one in good.challenger.manifest.checks["gates"]
    ]
    checks = {**good.challenger.manifest.checks, "gates": shut}
    model = Bundle.of(replace(good.challenger.manifest, checks=checks), good.challenger.files)
    rule = Bundle.of(replace(good.rule.manifest, **manifest), good.rule.files)
    return Trained(model if fit else rule, rule, sample)


def told(now: Standing | None) -> Standing:
    assert now is not None
    return now


def test_a_model_that_still_ranks_better_keeps_its_place() -> None:
    """Where it still beats the attendance rule on later rows the model stays, with the figures."""
    found = told(standing(trained().challenger, challenger(later())))
    assert found.keeps
    assert found.figures["point"] > 0
    assert found.figures["outcomes"] >= FEWEST
    assert f"{found.figures['point']:+.4f}" in found.zh
    assert f"{found.figures['low']:+.4f}" in found.en


def test_a_model_that_ranks_worse_gives_way_to_the_rule() -> None:
    """Where later rows turn against it so that the rule ranks better, the model serves no more."""
    found = told(standing(trained().challenger, challenger(turned())))
    assert not found.keeps
    assert found.figures["point"] < 0
    zh, en = words(found, name=NAME, version=3, rule=5)
    assert "停止使用" in zh
    assert "停用规则" in zh
    assert "baoxue rollback" in en


def turned() -> pl.DataFrame:
    """Later rows in which good standing goes with leaving: the rule reads attendance alone."""
    rows = later()
    return rows.with_columns(
        exam_standing=1 - pl.col("exam_standing"),
        label=(pl.col("unexplained_run") + pl.col("absence_4w").fill_null(0.1) * 3 > 4).cast(
            pl.Int8
        ),
    )


def test_what_the_model_may_have_seen_judges_nothing() -> None:
    """Rows asked before the model's last day are no evidence: none is left, and it stays."""
    found = told(standing(trained().challenger, challenger(frame())))
    assert found.keeps
    assert found.figures == {"outcomes": 0}
    assert since(later(), "2026-07-01").height == later().height
    assert since(frame(), "2026-07-01").height == 0


def test_few_with_the_outcome_tell_nothing() -> None:
    """Fewer than thirty pupils with the outcome since: it stays and says so, whatever the difference."""
    few = turned().filter(pl.col("label").cum_sum() < 20)
    found = told(standing(trained().challenger, challenger(few)))
    assert found.keeps
    assert f"至少需要{FEWEST}名" in found.zh
    assert told(standing(trained().challenger, challenger(few.drop("label")))).keeps


def test_where_all_had_the_outcome_nothing_is_compared() -> None:
    """Without a pupil who stayed no order is better than another: it stays and says so."""
    every = later().with_columns(label=pl.lit(1, pl.Int8))
    found = told(standing(trained().challenger, challenger(every)))
    assert found.keeps
    assert "无从比较" in found.zh


def test_another_question_tells_nothing() -> None:
    """A training over another horizon or outcome does not judge it."""
    found = told(standing(trained().challenger, challenger(turned(), horizon_weeks=9)))
    assert found.keeps
    assert "预测周数" in found.zh


def test_a_model_that_cannot_score_or_did_not_pass_has_no_standing() -> None:
    """Other definitions, or a failed gate of its own: the rule takes its place."""
    other = told(standing(trained().challenger, challenger(later(), fingerprint="e" * 64)))
    assert not other.keeps
    assert "指标定义" in other.zh
    own = told(standing(challenger(later()).challenger, challenger(later())))
    assert not own.keeps
    assert "各类学生" in own.zh


def test_a_rule_has_no_standing() -> None:
    """Where the rule serves there is no model to keep."""
    assert standing(trained().rule, challenger(later())) is None


def test_the_way_to_the_rule_is_named_exactly() -> None:
    """The words hold both versions and the command, with the name where it is not the usual one."""
    found = told(standing(trained().challenger, challenger(later())))
    zh, en = words(found, name=NAME, version=3, rule=5)
    assert "第 3 版（模型）继续使用" in zh
    assert "baoxue promote 5。" in zh
    assert "baoxue promote 5." in en
    assert "baoxue promote 5 --name other" in words(found, name="other", version=3, rule=5)[0]


def published(home: Path, made: Trained) -> tuple[dict[str, Any], str]:
    """What ``publish`` with promotion told and said."""
    said: list[str] = []
    told = publish(made, home, promote=True, say=lambda zh, en: said.append(zh))
    return told, "\n".join(said)


def in_service(home: Path) -> int:
    """A model that passed, registered and serving; its version."""
    made = trained()
    version = tracking.register(made.challenger, made, frame(weeks=1).head(5), home=home).version
    promote(home, NAME, version)
    return version


def serving(home: Path) -> str:
    return Bundle.load(champion_folder(home, NAME)).digest


@pytest.mark.slow
def test_a_refused_model_leaves_a_standing_one_in_service(tmp_path: Path) -> None:
    """The refused one is named with its gate, the standing version goes on, the rule is one command away."""
    assert in_service(tmp_path) == 1
    told, said = published(tmp_path, challenger(later()))
    assert told["champion"] == 1
    assert serving(tmp_path) == trained().challenger.digest
    assert "新训练的模型未通过1道检验" in said
    assert "第 1 版（模型）继续使用" in said
    rule = max(int(one.name) for one in bundle_folder(tmp_path, NAME, 1).parent.iterdir())
    assert f"baoxue promote {rule}。" in said
    assert promote(tmp_path, NAME, rule).kind == "rule"


@pytest.mark.slow
def test_without_a_model_in_service_the_rule_serves(tmp_path: Path) -> None:
    """A refused model and none that stands: the rule list serves, as before where nobody or a rule served."""
    for _ in range(2):
        told, said = published(tmp_path, challenger(later()))
        now = current(tmp_path, NAME)
        assert now is not None
        assert (now.version, now.kind) == (told["champion"], "rule")
        assert "继续使用" not in said


@pytest.mark.slow
def test_a_model_gone_bad_gives_way_when_the_next_is_refused(tmp_path: Path) -> None:
    """The stop rule holds for the model in service too; and where nothing was fitted, this is said."""
    assert in_service(tmp_path) == 1
    _, said = published(tmp_path, challenger(later(), fit=False))
    assert "没有训练出模型" in said
    assert serving(tmp_path) == trained().challenger.digest
    told, said = published(tmp_path, challenger(turned()))
    assert "第 1 版（模型）停止使用" in said
    now = current(tmp_path, NAME)
    assert now is not None
    assert (now.version, now.kind) == (told["champion"], "rule")


@pytest.mark.slow
def test_a_model_that_cannot_be_read_gives_way(tmp_path: Path) -> None:
    """A champion whose bytes changed serves nobody: the rule takes its place."""
    assert in_service(tmp_path) == 1
    trees = champion_folder(tmp_path, NAME) / "booster.txt"
    trees.write_text(trees.read_text() + " ")
    published(tmp_path, challenger(later()))
    now = current(tmp_path, NAME)
    assert now is not None
    assert now.kind == "rule"
