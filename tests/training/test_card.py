"""The model card: purpose, outcome, data, figures, groups, limits and stop rule, in both languages."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import pytest

from tests.features.test_every_indicator import FORBIDDEN
from tests.training.factories import fitted, frame, groups, material, trained
from training import metrics, report_tables
from training.bundle.format import CARD, REPORT
from training.card import card
from training.evaluate.page import page
from training.groups import ALL, SINGLE

SECTIONS = ("用途 Purpose", "约定结果 Outcome", "数据 Data", "数字 Figures", "检验 Gates", "各类学生 By group",
            "局限 Limits", "停用规则 Stop rule")  # fmt: skip


def test_a_card_has_every_part() -> None:
    """What the card of a model must say stands under a heading of its own, in this order, each with text."""
    text = trained().challenger.files[CARD]
    at = [text.index(f"## {title}") for title in SECTIONS]
    assert at == sorted(at)
    for part in re.split(r"^## .*$", text, flags=re.M)[1:]:
        assert len(part.strip()) > 20


def test_its_figures_are_those_of_the_report() -> None:
    """Every metric of model and rule, the days judged, the pupils and the bins of said and came are the report's."""
    made = trained().challenger
    text, report = made.files[CARD], json.loads(made.files[REPORT])
    for name, value in report["model"].items():
        metric = metrics.load()[name]
        assert f"| {metric.zh}<br>{metric.en} | {value:.4f} |" in text
    days = report["by_day"]
    assert f"截止日{days[0]['as_of']}至{days[-1]['as_of']}，共{len(days)}个" in text
    assert f"{report['pupils']:,}名学生，{report['outcomes']:,}名出现结果" in text
    for n, one in enumerate(report["reliability"], start=1):
        assert f"| {n} | {100 * one['probability']:.2f} | {100 * one['rate']:.2f} |" in text


def test_no_code_stands_where_people_read() -> None:
    """Outcomes, standings and metrics are called by their names; the code of an outcome is not shown."""
    manifest = trained().challenger.manifest
    text = card(replace(manifest, outcome=("dropped_out", "tenth_unexplained_day")))
    for code in ("dropped_out", "tenth_unexplained_day", "average_precision", "immature", "exit."):
        assert code not in text
    assert "辍学" in text


def test_a_baseline_is_called_one_and_claims_no_figures() -> None:
    """The file of a method of comparison says what it is, and none of the model's figures or gates."""
    for name, bundle in trained().baselines.items():
        text = bundle.files[CARD]
        assert "用来对照的方法" in text, name
        assert "## 检验" not in text
        assert "（模型 model）" not in text


def test_a_rule_in_a_models_place_says_whose_figures_these_are() -> None:
    """Where the rule stands in for a refused model the figures are said to be that model's."""
    assert "没有投入使用的模型的" in trained().rule.files[CARD]
    assert "没有投入使用的模型的" not in trained().challenger.files[CARD]


@pytest.mark.parametrize(("pupils", "said"), [(99, True), (100, False)])
def test_few_outcomes_are_named_among_the_limits(pupils: int, said: bool) -> None:
    """With fewer than a hundred pupils with the outcome the card says that chance weighs heavily."""
    made = trained().challenger
    counts = {**made.manifest.counts, "pupils_with_outcome": pupils}
    text = card(replace(made.manifest, counts=counts), json.loads(made.files[REPORT]))
    assert ("偶然的成分很大" in text) == said


def test_words_are_those_that_may_be_said() -> None:
    """No judging, labelling or causal word in any section, prose of every condition included."""
    made = trained().challenger
    checks = {**made.manifest.checks, "folds": "by_school"}
    few = {**made.manifest.counts, "pupils_with_outcome": 1}
    manifest = replace(made.manifest, checks=checks, counts=few, synthetic=True,
                       outcome=("dropped_out", "suspected_dropout", "tenth_unexplained_day"))  # fmt: skip
    text = card(manifest, json.loads(made.files[REPORT]))
    assert "按学校交叉检验" in text
    assert [word for word in FORBIDDEN if word in text and word != "rank"] == []


def _with_groups() -> tuple[list[dict[str, object]], dict[str, str]]:
    rows = frame(pupils=400, rate=-3.0)
    number = rows["student_id"].str.slice(1).cast(int)
    made = fitted(
        material(rows, groups=groups(rows, boarding=number % 2 == 0, sex=number % 3 == 0))
    )
    report = json.loads(made.challenger.files[REPORT])
    return report["by_group"], dict(report_tables.standings(report))


def test_a_brief_table_leaves_out_only_pairs_of_which_nothing_is_told() -> None:
    """Every single group keeps its line; left out and shown together are all that the gate knows."""
    by_group, stands = _with_groups()
    whole, brief = (report_tables.groups(by_group, stands, brief=b) for b in (False, True))
    lines = [line for line in brief if line.startswith("| ")][2:]
    assert len([line for line in whole if line.startswith("| ")][2:]) == len(ALL)
    for group in SINGLE:
        assert any(line.startswith(f"| {group.zh}<br>") for line in lines)
    assert f"另有{len(ALL) - len(lines)}个交叉组" in "\n".join(brief)


def test_where_too_few_are_known_no_ratio_is_shown() -> None:
    """Insufficient is an answer: a line with it holds the counts and no share, ratio or gap."""
    by_group, stands = _with_groups()
    few = dict.fromkeys(stands, "insufficient")
    lines = [
        line for line in report_tables.groups(by_group, few, more=True) if "不足以判断" in line
    ]
    assert len(lines) == len(by_group)
    assert not [line for line in lines if "%" in line or "." in line.split("<br>")[1].split("|")[1]]


def test_a_report_says_which_version_days_and_units() -> None:
    """Title, training day, days judged and the unit of counts stand before the first figure."""
    report = json.loads(trained().challenger.files[REPORT])
    text = page(
        report | {"name": "x", "version": 3, "trained_until": "2026-07-01", "horizon_weeks": 4}
    )
    head = text.split("## ")[0]
    for said in (
        "x 第 3 版",
        "训练只用2026-07-01",
        report["by_day"][0]["as_of"],
        "人次（每名学生每个截止日一次）",
    ):
        assert said in head
    assert "这一版本是出勤规则" in page(report | {"kind": "rule"})


def test_a_small_count_of_a_week_or_grade_is_not_counted_out() -> None:
    """A day with fewer than five with the outcome shows neither the number nor a measure."""
    report = json.loads(trained().challenger.files[REPORT])
    day = dict(report["by_day"][0]) | {"outcomes": 4}
    (line,) = [
        x
        for x in page(report | {"by_day": [day]}).splitlines()
        if x.startswith(f"| {day['as_of']}")
    ]
    assert "不足5" in line
    assert line.count("|  |") or line.endswith("|  |  |  |  |  |")
    assert " / 4 " not in line


@pytest.mark.parametrize(("weeks", "called"), [(1, "上周名单"), (2, "2周前的名单")])
def test_the_list_before_is_called_by_its_age(weeks: int, called: str) -> None:
    """Where rows are taken every second week the list before is two weeks old, and the report says so."""
    report = json.loads(trained().challenger.files[REPORT])
    assert f"| {called} |" in page(report | {"list_before_weeks": weeks})
