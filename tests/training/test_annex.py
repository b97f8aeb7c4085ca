"""The impact-assessment annex: every group named, nobody's data, blanks for a person, words that may be said."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest
from typer.testing import CliRunner

from features.refusal import Refusal
from tests.features.test_every_indicator import FORBIDDEN
from tests.training.factories import fitted, frame, groups, material, trained
from training import __main__ as front
from training.annex import BLANK, MARK, annex
from training.bundle import Bundle
from training.bundle.format import ANNEX, REPORT
from training.bundle.registry import bundle_folder
from training.groups import ALL
from training.material import Trained


def with_groups() -> Trained:
    """A model on a world in which two groups are recorded."""
    rows = frame(pupils=400, rate=-3.0)
    number = pl.col("student_id").str.slice(1).cast(pl.Int64)
    told = groups(rows, boarding=number % 2 == 0, sex=number % 3 == 0)
    return fitted(material(rows, groups=told))


@pytest.fixture(scope="module")
def made() -> Trained:
    return with_groups()


def text_of(bundle: Bundle) -> str:
    return bundle.files[ANNEX]


def test_every_group_of_the_gate_is_named(made: Trained) -> None:
    """All seven groups and their twenty-one pairs have a line, recorded or not, with the gate's own standing."""
    text = text_of(made.challenger)
    lines = [line for line in text.splitlines() if line.startswith("| ")]
    report = json.loads(made.challenger.files[REPORT])
    found = {one["group"]: one for one in report["by_group"]}
    assert 0 < len(found) < len(ALL)
    for name, group in ALL.items():
        (line,) = [one for one in lines if one.startswith(f"| {group.zh}<br>{group.en} |")]
        assert ("没有登记，未作判断" in line) == (name not in found)
        if name in found:
            assert f" {found[name]['outcomes']}／{found[name]['outcomes_rest']} " in line
            assert f"{found[name]['recall_ratio']['point']:.2f}" in line


def test_a_model_without_groups_says_so(made: Trained) -> None:
    """Where nothing is recorded of any group, or nothing was judged, every line says it was not judged."""
    bare = trained().challenger.manifest
    text = annex(replace(bare, checks={}, horizon_weeks=None), {})
    assert text.count("没有登记，未作判断") == len(ALL)
    assert "没有可比较的检验数字" in text
    assert "没有可用的检验数字" in text
    assert "到本学年（课程）结束前" in text


def test_no_pupil_and_no_school_stands_in_it(made: Trained) -> None:
    """No id of a pupil or school of the rows it was made from is in the annex."""
    rows = made.sample
    for text in (text_of(made.challenger), text_of(made.rule)):
        for column in ("student_id", "school_id"):
            assert not [one for one in rows[column].unique() if re.search(rf"\b{one}\b", text)]


def test_small_numbers_are_not_counted_out(made: Trained) -> None:
    """Fewer than five with the outcome in a group or its rest: neither the number nor a share is shown."""
    report = json.loads(made.challenger.files[REPORT])
    few = [dict(one) | {"outcomes": 4} for one in report["by_group"]]
    text = annex(made.challenger.manifest, report | {"by_group": few})
    lines = [line for line in text.splitlines() if "不足5名" in line]
    assert len(lines) == len(few)
    assert not [line for line in lines if "%" in line or "4／" in line]


def test_a_rule_in_a_models_place_says_whose_figures_these_are(made: Trained) -> None:
    """Where the rule serves for a refused model its annex says so and that the figures are the model's."""
    assert "以下检验数字是那个模型的" in text_of(made.rule)
    assert "以下检验数字是那个模型的" not in text_of(made.challenger)


def test_what_a_person_must_say_is_left_blank(made: Trained) -> None:
    """Every section asks a person, marked in both languages, with blanks for answer, name and date."""
    text = text_of(made.challenger)
    sections = text.split("\n## ")[1:]
    assert len(sections) == 9
    for section in sections:
        assert f"**【{MARK[0]} {MARK[1]}】**" in section
        asked = [
            line
            for line in section.splitlines()
            if line.endswith(f"| {BLANK} | {BLANK} | {BLANK} |")
        ]
        assert asked
        assert "填写人 name | 日期 date" in section
    for must in ("法律依据", "评估人", "保存期限", "监护人", "不满十四周岁"):
        assert must in text


def test_the_figures_are_the_models_own(made: Trained) -> None:
    """Rows, pupils, indicators, the first gate's sentence and the lists' share in vain are those recorded."""
    manifest, text = made.challenger.manifest, text_of(made.challenger)
    report = json.loads(made.challenger.files[REPORT])
    first = next(g for g in manifest.checks["gates"] if g["name"] == "beats_attendance")
    assert first["zh"] in text
    assert f"{len(manifest.columns)}个指标" in text
    assert f"出现结果的学生{manifest.counts['pupils_with_outcome']}名" in text
    assert (
        f"约{100 * (1 - report['model']['precision_at_capacity']):.0f}人次之后没有出现结果" in text
    )
    for gate in manifest.checks["gates"]:
        assert gate["title_zh"] in text


def test_it_is_said_in_words_that_may_be_used(made: Trained) -> None:
    """No word that judges, labels or says why; both languages; synthetic data are called synthetic."""
    text = text_of(made.challenger) + text_of(made.rule)
    assert [word for word in FORBIDDEN if word in text] == []
    assert "{" not in text
    synthetic = annex(replace(made.challenger.manifest, synthetic=True), {})
    assert "演示数据，不反映真实学生" in synthetic
    assert "Synthetic data" in synthetic


def test_prose_does_not_make_another_model(made: Trained) -> None:
    """The annex is beside the card and no part of the digest."""
    one = made.challenger
    assert Bundle.of(one.manifest, one.files | {ANNEX: "x"}).digest == one.digest


def test_a_rule_has_an_annex_too() -> None:
    """A rule that nobody judged says that it needs no gate."""
    rule = replace(trained().rule.manifest, checks={})
    assert "出勤规则不需要检验" in annex(rule, {})


def test_the_annex_of_a_version_is_one_command(made: Trained, tmp_path: Path) -> None:
    """evaluate --version V --annex prints it; of a version kept without one it is made from its figures."""
    home = tmp_path / "home"
    kept = {name: text for name, text in made.challenger.files.items() if name != ANNEX}
    made.challenger.write(bundle_folder(home, "dropout-risk", 1))
    Bundle.of(made.challenger.manifest, kept).write(bundle_folder(home, "dropout-risk", 2))
    env = {"BAOXUE_HOME": str(home)}
    for version in ("1", "2"):
        told = CliRunner().invoke(
            front.app,
            ["evaluate", "--version", version, "--annex"],
            env=env,
            catch_exceptions=False,
        )
        which, _, text = told.stdout.partition("\n\n")
    assert re.fullmatch(r"dropout-risk 第 (\d) 版 · version \1", which)
    assert text.strip() == text_of(made.challenger).strip()
    with pytest.raises(Refusal, match="不需要数据文件夹"):
        CliRunner().invoke(
            front.app, ["evaluate", str(tmp_path), "--annex"], env=env, catch_exceptions=False
        )
