"""The two ports every reading service wants, and how a publication is found.

Whoever asks for what is not there is told which of area, school, model or week is unknown, and
what there is. Several areas may live in one home: none of them is taken silently for another.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from features.facts import Facts
from features.refusal import Refusal
from serving.ports import Lists, Publication, Runs
from serving.scoring.week import monday
from training.bundle.manifest import SHADOW
from training.bundle.registry import DEFAULT

#: So many of what there is are named in a refusal, the newest.
NAMED = 8


class NoList(Refusal):
    """No published list answers."""


class SeveralAreas(Refusal):
    """More than one area could be meant."""

    def __init__(self, areas: Iterable[str]) -> None:
        """``areas``: those that could be meant."""
        names = sorted(areas)
        super().__init__(
            f"这里有多个地区的名单：{'、'.join(names)}。请用 --area 写明地区，例如 --area {names[0]}。",
            f"There are lists of several areas: {', '.join(names)}. Say which: --area {names[0]}.",
        )


def _nothing(facts: Facts) -> None:
    """Nothing is kept of the facts."""


@dataclass(frozen=True)
class Desk:
    """Published lists and the run folders behind them.

    ``register``: what is done with a run's facts just before its list stands; whoever publishes names it.
    """

    lists: Lists
    runs: Runs
    register: Callable[[Facts], object] = _nothing

    def table(self, publication: Publication, name: str) -> pl.LazyFrame:
        """One table of a published run, lazily."""
        return self.runs.scan(publication.folder, name)

    def manifest(self, publication: Publication) -> dict[str, Any]:
        """What the run says about itself: base_rate, horizon_weeks, outcome, calendar_estimated."""
        said: dict[str, Any] = json.loads(self.runs.text(publication.folder, "manifest.json"))
        return said

    def of_school(
        self,
        school_id: str,
        *,
        week: str | None = None,
        model: str | None = None,
        area: str | None = None,
    ) -> Publication:
        """The publication that holds this school; Refusal where there is none, or several areas.

        Without ``model`` the default model's list is preferred to another's of the same week.
        """
        areas = self.lists.areas(school_id=school_id) if area is None else [area]
        if len(areas) > 1:
            raise SeveralAreas(areas)
        name = model_name(model)
        found = self.lists.of_school(school_id, week=week, model=name or DEFAULT, area=area)
        if found is None and name is None:
            found = self.lists.of_school(school_id, week=week, area=area)
        if found is not None and _is(found, model) and _open(found, model):
            return found
        asked = self.asked(week=week, model=model, area=area)
        older = [p for p in asked if _holds(p, school_id)]
        if not older:
            raise self._missing(week=week, model=model, area=area, school_id=school_id)
        return older[-1]

    def standing(self, *, area: str | None = None) -> list[Publication]:
        """Every standing list that somebody may be shown unasked, oldest week first."""
        return [p for p in self.lists.standing(area=area) if _open(p, None)]

    def newest(
        self, *, week: str | None = None, model: str | None = None, area: str | None = None
    ) -> Publication:
        """The newest standing publication (of ``week``, ``area``); Refusal where there is none."""
        every = self.asked(week=week, model=model, area=area)
        one_area(every)
        preferred = [p for p in every if p.model_name == DEFAULT]
        return (preferred or every)[-1]

    def asked(
        self, *, week: str | None = None, model: str | None = None, area: str | None = None
    ) -> list[Publication]:
        """Every standing publication that is meant, oldest week first; Refusal where there is none."""
        standing = self.lists.standing(area=area, model=model_name(model))
        every = [
            p for p in standing if week in (None, p.week) and _is(p, model) and _open(p, model)
        ]
        if not every:
            raise self._missing(week=week, model=model, area=area)
        return every

    def pages(
        self, *, week: str | None = None, model: str | None = None, area: str | None = None
    ) -> list[Publication]:
        """Where to look for a pupil: as ``asked``, newest week first, default model first."""
        every = self.asked(week=week, model=model, area=area)
        return sorted(every, key=lambda p: (p.week, p.model_name == DEFAULT), reverse=True)

    def _missing(
        self,
        *,
        week: str | None,
        model: str | None,
        area: str | None,
        school_id: str | None = None,
    ) -> NoList:
        """Which of the things asked for is unknown, the widest first."""
        every = self.lists.standing()
        if not every:
            return _none()
        near = [p for p in every if area in (None, p.area)]
        if not near:
            return _unknown_area(area or "", every)
        known = [p for p in near if model_name(model) in (None, p.model_name) and _is(p, model)]
        if not known:
            return _unknown_model(model or "", near)
        here = [p for p in known if school_id is None or _holds(p, school_id)]
        if not here:
            return _unknown_school(school_id or "")
        return _unknown_week(week or "", here)


def model_name(reference: str | None) -> str | None:
    """NAME of NAME, NAME@champion or NAME/VERSION."""
    return None if reference is None else reference.split("@")[0].split("/")[0]


def one_area(publications: Sequence[Publication]) -> str:
    """The area of publications that must be of one; ``SeveralAreas`` where they are not."""
    areas = {p.area for p in publications}
    if len(areas) > 1:
        raise SeveralAreas(areas)
    return areas.pop()


def _holds(publication: Publication, school_id: str) -> bool:
    return any(school.school_id == school_id for school in publication.schools)


def _open(publication: Publication, reference: str | None) -> bool:
    """False for a shadow list that was not asked for by name: it is for comparing, not for schools."""
    return publication.model_name == model_name(reference) or not publication.model_name.endswith(
        SHADOW
    )


def _is(publication: Publication, reference: str | None) -> bool:
    """True unless ``reference`` asks for another version."""
    version = "" if reference is None else reference.partition("/")[2]
    return version in ("", publication.model_version)


def _none() -> NoList:
    return NoList(
        "没有已发布的名单。请先运行：baoxue weekly 数据文件夹 --as-of 日期。",
        "There is no published list. Run first: baoxue weekly DIR --as-of DATE.",
    )


def _last(names: Iterable[str]) -> tuple[str, str]:
    """What there is, the newest few, in both languages."""
    every = sorted(set(names))
    some, more = every[-NAMED:], len(every) > NAMED
    return (
        "、".join(some) + (f" 等{len(every)}个" if more else ""),
        ", ".join(some) + (f" ({len(every)} in all)" if more else ""),
    )


def _unknown_area(area: str, every: Iterable[Publication]) -> NoList:
    zh, en = _last(p.area for p in every)
    return NoList(
        f"没有地区 {area} 的名单。已有名单的地区：{zh}。请更正 --area。",
        f"There is no list of the area {area}. There are: {en}. Mend --area.",
    )


def _unknown_model(model: str, every: Iterable[Publication]) -> NoList:
    zh, en = _last(p.label for p in every)
    return NoList(
        f"没有用模型 {model} 生成的名单。已有名单所用的模型：{zh}。请更正 --model，或不写此项。",
        f"No list was made by the model {model}. There are lists by: {en}. Mend --model or leave it "
        "out.",
    )


def _unknown_school(school_id: str) -> NoList:
    return NoList(
        f"已发布的名单中没有学校 {school_id}。请核对学校标识码：见数据文件夹 schools（学校）表的 "
        "school_id 列。",
        f"No published list holds the school {school_id}. Look the id up in the column school_id of "
        "the table `schools` of the extract.",
    )


def _unknown_week(week: str, every: Iterable[Publication]) -> NoList:
    try:
        monday(week)
    except Refusal as refusal:
        return NoList(refusal.zh, refusal.en)
    zh, en = _last(p.week for p in every)
    return NoList(
        f"没有 {week} 周的名单。已发布的周次：{zh}。请更正 --week，或先运行 baoxue weekly 数据文件夹 "
        "--as-of 该周日期。",
        f"There is no list of {week}. Published weeks: {en}. Mend --week, or run baoxue weekly DIR "
        "--as-of a day of that week.",
    )
