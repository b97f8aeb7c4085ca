"""A report as a page for people: Chinese first, the English beside it; Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from training import metrics
from training.answers import answers, table
from training.evaluate.paired import MEASURES
from training.groups import ALL

Said = Mapping[str, Any]
_SYSTEMS = {
    "model": ("模型", "model"),
    "attendance": ("出勤规则", "attendance rule"),
    "abc": ("ABC规则", "ABC rule"),
    "school": ("学校平均", "school average"),
    "logistic": ("逻辑回归", "logistic regression"),
    "last_week": ("上周名单", "last week's list"),
}
_SYNTHETIC = (
    "**演示数据，不反映真实学生。** 以下数字只说明程序能够运行。",
    "**Synthetic data.** The figures show that the machinery works; they say nothing of children.",
)
_RETROSPECTIVE = (
    "模型训练所用的记录晚于这里的部分截止日；只有在这些学生未参加训练时，以下数字才算证据。",
    "The version was trained on records later than some of these days: the figures are evidence only"
    " where these pupils were not among those it learned from.",
)


def name_of(system: str, lang: str = "zh") -> str:
    """What a system is called."""
    both = _SYSTEMS.get(system, (system, system))
    return both[1] if lang == "en" else both[0]


def _number(value: float | None, form: str = ".4f") -> str:
    return "" if value is None else format(value, form)


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    line = ["| " + " | ".join(head) + " |", "| " + " | ".join("---" for _ in head) + " |"]
    return [*line, *("| " + " | ".join(row) + " |" for row in rows), ""]


def _words(measure: str) -> str:
    metric = metrics.load()[measure]
    return f"{metric.zh} {metric.en}"


def _head(report: Said) -> list[str]:
    weeks = report.get("horizon_weeks")
    span = ("到学年（课程）结束", "to the end of the year") if weeks is None else (
        f"之后{weeks}周", f"the next {weeks} weeks"
    )  # fmt: skip
    lines = [
        f"# 模型检验报告 Evaluation：{report.get('name', '')}",
        "",
        f"共{report['rows']:,}行、{report['pupils']:,}名学生，其中{report['outcomes']:,}名在{span[0]}内"
        f"出现约定结果。{report['rows']:,} rows, {report['pupils']:,} pupils, {report['outcomes']:,} of"
        f" them with the outcome within {span[1]}.",
        "",
    ]
    for flag, words in (("synthetic", _SYNTHETIC), ("retrospective", _RETROSPECTIVE)):
        if report.get(flag):
            lines += [words[0], "", words[1], ""]
    return lines


def _systems(report: Said) -> list[str]:
    names = [m for m in MEASURES if m in report["model"]]
    also = [m for m in ("precision_at_capacity", "brier", "calibration_error", "lead_time", "alert_load",
                        "overlap") if m in report["model"]]  # fmt: skip
    columns = [*names, *also]
    rows = (
        [name_of(s), *(_number(said.get(m)) for m in columns)]
        for s, said in report["systems"].items()
    )
    return ["## 同样的行，同样的长度 Same rows, equal length", "",
            *_table(["", *(_words(m) for m in columns)], rows)]  # fmt: skip


def _against(report: Said) -> list[str]:
    compared = report["compared"]
    unit = ("学校", "schools") if compared["clustered_on"] == "school" else ("学生", "pupils")
    lines = [
        "## 模型减对照 The model less each other",
        "",
        f"按{unit[0]}成对重抽样{compared['replicates']}次的95%区间；对照的并列者按抽签排列，模型的并列者"
        f"按最不利排列。95 % intervals by paired bootstrap over {compared['clusters']:,} {unit[1]}; equals"
        " of an opponent stand by lot, the model's at their worst.",
        "",
    ]
    measures = [m for m in MEASURES if m in compared["own"]]
    rows = [[name_of(other), *(_difference(said[m]) for m in measures)]
            for other, said in compared["against"].items()]  # fmt: skip
    return lines + _table(["", *(_words(m) for m in measures)], rows)


def _difference(said: Said) -> str:
    if said["low"] is None:
        return _number(said["point"], "+.4f")
    return f"{said['point']:+.4f} [{said['low']:+.4f}, {said['high']:+.4f}]"


def _days(report: Said) -> list[str]:
    if not report.get("by_day"):
        return []
    shown = ("auc", "average_precision", "recall_at_capacity", "calibration_error", "brier_skill")
    rows = (
        [
            day["as_of"],
            f"{day['rows']:,} / {day['outcomes']}",
            *(_number(day.get(m)) for m in shown),
        ]
        for day in report["by_day"]
    )
    head = ["截至 as of", "行 / 结果 rows / outcomes", *(_words(m) for m in shown)]
    return ["## 逐周 Week by week", "", *_table(head, rows)]


def _groups(report: Said, key: str, title: str) -> list[str]:
    if not report.get(key):
        return []
    rows = (
        [str(one["value"]), f"{one['rows']:,} / {one['outcomes']}"]
        + ([_number(one[m]) for m in ("recall", "precision", "recall_in_all", "calibration_error")]
           if one["enough"] else ["人数过少 too few", "", "", ""])
        for one in report[key]
    )  # fmt: skip
    head = ["", "行 / 结果 rows / outcomes", "查全率 recall", "命中率 precision",
            "统一名单查全率 recall, one list", "校准误差 calibration error"]  # fmt: skip
    return [f"## {title}", "", *_table(head, rows)]


def _fairness(report: Said) -> list[str]:
    """The group and the rest side by side; pairs only where somebody left."""
    told = [one for one in report.get("by_group", ()) if one["outcomes"]]
    if not told:
        return []
    rows = (
        [
            f"{ALL[one['group']].zh} {ALL[one['group']].en}",
            f"{one['outcomes']} / {one['outcomes_rest']}",
            f"{_number(one['recall'], '.3f')} / {_number(one['recall_rest'], '.3f')}",
            *(_spread(one[m]) for m in _COMPARED),
        ]
        for one in told
    )  # fmt: skip
    head = ["群体 group", "出现结果：群体/其他 outcomes: group/rest", "查全率 recall",
            "查全率之比 recall ratio", "分别列名单之比 ratio, own lists",
            "命中率之比 precision ratio", "误报占比之差 false alarms, gap",
            "校准之差 calibration, gap"]  # fmt: skip
    return ["## 各类学生 By group", "", *_table(head, rows)]


_COMPARED = (
    "recall_ratio",
    "recall_ratio_alone",
    "precision_ratio",
    "false_alarm_gap",
    "calibration_gap",
)


def _spread(said: Said) -> str:
    if said["point"] is None or said["low"] is None:
        return _number(said["point"], ".3f")
    return f"{said['point']:.3f} [{said['low']:.3f}, {said['high']:.3f}]"


_FAMILIES = {
    "disability": ("残疾登记", "disability"),
    "poverty": ("家庭经济登记", "poverty"),
    "left_behind": ("照护登记", "care"),
    "all": ("以上各类", "all of these"),
}


def _ablation(report: Said) -> list[str]:
    """Without less whole: what is lost stands below zero."""
    if not report.get("ablation"):
        return []
    rows = []
    for one in report["ablation"]:
        zh, en = _FAMILIES[one["without"]]
        rows.append([f"{zh} {en}", "全体 all", *_pair(one)])
        rows += [
            ["", f"{ALL[g['group']].zh} {ALL[g['group']].en}", *_pair(g)] for g in one["groups"]
        ]
    head = [
        "去掉的指标 without",
        "在谁当中 among",
        _words("average_precision"),
        _words("recall_at_capacity"),
    ]
    return [
        "## 去掉这些指标的得失 Without what is told of disability, poverty and care",
        "",
        "去掉后减去掉前，低于零为有失。Without less whole: below zero something is lost.",
        "",
        *_table(head, rows),
    ]


def _pair(one: Said) -> list[str]:
    if "average_precision" not in one:
        return ["人数过少 too few", ""]
    return [_difference(one["average_precision"]), _difference(one["recall_at_capacity"])]


def _elsewhere(report: Said) -> list[str]:
    if not report.get("elsewhere"):
        return []
    shown = ("auc", "average_precision", "recall_at_capacity", "calibration_error")
    rows = (
        [one["area"], f"{one['rows']:,} / {one['outcomes']}", *(_number(one.get(m)) for m in shown)]
        for one in report["elsewhere"]
    )
    head = ["地区 area", "行 / 结果 rows / outcomes", *(_words(m) for m in shown)]
    return [
        "## 每个地区由其他地区的模型检验 Each area judged by the others",
        "",
        *_table(head, rows),
    ]


_METHODS = {
    "naive": ("走访与未走访直接相比（会误导）", "visited against not (misleading)"),
    "bands": ("同周同档相比", "same week, same band"),
    "delayed": ("先去与后去相比", "reached at once against later"),
}


def _range(said: Said, point: str, form: str = ".2f") -> str:
    if said[point] is None:
        return "不足以判断 insufficient"
    return f"{said[point]:{form}} [{_number(said['low'], form)}, {_number(said['high'], form)}]"


def _visits(report: Said) -> list[str]:
    """What recorded visits did: estimates under assumptions, never of one pupil."""
    if not report.get("visits"):
        return []
    lines = [
        "## 走访与结果 Visits and what came",
        "",
        "走访会改变结果：可能因此改变的行不参加训练和检验。比值小于1表示走访后出现结果的更少；"
        "前提见手册。Visits change outcomes: rows they may have changed are left out. A ratio below 1"
        " means fewer left after a visit; assumptions in the handbook.",
        "",
    ]
    for one in report["visits"]:
        rows = [[f"{_METHODS[e['method']][0]} {_METHODS[e['method']][1]}", _range(e, "ratio"),
                 f"{e['visited']:.0f} / {e['visited_events']:.0f}"] for e in one["effects"]]  # fmt: skip
        head = [one["area"], "风险比 risk ratio [95 %]", "走访 / 结果 visited weeks / outcomes"]
        apart = one["apart"]
        lines += _table(head, rows)
        lines += [
            f"走访后留下的{apart['stayed']:,}人次中，估计挽回{_range(apart['saved'], 'value', '.0f')}，"
            f"本来也不会离开{_range(apart['false_alarms'], 'value', '.0f')}。Of {apart['stayed']:,} visited"
            f" who stayed, saved {_range(apart['saved'], 'value', '.0f')}, would have stayed anyway"
            f" {_range(apart['false_alarms'], 'value', '.0f')}.",
            "",
        ]
    return lines


def page(report: Said) -> str:
    """The whole report as Markdown."""
    lines = [
        *_head(report),
        *_systems(report),
        *_against(report),
        "## 检验 Gates",
        "",
        *table(answers(report)),
        *_days(report),
        *_groups(report, "by_grade", "各年级 By grade"),
        *_groups(report, "by_area", "各地区 By area"),
        *_visits(report),
        *_fairness(report),
        *_ablation(report),
        *_elsewhere(report),
    ]
    return "\n".join(lines).rstrip() + "\n"
