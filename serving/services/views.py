"""What people are shown, as data: a school's week, a pupil's page, estimate, explanation, history.

Commands, API and pages render these and decide nothing. Identity is given twice: ``pupil_id`` is
opaque and may stand in a URL; ``student_id`` and ``name`` are the full ones and must pass
``masked()`` before anybody without the right to see them does.
Both languages are always there: fields end in ``_zh`` and ``_en``.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Literal

from serving.ports import Note, SchoolCount

Band = Literal["act_now", "priority", "watch", "none", "no_data"]
Change = Literal["new", "raised", "lowered", "held", "left", ""]
ChangeFrom = Literal["data", "model", "both", ""]

BANDS_ZH: dict[str, str] = {
    "act_now": "立即核查",
    "priority": "建议优先核实",
    "watch": "建议近期了解",
    "none": "本周未列入",
    "no_data": "数据不足，未作估计",
}
BANDS_EN: dict[str, str] = {
    "act_now": "check now",
    "priority": "suggested first",
    "watch": "look in soon",
    "none": "not listed this week",
    "no_data": "not enough data, no estimate",
}
CHANGES_ZH: dict[str, str] = {
    "new": "新列入",
    "raised": "关注上调",
    "lowered": "关注下调",
    "held": "未变",
    "left": "移出名单",
    "": "",
}
CHANGES_EN: dict[str, str] = {
    "new": "new",
    "raised": "raised",
    "lowered": "lowered",
    "held": "unchanged",
    "left": "left the list",
    "": "",
}
#: What stands beside the list, and why it does.
BESIDE_ZH = "名单外待办"
BESIDE_EN = "Tasks beside the list"
WHY_BESIDE_ZH = (
    "这些提醒尚未达到列入名单的条件，或登记已久、转为台账跟进，不占名单位置；"
    "仍须由负责人按期限办理。"
)
WHY_BESIDE_EN = (
    "These alerts do not list a pupil yet, or were registered long ago and are followed up on the ledger. "
    "They take no place on the list; whoever is responsible still sees to them by their dates."
)
FROM_ZH: dict[str, str] = {"data": "数据变化", "model": "模型更新", "both": "两者均有", "": ""}
FROM_EN: dict[str, str] = {"data": "data", "model": "model", "both": "both", "": ""}
DISCLAIMERS_ZH: dict[str, str] = {
    "lead": "本页是核实线索，不是结论，不作为评价、处分、升学或考核依据；"
    "学籍状态只由有权限人员核实后更改。",
    "background": "背景信息只用于安排帮扶，不表示学生或家庭有过错。",
    "synthetic": "演示数据，不反映真实学生。",
    "rule": "模型未通过检验，本名单按出勤规则生成。",
    "share": "请勿转发至微信群、QQ群。",
}
DISCLAIMERS_EN: dict[str, str] = {
    "lead": "A lead to check, not a conclusion; not for assessment, discipline, admission or "
    "appraisal. Only authorised staff change a registration status, after checking.",
    "background": "Background serves to arrange help; it says nothing against pupil or family.",
    "synthetic": "Demonstration data, no real pupils.",
    "rule": "No model has passed its gates; this list follows the attendance rule.",
    "share": "Do not forward to chat groups.",
}


@dataclass(frozen=True)
class AlertView:
    """One duty alert (必查提醒). ``listed`` false: a task beside the list, which lists nobody.

    ``grade``, ``class_name``: those of the class, for ``class_label``.
    """

    code: str
    label_zh: str
    label_en: str
    zh: str
    en: str
    basis: str  # 法律, 国家文件, 地方规定, 系统默认
    reference: str
    since: date | None
    due_on: date | None
    responsible: str  # class_teacher, clerk, principal, county ...
    responsible_zh: str
    listed: bool
    school_id: str
    class_id: str = ""
    pupil_id: str = ""  # empty for an alert about a class
    student_id: str = ""
    name: str = ""
    grade: int | None = None
    class_name: str = ""

    def masked(self) -> AlertView:
        """The same with name and number masked."""
        return replace(self, student_id=mask_id(self.student_id), name=mask_name(self.name))


@dataclass(frozen=True)
class ReasonView:
    """One of at most three reasons (主要依据), gathered by family; never background."""

    code: str
    zh: str
    en: str
    contribution: float
    changeable: bool
    family: str


@dataclass(frozen=True)
class PupilWeek:
    """One pupil in one week, listed or not: what a row of the list and the head of a page hold.

    ``probability`` is None where no estimate was made; ``per_hundred`` and the interval are whole
    numbers of pupils out of 100; ``coverage`` is the share of expected sessions
    known in the last 4 weeks.
    """

    pupil_id: str
    student_id: str
    name: str
    school_id: str
    class_id: str
    grade: int | None
    band: Band
    listed: bool
    probability: float | None
    per_hundred: int | None
    interval_low: int | None
    interval_high: int | None
    change: Change
    change_from: ChangeFrom
    reasons: tuple[ReasonView, ...] = ()
    alerts: tuple[AlertView, ...] = ()
    background_contribution: float | None = None
    coverage: float | None = None
    last_attended_on: date | None = None
    days_absent: int | None = None
    due_on: date | None = None
    responsible: str = ""
    first_listed_on: date | None = None
    in_cohort: bool = True
    out_reason: str = ""
    class_name: str = ""
    probability_low: float | None = None
    probability_high: float | None = None

    def masked(self) -> PupilWeek:
        """The same with name and number masked, alerts included."""
        return replace(
            self,
            student_id=mask_id(self.student_id),
            name=mask_name(self.name),
            alerts=tuple(alert.masked() for alert in self.alerts),
        )


@dataclass(frozen=True)
class ListHead:
    """Which list this is; shown with every page and export made from it."""

    list_id: str
    area: str
    week: str
    as_of: date
    model: str  # dropout-risk/3
    model_kind: str  # lightgbm | rule
    retrospective: bool
    synthetic: bool
    published_at: datetime
    horizon_weeks: int | None
    base_per_hundred: float | None
    calendar_estimated: bool
    outcome: tuple[str, ...] = ()
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True)
class SchoolWeek:
    """A school's week: rows in the order of the list (alert, band, due date; no rank is shown)."""

    head: ListHead
    school: SchoolCount
    rows: tuple[PupilWeek, ...]
    left: tuple[PupilWeek, ...]
    class_alerts: tuple[AlertView, ...]
    tasks: tuple[AlertView, ...]
    next_week: str = ""
    previous_week: str = ""

    @property
    def unlisted(self) -> tuple[AlertView, ...]:
        """Tasks beside the list (名单外待办): those of listed pupils stand in their rows."""
        listed = {row.pupil_id for row in self.rows}
        return tuple(task for task in self.tasks if task.pupil_id not in listed)

    def masked(self) -> SchoolWeek:
        """The same with every name and number masked."""
        return replace(
            self,
            rows=tuple(pupil.masked() for pupil in self.rows),
            left=tuple(pupil.masked() for pupil in self.left),
            class_alerts=tuple(alert.masked() for alert in self.class_alerts),
            tasks=tuple(alert.masked() for alert in self.tasks),
        )


@dataclass(frozen=True)
class Factor:
    """One indicator's part in an estimate, in log-odds; with the bias they add up."""

    code: str
    label_zh: str
    label_en: str
    family: str
    family_zh: str
    family_en: str
    contribution: float
    background: bool
    changeable: bool
    value: float | None
    zh: str
    en: str


@dataclass(frozen=True)
class Step:
    """One bar of the waterfall: a family, or the rest, or the background in one."""

    label_zh: str
    label_en: str
    contribution: float
    start: float  # margin before, log-odds
    end: float  # margin after
    start_probability: float | None  # None where a rule gives no probability
    end_probability: float | None
    background: bool = False


@dataclass(frozen=True)
class Gap:
    """What is missing in the data about this pupil (缺少的数据)."""

    code: str
    zh: str
    en: str


@dataclass(frozen=True)
class AttendanceDay:
    """One day of the calendar picture. ``mark``: a status code of the contract, '' unknown
    (考勤未报), 'present' also where the class's roll was taken, 'holiday' where no school was."""

    on: date
    mark: str


@dataclass(frozen=True)
class Since:
    """What moved in the estimate since the list of ``week``, in one sentence."""

    week: str
    as_of: date
    zh: str
    en: str


@dataclass(frozen=True)
class Explanation:
    """One pupil's estimate, taken apart: factors add up with ``bias`` to ``margin`` (float64)."""

    head: ListHead
    pupil: PupilWeek
    school_name: str
    verdict_zh: str
    verdict_en: str
    factors: tuple[Factor, ...]
    steps: tuple[Step, ...]
    bias: float | None
    margin: float | None
    gaps: tuple[Gap, ...]
    days: tuple[AttendanceDay, ...] = ()
    protective: tuple[Factor, ...] = ()
    since: Since | None = None

    @property
    def background(self) -> float | None:
        """Sum of the background families' contributions, log-odds."""
        return self.pupil.background_contribution


@dataclass(frozen=True)
class HistoryPoint:
    """One past week of a pupil."""

    week: str
    as_of: date
    list_id: str
    model: str
    band: Band
    listed: bool
    probability: float | None
    per_hundred: int | None
    change: Change
    change_from: ChangeFrom
    alert_codes: tuple[str, ...] = ()


@dataclass(frozen=True)
class PupilPage:
    """Everything a pupil's page shows."""

    explanation: Explanation
    history: tuple[HistoryPoint, ...] = field(default=())

    def masked(self) -> PupilPage:
        """The same with the pupil masked."""
        own = self.explanation
        return replace(self, explanation=replace(own, pupil=own.pupil.masked()))


def class_label(grade: int | None, class_id: str, class_name: str) -> tuple[str, str]:
    """A class's name in both languages; its id where no name is recorded."""
    if class_name:
        return class_name, class_name
    if not class_id:
        return "班级未登记", "class not recorded"
    if grade is None:
        return f"{class_id}班", f"class {class_id}"
    numeral = "一二三四五六七八九"[grade - 1] if 1 <= grade <= 9 else str(grade)
    return f"{numeral}年级 {class_id}班", f"grade {grade}, class {class_id}"


def mask_name(name: str) -> str:
    """张*轩: the first and last sign stay, at most one of two; empty stays empty."""
    if len(name) <= 1:
        return "*" * len(name)
    return name[0] + "*" * max(1, len(name) - 2) + (name[-1] if len(name) > 2 else "")


def mask_id(student_id: str) -> str:
    """G4401**********1234: the first five and last four signs stay; short ids keep only two."""
    if len(student_id) < 12:
        return student_id[:1] + "*" * max(0, len(student_id) - 2) + student_id[1:][-1:]
    return student_id[:5] + "*" * (len(student_id) - 9) + student_id[-4:]
