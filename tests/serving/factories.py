"""Factories of what the web is given: two schools, a list, pupils at chosen states; all invented."""

from __future__ import annotations

import math
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path

from fastapi import FastAPI
from fastapi.testclient import TestClient

from serving.app import application
from serving.permissions import Role, Scope
from serving.ports import Note, SchoolCount
from serving.scoring.ask import ScoredRow, UnfitRows
from serving.scoring.health import Finding
from serving.services.health import Point, Report
from serving.services.models import ModelCard
from serving.services.views import (
    AlertView,
    AttendanceDay,
    Explanation,
    Factor,
    Gap,
    HistoryPoint,
    ListHead,
    PupilPage,
    PupilWeek,
    ReasonView,
    SchoolWeek,
    Since,
    Step,
)
from serving.store.accounts import StoredAccounts
from serving.store.audit import StoredAudit
from serving.store.database import Database, open_database
from serving.store.lists import SqlLists
from serving.store.reception import BatchReception
from serving.store.sessions import StoredSessions
from serving.store.shelf import FolderShelf
from serving.web.doors import DemoLogin, Doors, Quick

NOW = datetime(2026, 11, 21, 10, 30, tzinfo=UTC)
AS_OF = date(2026, 11, 20)
WEEK = "2026-W47"
HERE, ELSEWHERE = "3144000001", "3144000002"
CLASS, OTHER_CLASS = "0802", "0803"
PASSWORD = "correct horse 7"
#: Full names and numbers are planted so that any response can be scanned for them.
CANARY_NAME, CANARY_ID = "欧阳金丝雀", "G440101201305071234"


@dataclass
class Clock:
    """A clock that stands until it is moved."""

    now: datetime = NOW

    def __call__(self) -> datetime:
        return self.now

    def pass_(self, how_long: timedelta) -> None:
        self.now += how_long


def head(**more: object) -> ListHead:
    made = ListHead(
        list_id="L1234567890abcdef",
        area="440100",
        week=WEEK,
        as_of=AS_OF,
        model="dropout-risk/3",
        model_kind="lightgbm",
        retrospective=False,
        synthetic=True,
        published_at=NOW - timedelta(hours=5),
        horizon_weeks=8,
        base_per_hundred=2.9,
        calendar_estimated=False,
        outcome=("tenth_unexplained_day", "suspected_dropout", "dropped_out"),
        notes=(),
    )
    return replace(made, **more)


def alert(pupil_id: str = "", **more: object) -> AlertView:
    made = AlertView(
        code="unexplained",
        label_zh="缺勤待查",
        label_en="unexplained absence",
        zh="自11月16日起连续5个上课日未到校，无请假记录，待核实。",
        en="No attendance and no leave on record for 5 school days since 2026-11-16; to be checked.",
        basis="国家文件",
        reference="教基〔2017〕8号",
        since=date(2026, 11, 16),
        due_on=date(2026, 11, 21),
        responsible="class_teacher",
        responsible_zh="班主任",
        listed=True,
        school_id=HERE,
        class_id=CLASS,
        pupil_id=pupil_id,
        student_id=CANARY_ID if pupil_id else "",
        name=CANARY_NAME if pupil_id else "",
    )
    return replace(made, **more)


def reason(
    code: str, zh: str, en: str, contribution: float, family: str = "attendance"
) -> ReasonView:
    return ReasonView(code, zh, en, contribution, True, family)


REASONS = (
    reason("absence_4w", "近4周应到19天，实到12天，出勤率63%（同班中位数97%）。",
           "Expected 19 days in the last 4 weeks, came 12: attendance 63% (class median 97%).", 1.31),
    reason("level_change", "数学期末等级由B变为D，同班多数学生未下降。",
           "Final mathematics level went from B to D; most of the class did not fall.", 0.62, "grades"),
    reason("homework_2w", "近2周作业提交3次，此前4周平均每2周9次。",
           "3 assignments handed in over 2 weeks; 9 in two weeks on average before.", 0.44, "engagement"),
)  # fmt: skip


def pupil(pupil_id: str = "p000000000000000000aa", **more: object) -> PupilWeek:
    made = PupilWeek(
        pupil_id=pupil_id,
        student_id=CANARY_ID,
        name=CANARY_NAME,
        school_id=HERE,
        class_id=CLASS,
        grade=8,
        band="priority",
        listed=True,
        probability=0.281,
        per_hundred=28,
        interval_low=21,
        interval_high=36,
        change="raised",
        change_from="data",
        reasons=REASONS,
        background_contribution=0.21,
        coverage=0.95,
        last_attended_on=date(2026, 11, 13),
        days_absent=5,
        due_on=date(2026, 11, 27),
        responsible="counselor",
        first_listed_on=date(2026, 11, 6),
        class_name="八年级(2)班",
    )
    return replace(made, **more)


def _sigmoid(x: float) -> float:
    return 1 / (1 + math.exp(-x))


def steps() -> tuple[Step, ...]:
    parts = [("出勤", "attendance", 1.62), ("学业", "grades", 0.62), ("学习参与", "engagement", 0.44),
             ("学籍变动", "moves", 0.18), ("背景信息合计", "background, summed", 0.21),
             ("其余合计", "the rest, summed", -0.09), ("班级与时段", "class and time of year", -0.41)]  # fmt: skip
    margin, made = math.log(0.029 / 0.971), []
    for zh, en, part in parts:
        after = margin + part
        made.append(
            Step(zh, en, part, margin, after, _sigmoid(margin), _sigmoid(after), "背景" in zh)
        )
        margin = after
    return tuple(made)


def factors() -> tuple[Factor, ...]:
    words = {"attendance": ("出勤", "attendance"), "grades": ("学业", "grades"),
             "engagement": ("学习参与", "engagement"), "context": ("班级与时段", "class and time of year")}  # fmt: skip
    said = [*REASONS, reason("longest_streak", "本学期最长连续未到校6个上课日。",
            "Longest run without attendance this term: 6 school days.", 0.31),
            reason("contact_4w", "近4周班级整体出勤率96%。", "Attendance of the class 96%.", -0.41, "context")]  # fmt: skip
    made = [Factor(r.code, r.zh[:6], r.en[:12], r.family, *words[r.family], r.contribution,
                   False, r.changeable, 0.4, r.zh, r.en) for r in said]  # fmt: skip
    hidden = Factor("poverty_open", "家庭经济登记", "household economy register", "poverty",
                    "家庭经济登记", "household economy register", 0.21, True, False, 1.0,
                    "背景金丝雀：家庭纳入监测。", "canary background: household monitored.")  # fmt: skip
    return (*made, hidden)


def term_days() -> tuple[AttendanceDay, ...]:
    marks = {
        date(2026, 9, 14): "unexcused", date(2026, 9, 23): "late", date(2026, 9, 29): "sick",
        date(2026, 10, 12): "unexplained", date(2026, 10, 13): "unexplained", date(2026, 10, 14): "sick",
        date(2026, 10, 19): "late", date(2026, 10, 20): "", date(2026, 10, 21): "",
        date(2026, 10, 26): "late", date(2026, 10, 27): "unexcused", date(2026, 10, 29): "early_leave",
        date(2026, 11, 2): "personal", date(2026, 11, 4): "unexcused", date(2026, 11, 5): "unexcused",
        **{date(2026, 11, 16) + timedelta(days=n): "unexplained" for n in range(5)},
        **{date(2026, 10, 1) + timedelta(days=n): "holiday" for n in range(7)},
        date(2026, 9, 25): "holiday",
    }  # fmt: skip
    made, on = [], date(2026, 9, 1)
    while on <= AS_OF:
        if on.weekday() < 5 or on in (date(2026, 9, 20), date(2026, 10, 10)):
            made.append(AttendanceDay(on, marks.get(on, "present")))
        on += timedelta(days=1)
    return tuple(made)


def page(who: PupilWeek, **more: object) -> PupilPage:
    history = tuple(
        HistoryPoint(f"2026-W{week}", AS_OF - timedelta(weeks=47 - week), f"L{week}", "dropout-risk/3",
                     band, band != "none", p, round(100 * p), change, source, ())
        for week, band, p, change, source in [
            (43, "none", 0.03, "", ""), (44, "none", 0.06, "", ""), (45, "watch", 0.12, "new", "data"),
            (46, "watch", 0.17, "held", ""), (47, "priority", 0.281, "raised", "data")]
    )  # fmt: skip
    made = Explanation(
        head=head(),
        pupil=who,
        school_name="青石镇中心学校",
        verdict_zh="每100名记录相近的学生中，约28名在之后8周内出现连续10个上课日未到校且原因不明、疑似辍学或辍学"
        "（区间21–36名；全县约2.9名）。这不是对该生的判断。",
        verdict_en="Of 100 pupils with similar records, about 28 have ten consecutive unexplained school "
        "days, a suspected dropout or a dropout in the next 8 weeks (interval 21-36; county about 2.9). "
        "This is no judgement of this pupil.",
        factors=factors(),
        steps=steps(),
        bias=math.log(0.029 / 0.971),
        margin=math.log(0.029 / 0.971) + 2.57,
        gaps=(
            Gap("not_taken", "10月20日、21日考勤未报（不等于到校）。", "Attendance not taken on 20 and 21 October."),
            Gap("no_contact", "家校联系未登记（不等于没有）。", "No contact with the family on record (not the same as none)."),
        ),
        days=term_days(),
        protective=factors()[4:5],
        since=Since(
            "2026-W46", AS_OF - timedelta(weeks=1), "与上周相比，“出勤”的记录使估计升高最多。",
            "Since last week: attendance raised the estimate most.",
        ),
    )  # fmt: skip
    return PupilPage(replace(made, **more), history)


def school_count(school_id: str = HERE, **more: object) -> SchoolCount:
    made = SchoolCount(school_id, "青石镇中心学校", "junior", 812, 25, 27, 6, 3)
    return replace(made, **more)


def county() -> Published:
    """Two schools, three classes here, pupils at every band, alerts, a silent class, one who left."""
    mine = [
        pupil("p0000000000000000001", band="act_now", alerts=(alert("p0000000000000000001"),), due_on=date(2026, 11, 21), change="new"),
        pupil("p0000000000000000002"),
        pupil("p0000000000000000003", band="watch", per_hundred=11, probability=0.11, interval_low=7, interval_high=15, change="held", change_from="", days_absent=0),
        pupil("p0000000000000000004", class_id=OTHER_CLASS, class_name="八年级(3)班", change="new", change_from="both"),
        pupil("p0000000000000000005", class_id=OTHER_CLASS, class_name="八年级(3)班", band="no_data", probability=None, per_hundred=None, interval_low=None, interval_high=None, reasons=(), background_contribution=None, coverage=0.0, change="", change_from="", last_attended_on=None, days_absent=None),
        pupil("p0000000000000000006", class_id="0701", class_name="七年级(1)班", grade=7, band="watch", change="lowered"),
    ]  # fmt: skip
    left = pupil(
        "p0000000000000000007", band="none", listed=False, change="left", reasons=REASONS[:1]
    )
    task = alert("p0000000000000000008", listed=False, code="unexplained_day", label_zh="当日缺勤未请假", label_en="absent today without leave", zh="11月20日未到校，无请假记录，请当日联系。", en="Not at school on 2026-11-20 and no leave on record; contact the family today.", responsible="class_teacher")  # fmt: skip
    silent = alert(code="silent", label_zh="班级考勤未报", label_en="class not reported", zh="九年级(1)班已连续2个上课日未报考勤。", en="Attendance of grade 9 class 1 not taken on 2 school days.", class_id="0901", responsible="principal", responsible_zh="校长", basis="系统默认", reference="")  # fmt: skip
    here = SchoolWeek(
        head(), school_count(), tuple(mine), (left,), (silent,), (task,), previous_week="2026-W46"
    )
    other = pupil(
        "p0000000000000000009",
        school_id=ELSEWHERE,
        class_id="0101",
        class_name="一年级(1)班",
        grade=1,
    )
    there = SchoolWeek(head(), school_count(ELSEWHERE, name="柳河小学", cohort=420, listed=3, alerts=0, no_data=0), (other,), (), (), ())  # fmt: skip
    unlisted = pupil(
        "p0000000000000000008", band="none", listed=False, change="", reasons=(), alerts=(task,)
    )
    return Published(
        {HERE: here, ELSEWHERE: there},
        {who.pupil_id: page(who) for who in (*mine, left, other, unlisted)},
    )


@dataclass(frozen=True)
class Published:
    """What was published, held in memory: fulfils ``web.doors.Views``."""

    weeks: Mapping[str, SchoolWeek] = field(default_factory=dict)
    pages: Mapping[str, PupilPage] = field(default_factory=dict)

    def schools(self) -> tuple[ListHead | None, Sequence[SchoolCount]]:
        return (head() if self.weeks else None), [w.school for w in self.weeks.values()]

    def week(self, school_id: str, week: str | None) -> SchoolWeek | None:
        return self.weeks.get(school_id) if week in (None, WEEK) else None

    def explanation(self, pupil_id: str, week: str | None) -> Explanation | None:
        found = self.page(pupil_id, week)
        return found and found.explanation

    def page(self, pupil_id: str, week: str | None) -> PupilPage | None:
        return self.pages.get(pupil_id) if week in (None, WEEK) else None


class TwoIndicators:
    """A model of two indicators, by arithmetic: fulfils ``web.doors.Models``."""

    def cards(self) -> Sequence[ModelCard]:
        return [ModelCard("dropout-risk", "3", "lightgbm", True, "2026-06-30", 8, 0.029,
                          ("absence_4w", "level_change"), "d" * 64, {"average_precision": 0.31})]  # fmt: skip

    def score(self, rows: Sequence[Mapping[str, float | None]]) -> Sequence[ScoredRow]:
        strange = {n for row in rows for n in row} - {"absence_4w", "level_change"}
        missing = sorted({"absence_4w", "level_change"} - {n for row in rows for n in row})
        if strange or missing:
            raise UnfitRows(missing, len(strange))
        return [self._one(row) for row in rows]

    def _one(self, row: Mapping[str, float | None]) -> ScoredRow:
        parts = {name: 2.0 * (value or 0.0) for name, value in row.items()}
        margin = -3.0 + sum(parts.values())
        return ScoredRow(
            _sigmoid(margin),
            None,
            None,
            margin,
            -3.0,
            parts,
            0.0,
            ("近4周缺勤率。",),
            ("Absence.",),
        )


class PlainExports:
    """A file of masked names, one a line: fulfils ``web.doors.Exports``."""

    def csv(self, week: SchoolWeek) -> bytes:
        return "\n".join(f"{row.name},{row.student_id}" for row in week.rows).encode("utf-8-sig")

    def xlsx(self, week: SchoolWeek) -> bytes:
        return self.csv(week)

    def alerts_csv(self, week: SchoolWeek) -> bytes:
        every = (*week.class_alerts, *(a for row in week.rows for a in row.alerts), *week.tasks)
        return "\n".join(f"{a.code},{a.name},{a.student_id}" for a in every).encode("utf-8-sig")

    def alerts_xlsx(self, week: SchoolWeek) -> bytes:
        return self.alerts_csv(week)


SCOPES: dict[Role, Scope] = {
    Role.COUNSELOR: Scope(Role.COUNSELOR, frozenset({HERE})),
    Role.PRINCIPAL: Scope(Role.PRINCIPAL, frozenset({HERE})),
    Role.CLASS_TEACHER: Scope(Role.CLASS_TEACHER, frozenset({HERE}), frozenset({CLASS})),
    Role.CLERK: Scope(Role.CLERK, frozenset({HERE})),
    Role.COUNTY: Scope(Role.COUNTY),
    Role.ANALYST: Scope(Role.ANALYST),
    Role.ADMINISTRATOR: Scope(Role.ADMINISTRATOR),
}


@dataclass(frozen=True)
class House:
    """A running application over a database of its own, with one account a role."""

    app: FastAPI
    database: Database
    clock: Clock
    doors: Doors

    def client(self, role: Role | None = None, *, strict: bool = True) -> TestClient:
        """A browser, logged in as ``role`` where one is given."""
        client = TestClient(self.app, raise_server_exceptions=strict, follow_redirects=False)
        if role is not None:
            token = self.doors.sessions.open(role.value)
            client.cookies.set("baoxue_session", token, domain="testserver.local")
        return client


@cache
def _accounts_made() -> bytes:
    """A database with one account a role, as bytes: migrating and hashing once is enough."""
    with tempfile.TemporaryDirectory() as folder:
        database = open_database(f"sqlite:///{folder}/baoxue.db")
        accounts = StoredAccounts(database, Clock())
        for role, scope in SCOPES.items():
            accounts.add(role.value, PASSWORD, scope)
        database.close()
        return (Path(folder) / "baoxue.db").read_bytes()


def house(
    folder: Path,
    *,
    views: Published | None = None,
    demo: bool = False,
    unready: Callable[[], Sequence[str]] = tuple,
    health: Sequence[Report] | None = None,
    quick: bool = True,
    url: str = "",
) -> House:
    """An application with accounts ``counselor``, ``principal`` ... (each named as its role).

    ``url`` of an empty database; SQLite in ``folder`` where none is given.
    """
    clock = Clock()
    if not url:
        (folder / "baoxue.db").write_bytes(_accounts_made())
    database = open_database(url or f"sqlite:///{folder / 'baoxue.db'}")
    if url:
        for role, scope in SCOPES.items():
            StoredAccounts(database, clock).add(role.value, PASSWORD, scope)
    accounts, lists = StoredAccounts(database, clock), SqlLists(database)
    doors = Doors(
        accounts=accounts,
        sessions=StoredSessions(database, clock),
        audit=StoredAudit(database, clock),
        views=county() if views is None else views,
        models=TwoIndicators(),
        exports=PlainExports(),
        clock=clock,
        demo=demo,
        demo_logins=lambda: [DemoLogin("counselor", PASSWORD, "counselor", "本校名单与学生页", "the school's list")],
        unready=unready,
        health=lambda: [health_report()] if health is None else health,
        quick=Quick(BatchReception(database, clock, lists), FolderShelf(folder / "served", "test"), lists.mark) if quick else None,
    )  # fmt: skip
    return House(application(doors), database, clock, doors)


def health_report(**more: object) -> Report:
    """A week with something of every severity, and lines with gaps."""
    made = Report(
        area="440100", week=WEEK, as_of=AS_OF, made_on=AS_OF + timedelta(days=1),
        list_id="L1234567890abcdef", model="dropout-risk/3", synthetic=True,
        findings=(
            Finding("silent_attendance", "act",
                    "柳河小学已有6个上课日没有任何考勤上报（最近一次2026-11-12）。下一步：请当日联系该校学籍管理员，先补报考勤，"
                    "再重新生成名单；补报前该校学生的估计不可靠。",
                    "Willow River School: no attendance reported for 6 school days (last on 2026-11-12). Next: call the "
                    "school's clerk today, have attendance reported, then make the list again."),
            Finding("model_age", "look",
                    "在用模型 dropout-risk/3 所用数据截至2026-04-30，已过29周。下一步：请分析员用新数据重新训练（baoxue train）。",
                    "The model dropout-risk/3 knows data until 2026-04-30, 29 weeks ago. Next: train it anew."),
            Finding("coverage", "note", "近两周应到时段中有93%已知出勤情况。", "93% of the sessions are known."),
        ),
        points=tuple(
            Point(f"2026-W{n}", coverage=0.97 - (0.05 if n > 45 else 0.004 * (n % 3)),
                  listed=None if n == 40 else 0.028 + 0.001 * (n % 4),
                  expected=None if n < 38 else 0.22 + 0.01 * (n % 5),
                  realised=0.19 + 0.02 * (n % 3) if 36 <= n <= 39 else None)
            for n in range(36, 48)
        ),
    )  # fmt: skip
    return replace(made, **more)


def dated_note() -> Note:
    return Note("calendar", "校历未导入，按估计", "No school calendar imported; it is estimated.")
