"""Tables that card, report and annex share: groups, what was said beside what came, and what is called what.

Pupils are counted as pupils. Shares are of pupil-weeks: a pupil is asked about every week, and the list of
each week finds them or does not. Below ``FEWEST`` nothing is counted out, since a small number may point at
somebody; where the gate found too few to tell, no ratio is shown either.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from features.batch import TENTH_DAY
from features.tables.codes import STATUS_KIND
from training.groups import ALL, PAIRS, Group

Said = Mapping[str, Any]
#: Fewer pupils than this are not counted out.
FEWEST = 5
STANDING = {
    "within": ("在允许范围内", "within the range"),
    "outside": ("超出允许范围", "outside the range"),
    "by_frequency": ("与结果本来更常见或更少见相符", "as often as the outcome comes there"),
    "unclear": ("需继续观察", "keep watching"),
    "insufficient": ("不足以判断", "too few to tell"),
}
_UNKNOWN = ("没有登记，未作判断", "not recorded, not judged")
_NOTE = (
    "学生数每人只计一次；查全率、命中率和误报按人次（每名学生每周一次）。本类／其余。",
    "Pupils are counted once each; recall, precision and false alarms are of pupil-weeks (a pupil is asked"
    " about every week). Group / rest.",
)
_HEAD = (
    ("类别 group", "出现结果的学生 pupils with the outcome", "查全率 recall", "查全率之比 recall ratio"),
    ("误报差 false-alarm gap", "判断 standing"),
)  # fmt: skip
#: What a report shows beside, by the name it has in ``evaluate.fairness.by_group``.
MORE = {
    "recall_ratio_alone": "分别列名单之比 ratio, own lists",
    "precision_ratio": "命中率之比 precision ratio",
    "calibration_gap": "校准之差 calibration gap",
}


_FORMS = {"calibration_gap": "+.4f"}


def counted(many: float, lang: str = "zh") -> str:
    """A count of children as it may be written: below ``FEWEST`` only that it is."""
    if many >= FEWEST:
        return f"{many:,.0f}"
    return f"below {FEWEST}" if lang == "en" else f"不足{FEWEST}"


def outcome(name: str) -> tuple[str, str]:
    """What an outcome is called; its code where it has no name."""
    if name == TENTH_DAY:
        return "连续10个上课日未到校、情况不明", "ten school days absent, nobody knows why"
    return STATUS_KIND.get(name, (name,))[0], name.replace("_", " ")


def horizon(weeks: int | None) -> tuple[str, str]:
    """The span in which the outcome is counted; None is to the end of the year."""
    if weeks is None:
        return "到本学年（课程）结束前", "by the end of the school year or course"
    return f"之后{weeks}周内", f"within the next {weeks} weeks"


def reliability(bins: Sequence[Said]) -> list[str]:
    """Markdown: of equal parts of the pupil-weeks, how many of a hundred were said and how many came."""
    if not bins:
        return []
    rows = [
        f"| {n} | {100 * one['probability']:.2f} | {100 * one['rate']:.2f} |"
        for n, one in enumerate(bins, start=1)
    ]
    return [
        "按估计从低到高分成人次相等的各份：每100人次，说的是几人次，实际几人次。"
        "Equal parts of the pupil-weeks, by estimate from low to high: of every hundred, how many were said,"
        " how many came.",
        "",
        "| 份 part | 说的 said | 实际 came |",
        "| --- | --- | --- |",
        *rows,
        "",
    ]


def standings(checks: Said) -> Mapping[str, str]:
    """Where each group stands, as the gate said; empty where it said nothing."""
    told: Said = next((one for one in checks.get("gates", ()) if one["name"] == "fair"), {})
    found: Mapping[str, str] = told.get("figures", {}).get("standing", {})
    return found


def groups(
    by_group: Sequence[Said],
    stands: Mapping[str, str],
    *,
    more: bool = False,
    brief: bool = False,
) -> list[str]:
    """Markdown: a line for every group and pair that the gate knows. ``more``: with the columns of ``MORE``;
    ``brief``: pairs of which nothing can be told are counted in a sentence."""
    found = {one["group"]: one for one in by_group}
    columns = tuple(MORE) if more else ()
    head = (*_HEAD[0], *(MORE[name] for name in columns), *_HEAD[1])
    untold = (None, "insufficient")
    left_out = [p.name for p in PAIRS if brief and stands.get(p.name) in untold]
    shown = {name: group for name, group in ALL.items() if name not in left_out}
    lines = [
        _line(group, found.get(name), stands.get(name), columns) for name, group in shown.items()
    ]
    rest = (
        f"另有{len(left_out)}个交叉组人数不足或没有登记，不作判断。"
        f"{len(left_out)} further pairs hold too few or are not recorded: not judged."
    )
    return [
        f"{_NOTE[0]}{_NOTE[1]}",
        "",
        "| " + " | ".join(head) + " |",
        "| --- " * len(head) + "|",
        *lines,
        "",
        *([rest, ""] if left_out else []),
    ]


def _line(group: Group, one: Said | None, at: str | None, columns: Sequence[str]) -> str:
    empty = [""] * len(columns)
    if one is None or at is None:
        cells = ["", "", "", *empty, "", "<br>".join(_UNKNOWN)]
    elif min(one["outcomes"], one["outcomes_rest"]) < FEWEST:
        few = f"不足{FEWEST}名 below {FEWEST}"
        cells = [few, "", "", *empty, "", "<br>".join(STANDING[at])]
    elif at == "insufficient":
        cells = [_pupils(one), "", "", *empty, "", "<br>".join(STANDING[at])]
    else:
        cells = [
            _pupils(one),
            f"{_share(one['recall'])}／{_share(one['recall_rest'])}",
            _spread(one["recall_ratio"]),
            *(_spread(one[name], _FORMS.get(name, ".2f")) for name in columns),
            _spread(one["false_alarm_gap"], "+.2f"),
            "<br>".join(STANDING[at]),
        ]
    return "| " + " | ".join([f"{group.zh}<br>{group.en}", *cells]) + " |"


def _pupils(one: Said) -> str:
    return f"{one['outcomes']}／{one['outcomes_rest']}"


def _share(value: float | None) -> str:
    return "—" if value is None else f"{value:.0%}"


def _spread(said: Said, form: str = ".2f") -> str:
    if said["point"] is None:
        return "—"
    low, high = said["low"], said["high"]
    point = format(said["point"], form)
    return point if low is None else f"{point}（{low:{form}}至{high:{form}}）"
