"""From what an actor may see to a page's context: grouping, counting, choosing; no I/O."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from datetime import date

from serving.pages import words
from serving.pages.charts.attendance import calendar
from serving.pages.charts.trend import trends
from serving.pages.charts.waterfall import waterfall
from serving.pages.contexts import (
    AreaHealth,
    ClassAlert,
    ClassRows,
    Health,
    Pupil,
    School,
    SchoolToday,
    Todo,
    age_in_days,
)
from serving.permissions import Right, Scope
from serving.services.health import Report
from serving.services.views import (
    BANDS_ZH,
    AlertView,
    PupilPage,
    PupilWeek,
    SchoolWeek,
    class_label,
)
from serving.web.seen import Revealed, SchoolSeen

#: So many records of the long table are printed, the rest as one sum: the page stays two sheets.
PRINTED = 12


def school(week: SchoolWeek, scope: Scope, *, today: date, band: str = "") -> School:
    """The context of a school's week, narrowed to ``band`` where it is one."""
    band = band if band in BANDS_ZH else ""
    number: Counter[str] = Counter(row.band for row in week.rows)
    return School(
        week=week,
        classes=by_class([r for r in week.rows if band in ("", r.band)]),
        band=band,
        counts=tuple((b, number[b]) for b in BANDS_ZH if number[b]),
        silent=_labelled(week.class_alerts),
        tasks=_labelled(week.unlisted),
        estimate=scope.can(Right.SEE_ESTIMATE),
        age=age_in_days(week.head.as_of, today),
    )


def _labelled(alerts: Sequence[AlertView]) -> tuple[ClassAlert, ...]:
    """Alerts with the names of their classes."""
    return tuple(
        ClassAlert(*class_label(one.grade, one.class_id, one.class_name), one) for one in alerts
    )


def by_class(rows: Sequence[PupilWeek]) -> tuple[ClassRows, ...]:
    """Rows by class, classes in the order of the school, before them those of pupils who are in no grade now;
    inside a class the list's order stays."""
    groups: dict[tuple[int, str, str], list[PupilWeek]] = {}
    for row in rows:
        groups.setdefault((row.grade or 0, row.class_id, row.class_name), []).append(row)
    return tuple(
        ClassRows(*class_label(group[0].grade, key[1], key[2]), tuple(group))
        for key, group in sorted(groups.items())
    )


def pupil(
    page: PupilPage, scope: Scope, *, revealed: Revealed | None = None, said: str = ""
) -> Pupil:
    """The context of a pupil's page; ``page`` is already cut to the actor and masked."""
    explanation = page.explanation
    who = explanation.pupil
    class_zh, class_en = class_label(who.grade, who.class_id, who.class_name)
    # a rule says nothing about background: there is no line where there is no probability
    summed = None if who.probability is None else explanation.background
    background_zh, background_en = words.background(summed)
    factors = sorted(
        (f for f in explanation.factors if not f.background), key=lambda f: -abs(f.contribution)
    )
    return Pupil(
        explanation=explanation,
        factors=tuple(factors),
        printed=PRINTED,
        rest=math.fsum(f.contribution for f in factors[PRINTED:]),
        history=tuple(sorted(page.history, key=lambda point: point.week, reverse=True)),
        estimate=scope.can(Right.SEE_ESTIMATE),
        picture=waterfall(explanation.steps),
        calendar=calendar(explanation.days),
        class_zh=class_zh,
        class_en=class_en,
        background_zh=background_zh,
        background_en=background_en,
        dots=who.per_hundred or 0,
        may_reveal=scope.can(Right.REVEAL),
        revealed=revealed,
        said=said,
    )


def school_today(school: SchoolSeen, week: SchoolWeek, scope: Scope, *, today: date) -> SchoolToday:
    """What this school asks of the actor today."""
    return SchoolToday(school, week.head, tuple(_todos(week, scope, today)))


def _todos(week: SchoolWeek, scope: Scope, today: date) -> list[Todo]:
    base = f"/schools/{week.school.school_id}"
    due = [t for t in week.unlisted if t.due_on is None or t.due_on <= today]
    listed: Counter[str] = Counter(row.band for row in week.rows)
    found = [
        Todo(listed["act_now"], "名学生须立即核查", "pupils to check now",
             f"{base}?band=act_now#list"),
        Todo(len(due), "项名单外待办今日到期或已逾期", "tasks beside the list, due today or before",
             f"{base}#tasks"),
        Todo(len(week.class_alerts), "个班级考勤未报", "classes whose attendance was not taken",
             f"{base}#silent"),
    ]  # fmt: skip
    if scope.can(Right.SEE_ESTIMATE):
        new = sum(row.change == "new" for row in week.rows)
        found += [
            Todo(listed["priority"], "名学生建议优先核实", "pupils suggested first",
                 f"{base}?band=priority#list"),
            Todo(listed["watch"], "名学生建议近期了解", "pupils to look in on soon",
                 f"{base}?band=watch#list"),
            Todo(new, "名学生本周新列入", "pupils new on the list this week", f"{base}#list"),
            Todo(listed["no_data"], "名学生数据不足，请补报考勤",
                 "pupils without enough data: have their attendance reported",
                 f"{base}?band=no_data#list"),
        ]  # fmt: skip
    return [todo for todo in found if todo.count]


def health(reports: Sequence[Report], *, today: date) -> Health:
    """The context of the health page, an area after the other."""
    return Health(
        tuple(AreaHealth(one, trends(one.points), age_in_days(one.as_of, today)) for one in reports)
    )
