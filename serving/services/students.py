"""One pupil: this week's estimate, its explanation, and the weeks before."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import polars as pl

from features.catalogue import load
from features.indicator import FAMILY_EN, FAMILY_ZH
from features.refusal import Refusal
from serving.ports import Publication
from serving.scoring import words
from serving.scoring.explain import Estimate, Leap, Part, estimate
from serving.services import moves, rosters
from serving.services.desk import Desk, one_area
from serving.services.views import (
    AttendanceDay,
    Explanation,
    Factor,
    Gap,
    HistoryPoint,
    PupilPage,
    PupilWeek,
    ReasonView,
    Step,
)

#: How much of the calendar is drawn.
PICTURE = timedelta(days=200)


class NotFound(Refusal):
    """No such pupil in any list; says nothing about who exists."""

    def __init__(self) -> None:
        """One sentence."""
        super().__init__(
            "名单中没有这名学生。请核对学籍号和周次（baoxue explain 学籍号 --week 2026-W47）。",
            "No list holds this pupil. Check the number and the week.",
        )


def find(
    desk: Desk,
    key: str,
    *,
    week: str | None = None,
    model: str | None = None,
    area: str | None = None,
) -> PupilWeek:
    """The pupil's newest week (or that of ``week``); ``key`` is a pupil_id or a student_id.

    Raises ``NotFound`` for a pupil that no list holds, ``SeveralAreas`` where those of several do.
    """
    publication, row = _found(desk, key, week=week, model=model, area=area)
    return _week(desk, publication, row)


risk = find


def _key(key: str) -> pl.Expr:
    return (pl.col("pupil_id") == key) | (pl.col("student_id") == key)


def _rows(
    desk: Desk, key: str, pages: Iterable[Publication]
) -> Iterator[tuple[Publication, dict[str, Any]]]:
    for publication in pages:
        rows = desk.table(publication, "roster").filter(_key(key)).collect()
        if not rows.is_empty():
            yield publication, rows.row(0, named=True)


def _found(
    desk: Desk, key: str, *, week: str | None, model: str | None, area: str | None
) -> tuple[Publication, dict[str, Any]]:
    pages = desk.pages(week=week, model=model, area=area)
    found = next(_rows(desk, key, pages), None)
    if found is None:
        raise NotFound
    publication, row = found
    if key != row["pupil_id"]:  # an opaque id is of one area; a register number may be in several
        elsewhere = [p for p in pages if p.area != publication.area]
        one_area([publication, *(p for p, _ in _rows(desk, key, elsewhere))])
    return found


def _week(desk: Desk, publication: Publication, row: dict[str, Any]) -> PupilWeek:
    """The roster's row; where the pupil is listed, with what the list says besides."""
    mine = pl.col("student_id") == row["student_id"]
    alerts = desk.table(publication, "alerts").filter(mine).collect()
    own_words = {name: row[name] for name in ("name", "grade", "class_name")}
    own = [rosters.alert(a | own_words) for a in alerts.sort("code").iter_rows(named=True)]
    if row["listed"]:
        row = desk.table(publication, "list").filter(mine).collect().row(0, named=True)
    return rosters.pupil(row, own)


def history(
    desk: Desk, key: str, *, model: str | None = None, area: str | None = None
) -> list[HistoryPoint]:
    """Week by week, oldest first; empty where no list holds the pupil.

    Where several models have lists, each pupil's week is told once, the default model's first.
    """
    seen: dict[str, HistoryPoint] = {}
    for publication, row in _rows(desk, key, desk.pages(model=model, area=area)):
        seen.setdefault(publication.week, _point(publication, row))
    return [seen[week] for week in sorted(seen)]


def _point(publication: Publication, row: dict[str, Any]) -> HistoryPoint:
    codes = (row["alert_codes"] or "").split("；")
    return HistoryPoint(
        week=publication.week,
        as_of=publication.as_of,
        list_id=publication.list_id,
        model=publication.label,
        band=row["band"],
        listed=row["listed"],
        probability=row["probability"],
        per_hundred=words.per_hundred(row["probability"]),
        change=row["change"],
        change_from=row["change_from"],
        alert_codes=tuple(code for code in codes if code),
    )


def page(
    desk: Desk,
    key: str,
    *,
    week: str | None = None,
    model: str | None = None,
    area: str | None = None,
) -> PupilPage:
    """Everything a pupil's page shows."""
    own = explanation(desk, key, week=week, model=model, area=area)
    return PupilPage(own, tuple(history(desk, key, model=model, area=own.head.area)))


def explanation(
    desk: Desk,
    key: str,
    *,
    week: str | None = None,
    model: str | None = None,
    area: str | None = None,
) -> Explanation:
    """The pupil's estimate, taken apart; without an estimate the parts are empty and it says so."""
    publication, row = _found(desk, key, week=week, model=model, area=area)
    return replace(_explanation(desk, publication, row), days=_days(desk, publication, row))


def without_picture(desk: Desk, key: str, *, week: str | None = None) -> Explanation:
    """As ``explanation``, without the days of the calendar, which are most of what a run holds."""
    publication, row = _found(desk, key, week=week, model=None, area=None)
    return _explanation(desk, publication, row)


def _explanation(desk: Desk, publication: Publication, row: dict[str, Any]) -> Explanation:
    said = desk.manifest(publication)
    own = _week(desk, publication, row)
    zh, en = words.verdict(
        own.probability,
        (own.interval_low, own.interval_high),
        base_rate=said["base_rate"],
        horizon_weeks=said["horizon_weeks"],
        outcome=said["outcome"],
    )
    missing = words.gaps(
        row["coverage_4w"],
        last_known_on=row["last_known_on"],
        calendar_estimated=said["calendar_estimated"],
        as_of=publication.as_of,
    )
    bare = Explanation(
        head=rosters.head(desk, publication),
        pupil=own,
        school_name=_school_name(publication, own.school_id),
        verdict_zh=zh,
        verdict_en=en,
        factors=(),
        steps=(),
        bias=None,
        margin=None,
        gaps=tuple(Gap(n.code, n.zh, n.en) for n in missing),
    )
    if row["in_cohort"] != 1 or row["cut_band"] == "no_data":
        why = words.no_estimate(row["out_reason"] or "no_data")
        return replace(bare, verdict_zh=why[0], verdict_en=why[1])
    estimate = _estimate(desk, publication, row)
    since = moves.since(desk, publication, row, estimate.parts)
    return replace(_explained(bare, estimate), since=since)


def _school_name(publication: Publication, school_id: str) -> str:
    return next((s.name for s in publication.schools if s.school_id == school_id), "")


def _estimate(desk: Desk, publication: Publication, row: dict[str, Any]) -> Estimate:
    mine = pl.col("student_id") == row["student_id"]
    # in the order of schools: where the school is not, nothing is read
    there = pl.col("school_id") == row["school_id"]
    scored = desk.table(publication, "scores").filter(mine, there).collect()
    values = desk.table(publication, "features").filter(mine, there).collect()
    fields = desk.table(publication, "details").filter(mine).collect()
    values = values.join(fields, on="student_id", how="left")
    return estimate(desk.runs.text(publication.folder, "bundle.json"), scored, values, load())


def _explained(bare: Explanation, own: Estimate) -> Explanation:
    day = bare.head.as_of
    factors = tuple(_factor(part, day) for part in own.parts)
    by_code = {factor.code: factor for factor in factors}
    reasons = tuple(
        ReasonView(
            r.code, words.as_read(r.zh, day, "zh"), words.as_read(r.en, day, "en"),
            r.contribution, r.changeable, r.family,
        )
        for r in own.reasons
    )  # fmt: skip
    return replace(
        bare,
        pupil=replace(bare.pupil, reasons=reasons, background_contribution=own.background),
        factors=factors,
        steps=tuple(_step(leap) for leap in own.steps),
        bias=own.bias,
        margin=own.margin,
        protective=tuple(by_code[r.code] for r in own.protective),
    )


def _factor(part: Part, day: date) -> Factor:
    column = part.column
    return Factor(
        code=column.name,
        label_zh=column.label_zh or column.name,
        label_en=column.label_en or column.name,
        family=column.family,
        family_zh=FAMILY_ZH.get(column.family, column.family),
        family_en=FAMILY_EN.get(column.family, column.family),
        contribution=part.contribution,
        background=column.background,
        changeable=column.changeable,
        value=part.value,
        zh=words.as_read(part.zh, day, "zh"),
        en=words.as_read(part.en, day, "en"),
    )


def _step(leap: Leap) -> Step:
    return Step(
        label_zh=leap.zh,
        label_en=leap.en,
        contribution=leap.contribution,
        start=leap.start,
        end=leap.end,
        start_probability=leap.start_probability,
        end_probability=leap.end_probability,
        background=leap.background,
    )


def _days(desk: Desk, publication: Publication, row: dict[str, Any]) -> tuple[AttendanceDay, ...]:
    first = publication.as_of - PICTURE
    mine = (pl.col("student_id") == row["student_id"]) & (pl.col("on") >= first)
    rows = desk.table(publication, "marks").filter(mine).collect().sort("on")
    return tuple(AttendanceDay(on, mark) for _, on, mark in rows.iter_rows())
