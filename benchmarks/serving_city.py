"""A published run of a city for ``benchmarks.serving``: a county's real run, many times over. Synthetic.

The tables of a county's weekly run are copied with other ids, straight through the store, until there
are enough pupils; the scores are replaced by those of an invented model of 60 indicators (random parts
that add up), so that an explanation is as long as a real one. Two schools a copy, so that a list has
more than a hundred rows.
"""

from __future__ import annotations

import json
import math
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from features.catalogue import load
from serving.ports import Publication, SchoolCount
from serving.scoring.model import DEFAULT
from serving.services.desk import Desk
from serving.store.database import Database, open_database
from serving.store.lists import SqlLists, lease_key
from serving.store.runs import FolderRuns
from training.bundle import Calibration, Column, Manifest
from training.bundle.manifest import Cuts

INDICATORS = 60
#: Copies of the county in one part of the run's folder.
TOGETHER = 10
WEEK = "2026-W47"
TABLES = ("list", "scores", "roster", "alerts", "features", "details", "marks")


def publish_city(source: Path, home: Path, database: Database, pupils: int) -> int:
    """Write and publish it in ``home``; the pupils that it holds. ``source`` is a county's home."""
    desk = Desk(
        SqlLists(open_database(f"sqlite:///{source / 'baoxue.db'}")), FolderRuns(source / "runs")
    )
    county = desk.newest()
    base = {name: desk.table(county, name).collect() for name in TABLES}
    model = _model(base["features"])
    base["scores"] = _scores(base["features"], model)
    runs, folder = FolderRuns(home / "runs"), f"990000-city/{WEEK}/Lbenchmark{pupils:08d}"
    copies = math.ceil(pupils / base["roster"].height)
    for part, first in enumerate(range(0, copies, TOGETHER)):
        numbers = range(first, min(copies, first + TOGETHER))
        if not runs.exists(folder):
            runs.add(
                folder,
                part,
                {n: pl.concat(_copied(t, k) for k in numbers) for n, t in base.items()},
            )
    runs.finish(
        folder, {"manifest.json": _manifest(desk, county), "bundle.json": model.to_json({})}
    )
    schools = tuple(s for k in range(copies) for s in _schools(base["roster"], k))
    _publish(database, _publication(county, folder, schools))
    return copies * base["roster"].height


def school_of(copy: int, half: int) -> str:
    """The id of one of a copy's two schools."""
    return f"32{copy:05d}{half:03d}"


def _copied(table: pl.DataFrame, copy: int) -> pl.DataFrame:
    """The table with this copy's ids; nothing else differs."""
    said = []
    if "school_id" in table.columns:
        first, other = (pl.lit(school_of(copy, half)) for half in (0, 1))
        half = pl.col("school_id").hash(7) % 2
        said.append(pl.when(half == 0).then(first).otherwise(other).alias("school_id"))
    for name, mark in (("student_id", f"G{copy:04d}"), ("pupil_id", f"p{copy:04x}")):
        if name in table.columns:
            own = pl.col(name)
            new = pl.lit(mark) + own.str.slice(len(mark))
            said.append(pl.when(own == "").then(own).otherwise(new).alias(name))
    made = table.with_columns(said)
    return made.sort("school_id", maintain_order=True) if "school_id" in made.columns else made


def _model(features: pl.DataFrame) -> Manifest:
    """A model that was never trained: the first 60 indicators that many pupils have a value of."""
    have = [one for one in load() if one.name in features.columns]
    have = [one for one in have if features[one.name].null_count() < 0.5 * features.height]
    columns = [
        Column(o.name, o.family, o.direction, o.changeable, o.family in ("poverty", "disability"),
               o.unit, o.label_zh, o.label_en)
        for o in have[:INDICATORS]
    ]  # fmt: skip
    return Manifest(
        kind="model",
        name=DEFAULT,
        columns=tuple(columns),
        fingerprint=load().fingerprint,
        calibration=Calibration("identity"),
        cuts=Cuts("probability", 0.1, 0.05),
        base_rate=0.02,
        horizon_weeks=8,
        trained_until="2026-11-01",
        synthetic=True,
    )


def _scores(features: pl.DataFrame, model: Manifest) -> pl.DataFrame:
    """Random parts that add up with the bias to the margin."""
    luck = np.random.default_rng(7)
    parts = luck.normal(0, 0.2, (features.height, len(model.columns)))
    bias = math.log(0.02 / 0.98)
    margin = parts.sum(axis=1) + bias
    chance = 1 / (1 + np.exp(-margin))
    named = {f"contribution__{c.name}": parts[:, at] for at, c in enumerate(model.columns)}
    return features.select("student_id", "school_id", "as_of").with_columns(
        probability=pl.Series(chance),
        band=pl.lit("watch"),
        **{name: pl.Series(values) for name, values in named.items()},
        contribution__bias=pl.lit(bias),
        margin=pl.Series(margin),
        interval_low=pl.Series(0.8 * chance),
        interval_high=pl.Series(np.minimum(1, 1.2 * chance)),
    )


def _manifest(desk: Desk, county: Publication) -> str:
    said: dict[str, Any] = desk.manifest(county)
    return json.dumps(said | {"base_rate": 0.02, "horizon_weeks": 8}, ensure_ascii=False)


def _schools(roster: pl.DataFrame, copy: int) -> list[SchoolCount]:
    own = _copied(roster, copy).group_by("school_id", maintain_order=True)
    counted = own.agg(pl.len().alias("cohort"), pl.col("listed").sum())
    return [
        SchoolCount(s, f"第{s[2:]}学校", "nine_year", cohort, listed, int(listed))
        for s, cohort, listed in counted.iter_rows()
    ]


def _publication(county: Publication, folder: str, schools: tuple[SchoolCount, ...]) -> Publication:
    return replace(
        county,
        list_id=folder.rsplit("/", 1)[-1],
        area="990000-city",
        week=WEEK,
        folder=folder,
        schools=schools,
        published_at=datetime(2026, 11, 21, 8, 0, tzinfo=UTC),
        synthetic=True,
    )


def _publish(database: Database, one: Publication) -> None:
    lists, key = SqlLists(database), lease_key(one.area, one.week, one.model_name)
    if lists.current(one.area, one.week, one.model_name) is not None:
        return
    lists.take_lease(key, "benchmark", now=one.published_at, seconds=60)
    lists.publish(one, revise=False, holder="benchmark")
    lists.drop_lease(key, "benchmark")
