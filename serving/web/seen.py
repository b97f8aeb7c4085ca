"""What one actor may see: scope, then rights, then the mask, then the audit; pages and JSON alike.

Nothing else calls ``Views``. Each function on a child writes its audit entry before it returns.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from serving.accounts import Entry
from serving.permissions import EVERYWHERE, SMALL_CELL, Actor, Right, Role, Scope, Unknown
from serving.ports import SchoolCount
from serving.services.health import Report
from serving.services.views import (
    AlertView,
    Explanation,
    HistoryPoint,
    ListHead,
    PupilPage,
    PupilWeek,
    SchoolWeek,
    mask_id,
    mask_name,
)
from serving.web.doors import Doors


@dataclass(frozen=True)
class SchoolSeen:
    """One school's counts; None where the actor may not know, or fewer than five are meant."""

    school_id: str
    name: str
    cohort: int | None
    capacity: int
    listed: int | None
    alerts: int | None
    no_data: int | None


@dataclass(frozen=True)
class Revealed:
    """A pupil's full name and number, given once for a reason."""

    name: str
    student_id: str


def schools(doors: Doors, actor: Actor) -> tuple[ListHead | None, list[SchoolSeen]]:
    """The schools in scope; small cells are suppressed for those who may not see the children."""
    head, every = doors.views.schools()
    mine = [s for s in every if actor.scope.can_see_school(s.school_id)]
    return head, [_counts(actor.scope, school) for school in mine]


def _counts(scope: Scope, school: SchoolCount) -> SchoolSeen:
    far = scope.role in EVERYWHERE
    whole = far or not scope.classes  # the school's counts are not those of one class
    estimate = whole and (far or scope.can(Right.SEE_ESTIMATE))

    def cell(value: int, *, shown: bool) -> int | None:
        return value if shown and not (far and 0 < value < SMALL_CELL) else None

    return SchoolSeen(
        school_id=school.school_id,
        name=school.name or school.school_id,
        cohort=cell(school.cohort, shown=whole),
        capacity=school.capacity,
        listed=cell(school.listed, shown=estimate),
        alerts=cell(school.alerts, shown=whole),
        no_data=cell(school.no_data, shown=estimate),
    )


def week(
    doors: Doors, actor: Actor, school_id: str, *, week: str | None = None, action: str = "list"
) -> SchoolWeek:
    """A school's week cut to the actor's classes and rights, masked, and logged as ``action``."""
    actor.scope.check(Right.SEE_ALERTS)
    actor.scope.check_school(school_id)
    found = doors.views.week(school_id, week)
    if found is None:
        raise Unknown
    cut = cut_week(actor.scope, found)
    entry = school_entry(actor, action, school_id, cut.head.list_id, rows=len(cut.rows))
    doors.audit.write(entry)
    return cut


def page(
    doors: Doors, actor: Actor, pupil_id: str, *, week: str | None = None, action: str = "pupil"
) -> PupilPage:
    """A pupil's page cut to the actor's rights, masked, and logged as ``action``."""
    found = _in_scope(doors, actor, pupil_id, week)
    doors.audit.write(pupil_entry(actor, action, pupil_id, found.explanation.head.list_id))
    return _cut_page(actor.scope, found)


def explanation(
    doors: Doors, actor: Actor, pupil_id: str, *, week: str | None = None, action: str
) -> Explanation:
    """A pupil's estimate without the weeks before, cut, masked and logged as ``page`` does."""
    actor.scope.check(Right.SEE_PUPIL)
    found = doors.views.explanation(pupil_id, week)
    if found is None:
        raise Unknown
    actor.scope.check_child_of(found.pupil.school_id, found.pupil.class_id)
    doors.audit.write(pupil_entry(actor, action, pupil_id, found.head.list_id))
    return cut_explanation(actor.scope, found)


def health(doors: Doors, actor: Actor) -> Sequence[Report]:
    """The newest health report of every area, logged; no pupil is in it."""
    actor.scope.check(Right.SEE_HEALTH)
    found = doors.health()
    for one in found:
        doors.audit.write(_entry(actor, "health", f"area:{one.area}", {"list_id": one.list_id}))
    return found


def reveal(doors: Doors, actor: Actor, pupil_id: str, reason: str) -> tuple[PupilPage, Revealed]:
    """The page with the full name and number; ``reason`` (a code or a sentence) is logged."""
    actor.scope.check(Right.REVEAL)
    found = _in_scope(doors, actor, pupil_id, None)
    doors.audit.write(_entry(actor, "reveal", f"pupil:{pupil_id}", {"reason": reason}))
    pupil = found.explanation.pupil
    return _cut_page(actor.scope, found), Revealed(pupil.name, pupil.student_id)


def _in_scope(doors: Doors, actor: Actor, pupil_id: str, week: str | None) -> PupilPage:
    actor.scope.check(Right.SEE_PUPIL)
    found = doors.views.page(pupil_id, week)
    if found is None:
        raise Unknown
    pupil = found.explanation.pupil
    actor.scope.check_child_of(pupil.school_id, pupil.class_id)
    return found


def _entry(actor: Actor, action: str, subject: str, detail: dict[str, str | int]) -> Entry:
    return Entry(actor.account, actor.role.value, action, subject, detail)


def school_entry(actor: Actor, action: str, school_id: str, list_id: str, *, rows: int) -> Entry:
    """What the audit says of a look at a school's week that showed so many ``rows``."""
    return _entry(actor, action, f"school:{school_id}", {"list_id": list_id, "rows": rows})


def pupil_entry(actor: Actor, action: str, pupil_id: str, list_id: str) -> Entry:
    """What the audit says of a look at a pupil."""
    return _entry(actor, action, f"pupil:{pupil_id}", {"list_id": list_id})


def cut_key(scope: Scope) -> str:
    """Names all of ``scope`` that ``cut_week`` looks at within one school: same key, same rows."""
    estimate = "estimate" if scope.can(Right.SEE_ESTIMATE) else ""
    if scope.role is not Role.CLASS_TEACHER and not scope.classes:
        return estimate
    return "|".join((estimate, "classes", *sorted(scope.classes)))


def cut_week(scope: Scope, found: SchoolWeek) -> SchoolWeek:
    """The rows in scope, masked; without the right to estimates only what duty alerts list."""
    estimate = scope.can(Right.SEE_ESTIMATE)
    rows = [_cut_row(scope, row) for row in _mine(scope, found.rows)]
    return replace(
        found,
        # without the right to estimates a pupil is listed by a duty alert or not at all
        rows=tuple(row for row in rows if estimate or row.band == "act_now"),
        left=tuple(_cut_row(scope, row) for row in _mine(scope, found.left)) if estimate else (),
        class_alerts=_alerts(scope, found.class_alerts),
        tasks=_alerts(scope, found.tasks),
    )


def _mine(scope: Scope, rows: Iterable[PupilWeek]) -> list[PupilWeek]:
    return [row for row in rows if scope.can_see_child_of(row.school_id, row.class_id)]


def _alerts(scope: Scope, alerts: Sequence[AlertView]) -> tuple[AlertView, ...]:
    mine = (a for a in alerts if scope.can_see_child_of(a.school_id, a.class_id))
    return tuple(replace(a, name=mask_name(a.name), student_id=mask_id(a.student_id)) for a in mine)


def _cut_row(scope: Scope, row: PupilWeek) -> PupilWeek:
    """Masked; without the right to estimates only attendance and alerts remain."""
    masked = row.masked()
    if scope.can(Right.SEE_ESTIMATE):
        return masked
    return replace(
        masked,
        # a task beside the list lists nobody
        band="act_now" if any(alert.listed for alert in row.alerts) else "none",
        probability=None,
        per_hundred=None,
        interval_low=None,
        interval_high=None,
        change="",
        change_from="",
        reasons=(),
        background_contribution=None,
        first_listed_on=None,
    )


def cut_explanation(scope: Scope, found: Explanation) -> Explanation:
    """Masked; without the right to estimates nothing of one remains."""
    masked = replace(found, pupil=_cut_row(scope, found.pupil))
    return masked if scope.can(Right.SEE_ESTIMATE) else _without_estimate(masked)


def _cut_page(scope: Scope, found: PupilPage) -> PupilPage:
    explanation = cut_explanation(scope, found.explanation)
    if scope.can(Right.SEE_ESTIMATE):
        return replace(found, explanation=explanation)
    return PupilPage(explanation, tuple(map(_bare_point, found.history)))


def _without_estimate(explanation: Explanation) -> Explanation:
    return replace(
        explanation,
        head=replace(explanation.head, base_per_hundred=None),
        verdict_zh="",
        verdict_en="",
        factors=(),
        steps=(),
        bias=None,
        margin=None,
        protective=(),
        since=None,
    )


def _bare_point(point: HistoryPoint) -> HistoryPoint:
    return replace(
        point,
        band="act_now" if point.alert_codes else "none",
        listed=bool(point.alert_codes),
        probability=None,
        per_hundred=None,
        change="",
        change_from="",
    )
