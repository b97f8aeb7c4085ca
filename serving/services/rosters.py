"""A school's week: its list, what is due, which classes have not reported."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import polars as pl

from serving.ports import Note, Publication, SchoolCount
from serving.scoring import words
from serving.scoring.columns import TOP
from serving.scoring.rules import RESPONSIBLE_ZH
from serving.scoring.words import interval_per_hundred, per_hundred
from serving.services.desk import Desk
from serving.services.views import AlertView, ListHead, PupilWeek, ReasonView, SchoolWeek

#: What names a class; see ``views.class_label``.
_CLASS = ("school_id", "class_id", "grade", "class_name")


def head(desk: Desk, publication: Publication) -> ListHead:
    """Which list this is."""
    p, said = publication, desk.manifest(publication)
    base = said["base_rate"]
    return ListHead(
        list_id=p.list_id,
        area=p.area,
        week=p.week,
        as_of=p.as_of,
        model=p.label,
        model_kind=p.model_kind,
        retrospective=p.retrospective,
        synthetic=p.synthetic,
        published_at=p.published_at,
        horizon_weeks=said["horizon_weeks"],
        base_per_hundred=None if base is None else 100 * base,
        calendar_estimated=said["calendar_estimated"],
        outcome=tuple(said["outcome"]),
        notes=(*p.notes, *_published_late(desk, p)),
    )


def _published_late(desk: Desk, publication: Publication) -> tuple[Note, ...]:
    """A list is never changed: where an earlier week came after it, its changes did not count that."""
    own = publication
    before = [
        p for p in desk.lists.standing(area=own.area, model=own.model_name) if p.week < own.week
    ]
    known = max((p.week for p in before if p.published_at <= own.published_at), default="")
    late = sorted({p.week for p in before if p.published_at > own.published_at and p.week > known})
    return (words.published_late(late),) if late else ()


def schools(
    desk: Desk, *, week: str | None = None, model: str | None = None, area: str | None = None
) -> list[SchoolCount]:
    """Every school of the newest publication (or that of ``week``); Refusal where there is none."""
    return list(desk.newest(week=week, model=model, area=area).schools)


def known_schools(desk: Desk) -> frozenset[str]:
    """The ids of every school in the newest list of any area; empty before the first list."""
    lists = [desk.newest(area=area) for area in sorted({p.area for p in desk.standing()})]
    return frozenset(s.school_id for p in lists for s in p.schools)


def known_classes(desk: Desk, schools: Collection[str]) -> list[str]:
    """The ids of the classes of these schools in the newest list of any area, sorted."""
    found: set[str] = set()
    for area in sorted({p.area for p in desk.standing()}):
        newest = desk.newest(area=area)
        if any(s.school_id in schools for s in newest.schools):
            rows = desk.table(newest, "roster").filter(pl.col("school_id").is_in(list(schools)))
            found.update(rows.select("class_id").unique().collect()["class_id"].drop_nulls())
    return sorted(found)


def list_rows(
    desk: Desk,
    school_id: str,
    *,
    week: str | None = None,
    model: str | None = None,
    area: str | None = None,
) -> tuple[Publication, pl.DataFrame]:
    """The stored rows of one school's list, in the order of the list, and whose they are."""
    publication = desk.of_school(school_id, week=week, model=model, area=area)
    rows = desk.table(publication, "list").filter(pl.col("school_id") == school_id).collect()
    return publication, rows


def school_week(
    desk: Desk,
    school_id: str,
    *,
    week: str | None = None,
    model: str | None = None,
    area: str | None = None,
) -> SchoolWeek:
    """One school's week; Refusal where no published list holds the school, or those of several areas."""
    publication, rows = list_rows(desk, school_id, week=week, model=model, area=area)
    own = _alerts(desk, publication, school_id)
    by_pupil: dict[str, list[AlertView]] = {}
    for alert in own:
        by_pupil.setdefault(alert.pupil_id, []).append(alert)
    pupils = [pupil(row, by_pupil.get(row["pupil_id"], ())) for row in rows.iter_rows(named=True)]
    known = [
        p.week for p in desk.lists.standing(area=publication.area, model=publication.model_name)
    ]
    return SchoolWeek(
        head=head(desk, publication),
        school=_school(publication, school_id),
        rows=tuple(p for p in pupils if p.listed),
        left=tuple(p for p in pupils if not p.listed),
        class_alerts=tuple(a for a in own if not a.pupil_id),
        tasks=tuple(a for a in own if a.pupil_id and not a.listed),
        next_week=min((w for w in known if w > publication.week), default=""),
        previous_week=max((w for w in known if w < publication.week), default=""),
    )


def _school(publication: Publication, school_id: str) -> SchoolCount:
    return next(s for s in publication.schools if s.school_id == school_id)


def alerts(
    desk: Desk, school_id: str, *, week: str | None = None, model: str | None = None
) -> list[AlertView]:
    """Every duty alert of one school, the earliest due first; class alerts have no pupil."""
    return _alerts(desk, desk.of_school(school_id, week=week, model=model), school_id)


def _alerts(desk: Desk, publication: Publication, school_id: str) -> list[AlertView]:
    rows = desk.table(publication, "alerts").filter(pl.col("school_id") == school_id).collect()
    names = desk.table(publication, "roster").filter(pl.col("school_id") == school_id)
    known = names.select("student_id", "name", *_CLASS).collect()
    rows = rows.join(known.select("student_id", "name"), on="student_id", how="left")
    rows = rows.join(class_words(known), on=["school_id", "class_id"], how="left")
    rows = rows.sort(
        "listed", "due_on", "class_id", "student_id", "code", descending=[True, *[False] * 4]
    )
    return [alert(row) for row in rows.iter_rows(named=True)]


def class_words(pupils: pl.DataFrame) -> pl.DataFrame:
    """school_id, class_id, grade, class_name: one row a class that has pupils."""
    every = pupils.select(_CLASS).drop_nulls("class_id").sort(_CLASS, nulls_last=True)
    return every.unique(["school_id", "class_id"], keep="first", maintain_order=True)


def alert(row: Mapping[str, Any]) -> AlertView:
    """One stored alert as a view."""
    return AlertView(
        code=row["code"],
        label_zh=row["label_zh"],
        label_en=row["label_en"],
        zh=row["zh"],
        en=words.singular(row["en"]),
        basis=row["basis"],
        reference=row["reference"],
        since=row["since"],
        due_on=row["due_on"],
        responsible=row["responsible"],
        responsible_zh=RESPONSIBLE_ZH.get(row["responsible"], row["responsible"]),
        listed=row["listed"],
        school_id=row["school_id"],
        class_id=row["class_id"] or "",
        pupil_id=row["pupil_id"] or "",
        student_id=row["student_id"] or "",
        name=row.get("name") or "",
        grade=_grade(row.get("grade")),
        class_name=row.get("class_name") or "",
    )


def pupil(row: Mapping[str, Any], own: tuple[AlertView, ...] | list[AlertView]) -> PupilWeek:
    """A stored row of the list or of the roster as a view."""
    hundred = per_hundred(row["probability"])
    low, high = interval_per_hundred(row["interval_low"], row["interval_high"], hundred)
    return PupilWeek(
        pupil_id=row["pupil_id"],
        student_id=row["student_id"],
        name=row["name"] or "",
        school_id=row["school_id"],
        class_id=row["class_id"] or "",
        grade=_grade(row["grade"]),
        band=row["band"],
        listed=bool(row["listed"]),
        probability=row["probability"],
        per_hundred=hundred,
        interval_low=low,
        interval_high=high,
        change=row["change"] or "",
        change_from=row["change_from"] or "",
        reasons=_reasons(row),
        alerts=tuple(own),
        background_contribution=row.get("background_contribution"),
        coverage=row.get("coverage", row.get("coverage_4w")),
        last_attended_on=row["last_attended_on"],
        days_absent=row["days_absent"],
        due_on=row["due_on"],
        responsible=row["responsible"] or "",
        first_listed_on=row.get("first_listed_on"),
        in_cohort=bool(row["in_cohort"]),
        out_reason=row["out_reason"] or "",
        class_name=row["class_name"] or "",
        probability_low=row["interval_low"],
        probability_high=row["interval_high"],
    )


def _grade(value: str | int | None) -> int | None:
    return int(value) if value not in (None, "") and str(value).isdigit() else None


def _reasons(row: Mapping[str, Any]) -> tuple[ReasonView, ...]:
    if row.get("reason_1") is None:
        return ()
    return tuple(
        ReasonView(
            code=row[f"reason_{n}_code"],
            zh=words.as_read(row[f"reason_{n}"], row["as_of"], "zh"),
            en=words.as_read(row[f"reason_{n}_en"] or "", row["as_of"], "en"),
            contribution=row[f"reason_{n}_contribution"],
            changeable=bool(row[f"changeable_{n}"]),
            family=row[f"reason_{n}_family"],
        )
        for n in TOP
        if row[f"reason_{n}"] is not None
    )
