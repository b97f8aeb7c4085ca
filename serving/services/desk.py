"""The two ports every reading service wants, and how a publication is found."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import polars as pl

from features.refusal import Refusal
from serving.ports import Lists, Publication, Runs
from serving.scoring.model import DEFAULT


@dataclass(frozen=True)
class Desk:
    """Published lists and the run folders behind them."""

    lists: Lists
    runs: Runs

    def table(self, publication: Publication, name: str) -> pl.LazyFrame:
        """One table of a published run, lazily."""
        return self.runs.scan(publication.folder, name)

    def manifest(self, publication: Publication) -> dict[str, Any]:
        """What the run says about itself: base_rate, horizon_weeks, outcome, calendar_estimated."""
        said: dict[str, Any] = json.loads(self.runs.text(publication.folder, "manifest.json"))
        return said

    def of_school(self, school_id: str, *, week: str | None, model: str | None) -> Publication:
        """The publication that holds this school; Refusal where there is none.

        Without ``model`` the default model's list is preferred to another's of the same week.
        """
        name = model_name(model)
        found = self.lists.of_school(school_id, week=week, model=name or DEFAULT)
        if found is None and name is None:
            found = self.lists.of_school(school_id, week=week)
        if found is None or not _is(found, model):
            raise _no_list(week)
        return found

    def newest(
        self, *, week: str | None = None, model: str | None = None, area: str | None = None
    ) -> Publication:
        """The newest standing publication (of ``week``, ``area``); Refusal where there is none."""
        name = model_name(model)
        every = [p for p in self.lists.standing(area=area, model=name) if _is(p, model)]
        if week is not None:
            every = [p for p in every if p.week == week]
        preferred = [p for p in every if p.model_name == DEFAULT]
        if not every:
            raise _no_list(week)
        return (preferred or every)[-1]

    def pages(self, *, week: str | None, model: str | None) -> list[Publication]:
        """Where to look for a pupil: standing publications, newest week first, default model first."""
        name = model_name(model)
        every = [
            p for p in self.lists.standing(model=name) if week in (None, p.week) and _is(p, model)
        ]
        return sorted(every, key=lambda p: (p.week, p.model_name == DEFAULT), reverse=True)


def model_name(reference: str | None) -> str | None:
    """NAME of NAME, NAME@champion or NAME/VERSION."""
    return None if reference is None else reference.split("@")[0].split("/")[0]


def _is(publication: Publication, reference: str | None) -> bool:
    """True unless ``reference`` asks for another version."""
    version = "" if reference is None else reference.partition("/")[2]
    return version in ("", publication.model_version)


def _no_list(week: str | None) -> Refusal:
    return Refusal(
        f"没有{week + ' 周的' if week else '已发布的'}名单。请先运行：baoxue weekly 数据文件夹 --as-of 日期。",
        f"There is no published list{' for ' + week if week else ''}. Run first: baoxue weekly DIR "
        "--as-of DATE.",
    )
