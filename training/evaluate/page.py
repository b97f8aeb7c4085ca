"""A report as a page for people: Chinese first, the English beside it; Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from training import metrics, report_tables
from training.answers import answers, table
from training.evaluate.paired import FEWEST_SCHOOLS, MEASURES
from training.groups import ALL
from training.report_tables import counted

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


_FEW_SCHOOLS = (
    "学校不足20所，不重抽学校：区间说的是这些学校，不能推及别的学校。With fewer than 20 schools these are not"
    " drawn again: the intervals speak of these very schools and of no others."
)


def _schools(report: Said) -> int:
    """How many schools the intervals speak for; 0 where pupils were drawn again."""
    compared = report["compared"]
    if compared["clustered_on"] != "school":
        return 0
    return int(report.get("whole", {}).get("schools", compared["clusters"]))


def name_of(system: str, lang: str = "zh", *, back: int = 1) -> str:
    """What a system is called. ``back``: how many weeks old the list before was, where rows are not weekly."""
    both = _SYSTEMS.get(system, (system, system))
    if system == "last_week" and back > 1:
        both = (f"{back}周前的名单", f"the list of {back} weeks before")
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
    span = report_tables.horizon(report.get("horizon_weeks"))
    version = report.get("version")
    number = ("", "") if version is None else (f" 第 {version} 版", f" version {version}")
    lines = [
        f"# 模型检验报告 Evaluation：{report.get('name', '')}{number[0]}{number[1]}",
        "",
        *_of_a_rule(report),
        f"共{report['rows']:,}人次（每名学生每个截止日一次）、{report['pupils']:,}名学生，其中"
        f"{report['outcomes']:,}名在{span[0]}出现约定结果。{report['rows']:,} pupil-weeks (a pupil on an as-of"
        f" day), {report['pupils']:,} pupils, {report['outcomes']:,} of them with the outcome {span[1]}.",
        "",
        *_when(report),
    ]
    for flag, words in (("synthetic", _SYNTHETIC), ("retrospective", _RETROSPECTIVE)):
        if report.get(flag):
            lines += [words[0], "", words[1], ""]
    return lines


def _of_a_rule(report: Said) -> list[str]:
    """Figures kept with a rule are those of the model in whose place it serves: say so before any number."""
    if report.get("kind") != "rule":
        return []
    return [
        "**这一版本是出勤规则。** 以下是与它一起训练、没有投入使用的模型的数字；"
        "规则自己的数字在“出勤规则”一行。",
        "",
        "**This version is the attendance rule.** The figures are those of the model trained with it, which"
        " does not serve; the rule's own stand in its line.",
        "",
    ]


def _when(report: Said) -> list[str]:
    days = [one["as_of"] for one in report.get("by_day", ())]
    zh, en = [], []
    if report.get("trained_until"):
        zh.append(f"训练只用{report['trained_until']}及以前已知的记录")
        en.append(f"Trained on what was known by {report['trained_until']}")
    if days:
        zh.append(f"检验{days[0]}至{days[-1]}的{len(days)}个截止日")
        en.append(f"judged on {len(days)} days from {days[0]} to {days[-1]}")
    return [f"{'；'.join(zh)}。{'; '.join(en)}.", ""] if zh else []


def _called(system: str, report: Said) -> str:
    return name_of(system, back=int(report.get("list_before_weeks", 1)))


def _systems(report: Said) -> list[str]:
    names = [m for m in MEASURES if m in report["model"]]
    also = [m for m in ("precision_at_capacity", "brier", "calibration_error", "lead_time", "alert_load",
                        "overlap") if m in report["model"]]  # fmt: skip
    columns = [*names, *also]
    rows = (
        [_called(s, report), *(_number(said.get(m)) for m in columns)]
        for s, said in report["systems"].items()
    )
    return ["## 同样的行，同样的长度 Same rows, equal length", "",
            "本表分数相同的人一律按最不利排列。Equal scores count at their worst in this table.", "",
            *_sampled(report.get("whole")), *_table(["", *(_words(m) for m in columns)], rows)]  # fmt: skip


def _sampled(whole: Said | None) -> list[str]:
    """On what lists were judged where the rows were too many to keep; of a report on all rows nothing."""
    if whole is None:
        return []
    return [
        f"行数很多，只取了一部分并加权。按学校名单计的数字（名单查全率、命中率、各类学生等）只算全体学生都在样本中的"
        f"{whole['schools']:,}所学校、{whole['rows']:,}行。Too many rows to keep: a weighted sample. What"
        f" counts schools' lists (recall, precision, groups) is of the {whole['schools']:,} schools of which"
        f" every pupil is there ({whole['rows']:,} rows).",
        "",
        "人数少的类别因此可能不足以判断；不取样的检验：baoxue evaluate 数据文件夹 --version 版本号。Small"
        " groups may be too few to tell for that; to sample nothing: `baoxue evaluate DIR --version V`.",
        "",
    ]


def _against(report: Said) -> list[str]:
    compared = report["compared"]
    unit = ("学校", "schools") if compared["clustered_on"] == "school" else ("学生", "pupils")
    lines = [
        "## 模型减对照 The model less each other",
        "",
        f"按{unit[0]}成对重抽样{compared['replicates']}次的95%区间；对照的并列者按抽签排列，模型的并列者"
        f"按最不利排列。95 % intervals by paired bootstrap over {compared['clusters']:,} {unit[1]}; equals"
        " of an opponent stand by lot, the model's at their worst."
        + ("" if _schools(report) >= FEWEST_SCHOOLS else _FEW_SCHOOLS),
        "",
    ]
    measures = [m for m in MEASURES if m in compared["own"]]
    rows = [[_called(other, report), *(_difference(said[m]) for m in measures)]
            for other, said in compared["against"].items()]  # fmt: skip
    return lines + _table(["", *(_words(m) for m in measures)], rows)


def _difference(said: Said) -> str:
    if said["low"] is None:
        return _number(said["point"], "+.4f")
    return f"{said['point']:+.4f} [{said['low']:+.4f}, {said['high']:+.4f}]"


def _enough(one: Said) -> bool:
    return bool(one["outcomes"] >= report_tables.FEWEST)


def _many(one: Said) -> str:
    """Pupil-weeks, and how many with the outcome: a small number is not counted out."""
    few = f"{counted(0)} {counted(0, 'en')}"
    return f"{one['rows']:,} / {one['outcomes'] if _enough(one) else few}"


def _days(report: Said) -> list[str]:
    if not report.get("by_day"):
        return []
    shown = ("auc", "average_precision", "recall_at_capacity", "calibration_error", "brier_skill")
    rows = (
        [
            day["as_of"],
            _many(day),
            *(_number(day.get(m)) if _enough(day) else "" for m in shown),
        ]
        for day in report["by_day"]
    )
    head = ["截至 as of", "人次 / 出现结果 pupil-weeks / with outcome", *(_words(m) for m in shown)]
    return ["## 逐周 Week by week", "", *_table(head, rows)]


def _groups(report: Said, key: str, title: str) -> list[str]:
    if not report.get(key):
        return []
    rows = (
        [str(one["value"]), _many(one)]
        + ([_number(one[m]) for m in ("recall", "precision", "recall_in_all", "calibration_error")]
           if one["enough"] else ["人数过少 too few", "", "", ""])
        for one in report[key]
    )  # fmt: skip
    head = ["", "人次 / 出现结果 pupil-weeks / with outcome", "查全率 recall", "命中率 precision",
            "统一名单查全率 recall, one list", "校准误差 calibration error"]  # fmt: skip
    return [f"## {title}", "", *_table(head, rows)]


def _fairness(report: Said) -> list[str]:
    """The group and the rest side by side, as the gate judged them."""
    if not report.get("by_group"):
        return []
    stands = report_tables.standings(report) or report.get("standings", {})
    return [
        "## 各类学生 By group",
        "",
        *report_tables.groups(report["by_group"], stands, more=True),
    ]


def _reliability(report: Said) -> list[str]:
    told = report_tables.reliability(report.get("reliability", ()))
    return ["## 说的与实际 Said and came", "", *told] if told else []


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
    shown = ("average_precision", "recall_at_capacity")
    rows = (
        [
            one["area"],
            _many(one),
            *(cell for m in shown for cell in _lost(one, m)),
            _number(one.get("auc")),
            _number(one.get("calibration_error")),
        ]
        if _enough(one)
        else [one["area"], _many(one), "", "", "", "", "", ""]
        for one in report["elsewhere"]
    )
    columns = [
        cell
        for m in shown
        for cell in (f"{_words(m)}：见过／没见过 seen / never seen", "下降 drop")
    ]
    never = (_words(m) for m in ("auc", "calibration_error"))
    head = ["地区 area", "人次 / 出现结果 pupil-weeks / with outcome", *columns, *never]
    return [
        "## 每个地区由其他地区的模型检验 Each area judged by the others",
        "",
        "同样的行、逐段向前检验：一个模型见过这个地区以往的记录，另一个从未见过；下降为前者减后者（95%区间），"
        "最后两列属于没见过的模型。The same rows walking forward, judged by a model that knew the area's past"
        " and by one that never saw it; the drop is the first less the second (95 %), the last two columns are"
        " of the second.",
        "",
        *_table(head, rows),
    ]


def _lost(one: Said, measure: str) -> list[str]:
    both = f"{_number(one['seen'].get(measure))}／{_number(one.get(measure))}"
    return [both, _difference(one["drop"][measure]) if measure in one["drop"] else ""]


_METHODS = {
    "naive": ("走访与未走访直接相比（会误导）", "visited against not (misleading)"),
    "bands": ("同周同档相比", "same week, same band"),
    "delayed": ("先去与后去相比", "reached at once against later"),
}


def _range(said: Said, point: str, form: str = ".2f") -> str:
    if said[point] is None:
        return "不足以判断 insufficient"
    return f"{said[point]:{form}} [{_number(said['low'], form)}, {_number(said['high'], form)}]"


_DROPPED = (
    "样本不是每周一取：走访可能改变了结果的行只略去，没有由相近的学生代表。Rows are not weekly: those a visit"
    " may have changed are only left out, and nobody stands for them."
)


def _at_most(said: Said, most: float) -> Said:
    """The number and its ends, none above ``most``: who left is not among those who stayed."""
    return {k: None if v is None else min(v, most) for k, v in said.items()}


def _few(many: float | None) -> str:
    """A count of children; from 1 to 4 it is not counted out."""
    few = many is None or 0 < round(many) < report_tables.FEWEST
    return f"{counted(1)} {counted(1, 'en')}" if few else f"{many:,.0f}"


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
                 f"{e['visited']:,.0f} / {_few(e['visited_events'])}"] for e in one["effects"]]  # fmt: skip
        head = [
            one["area"],
            "风险比 risk ratio [95 %]",
            "走访人次 / 出现结果 visited / with outcome",
        ]
        apart = one["apart"]
        lines += _table(head, rows)
        lines += _lists_by(one.get("lists_by"))
        if one["handling"] == "drop":
            lines += [_DROPPED, ""]
        saved = _range(apart["saved"], "value", ".0f")
        others = _range(_at_most(apart["false_alarms"], apart["stayed"]), "value", ".0f")
        lines += [
            f"共记录走访{one['visits']:,}次；以下只数落在检验各周里的。{one['visits']:,} visits on record;"
            " below, those within the weeks that are judged.",
            "",
            f"走访后留下的{apart['stayed']:,}人次中，估计挽回{saved}（负数表示走访后离开的反而更多），本来也不会离开"
            f"{others}。Of {apart['stayed']:,} visited who stayed, saved {saved} (below zero: more left than"
            f" would have), would have stayed anyway {others}.",
            "",
        ]
    return lines


_GATES_KEPT = (
    "其余各道在训练时检验，见随版本保存的报告（baoxue evaluate --version 版本号，不给数据文件夹）。"
    "The other gates were answered in training: see the report kept with the version"
    " (`baoxue evaluate --version V`, without a folder).",
    "",
)


def _lists_by(days: Said | None) -> list[str]:
    """By whose lists pupils were taken to be alike; reports made before said nothing of it."""
    if days is None:
        return []
    torn = days["unreadable"]
    return [
        f"相像的学生按学校当时能看到的分数来比：{days['versions']}个截止日按当时已训练、用过的版本，{days['rule']}个按出勤规则"
        + (f"（其中{torn}个本应按版本，但指标定义已变，结果偏差可能较大）" if torn else "")
        + f"。Pupils are compared by what schools could see on that day: {days['versions']} days by the version"
        f" trained by then that was in use, {days['rule']} by the attendance rule"
        + (
            f" ({torn} of them a version's whose definitions have changed: take with care)"
            if torn
            else ""
        )
        + ".",
        "",
    ]


def page(report: Said) -> str:
    """The whole report as Markdown."""
    lines = [
        *_head(report),
        *_systems(report),
        *_against(report),
        "## 检验 Gates",
        "",
        *table(answers(report)),
        *(_GATES_KEPT if report.get("way") == "version" else ()),
        *_reliability(report),
        *_days(report),
        *_groups(report, "by_grade", "各年级 By grade"),
        *(
            _groups(report, "by_area", "各地区 By area")
            if len(report.get("by_area", ())) > 1
            else ()
        ),
        *_visits(report),
        *_fairness(report),
        *_ablation(report),
        *_elsewhere(report),
    ]
    return "\n".join(lines).rstrip() + "\n"
