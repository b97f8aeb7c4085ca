"""The main job end to end: the same list from the same input, nothing of tomorrow in it, numbers that add up."""

from __future__ import annotations

import json
import re
import shutil
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from features.tables import TABLES, polars_schema
from tests.journeys.conftest import DAY, TRAIN, WEEK, Home

pytestmark = pytest.mark.slow
FORBIDDEN = re.compile("高危|问题学生|原因|导致|因为|差生|预测辍学|排名")


def _lists(home: Home, school: str, out: Path) -> dict[str, bytes]:
    out.mkdir()
    found = {}
    for form in ("csv", "json", "xlsx"):
        path = out / f"list.{form}"
        home.done("list", "--school", school, "--format", form, "--out", path)
        found[form] = path.read_bytes()
    return found


def test_the_same_list_from_two_runs_two_workers_and_after_retraining(
    home: Home, county: Path, school: str, tmp_path: Path
) -> None:
    """CSV, JSON and XLSX are the same bytes from another home, with 2 workers, and after retraining."""
    want = _lists(home, school, tmp_path / "first")
    other = Home(tmp_path / "home")
    other.done("train", county, *TRAIN, "--workers", "2")
    other.done("weekly", county, "--as-of", DAY, "--workers", "2")
    assert _lists(other, school, tmp_path / "other") == want
    home.done("train", county, *TRAIN)
    told = home.done("weekly", county, "--as-of", DAY, "--json")
    assert told.json["fresh"] is False
    assert _lists(home, school, tmp_path / "again") == want


def _tomorrow(folder: Path, table: str, rows: pl.DataFrame) -> None:
    """Append rows known only tomorrow, with changed values, to a table of the extract."""
    path = folder / f"{table}.parquet"
    old = pl.read_parquet(path)
    pl.concat([old, rows.select(old.columns).cast(dict(old.schema))]).write_parquet(path)


def _changed(folder: Path, table: str, column: str, value: str) -> None:
    later = date.fromisoformat(DAY) + timedelta(days=1)
    rows = pl.read_parquet(folder / f"{table}.parquet")
    key = list(TABLES[table].key)
    rows = rows.unique(key, keep="last", maintain_order=True).with_columns(
        pl.lit(value).alias(column), pl.lit(later).alias("known_on")
    )
    _tomorrow(folder, table, rows)


def test_what_is_known_only_tomorrow_changes_nothing_of_today(
    home: Home, county: Path, tmp_path: Path
) -> None:
    """Rows known tomorrow with changed values leave every estimate, reason and alert of today as it was."""
    folder = tmp_path / "extract"
    shutil.copytree(county, folder)
    batch = folder / "batch.toml"
    batch.write_text(
        batch.read_text(encoding="utf-8").replace(
            "received_on = 2026-11-20", "received_on = 2026-11-21"
        ),
        encoding="utf-8",
    )
    _changed(folder, "attendance", "status", "unexplained")
    _changed(folder, "grades", "level", "E")
    _changed(folder, "poverty", "risk_status", "resolved")
    _changed(folder, "left_behind", "carer", "none")
    _changed(folder, "disability", "placement", "waiting")
    _changed(folder, "aid", "status", "due")
    other = Home(tmp_path / "home")
    shutil.copytree(home.folder / "champion", other.folder / "champion")
    other.done("weekly", folder, "--as-of", DAY)
    frames = []
    for one in (home, other):
        out = tmp_path / f"scores{len(frames)}.parquet"
        one.done("scores", "--week", WEEK, "--out", out)
        frames.append(pl.read_parquet(out).drop("list_id", strict=False))
    assert frames[0].equals(frames[1])
    alerts = [
        one.done("alerts", county if one is home else folder, "--as-of", DAY).out
        for one in (home, other)
    ]
    assert alerts[0] == alerts[1]


def test_contributions_add_up_to_the_margin_and_equal_shap(
    home: Home, county: Path, tmp_path: Path
) -> None:
    """For every row |bias + sum - margin| <= 1e-6, equal to TreeExplainer; the probability follows."""
    import lightgbm as lgb
    import shap

    from features.build import build
    from features.facts import open_facts
    from training.bundle import Bundle

    out = tmp_path / "scores.parquet"
    home.done("scores", "--week", WEEK, "--out", out)
    scores = pl.read_parquet(out).sort("student_id")
    folder = next((home.folder / "bundles").glob("*/*"))
    if not (folder / "booster.txt").exists():
        pytest.fail("the small county trained no model: the journey shows nothing")
    bundle = Bundle.load(folder)
    frame = build(open_facts([county], home.folder), date.fromisoformat(DAY))
    scored = bundle.score(frame)
    columns = [c for c in scores.columns if c.startswith("contribution__")]
    total = scores.select(columns).to_numpy().astype(np.float64).sum(axis=1)
    assert np.abs(total - scored.margin).max() <= 1e-6
    assert np.allclose(scores["probability"].to_numpy(), scored.probability, atol=1e-12)
    booster = lgb.Booster(model_file=str(folder / "booster.txt"))
    names = [c.removeprefix("contribution__") for c in columns if not c.endswith("__bias")]
    values = shap.TreeExplainer(booster).shap_values(
        frame.select(booster.feature_name()).to_numpy()
    )
    values = values[1] if isinstance(values, list) else values
    given = scores.select([f"contribution__{n}" for n in booster.feature_name()]).to_numpy()
    assert set(names) == set(booster.feature_name())
    assert np.abs(given - values).max() <= 1e-5


def test_every_sentence_of_the_list_renders_in_both_languages(home: Home, county: Path) -> None:
    """Every listed pupil's reasons read well: no gap, no forbidden word, Chinese in Chinese."""
    runs = list((home.folder / "runs").glob("*/*/*/list.parquet"))
    assert runs
    rows = pl.read_parquet(runs[0])
    said = [
        s
        for c in rows.columns
        if re.fullmatch(r"reason_\d(_zh|_en)?", c)
        for s in rows[c].drop_nulls().to_list()
        if s
    ]
    assert said
    assert not [s for s in said if FORBIDDEN.search(s)]
    assert not [s for s in said if re.search(r"[{}]|nan|None", s)]


def test_a_published_week_stands_against_other_data(
    home: Home, county: Path, tmp_path: Path
) -> None:
    """Another digest in a published week is refused without a reason, and the old list stays."""
    before = home.done("status", "--json").out
    told = home.run("weekly", county, "--as-of", "2026-11-19")
    assert told.code == 1
    assert "--revise" in told.out
    assert home.done("status", "--json").out == before


def test_one_pupil_is_explained_in_three_formats(home: Home) -> None:
    """explain answers as text, JSON and HTML for a listed pupil, and refuses an unknown one."""
    rows = pl.read_parquet(next((home.folder / "runs").glob("*/*/*/list.parquet")))
    pupil = rows["student_id"][0]
    assert json.loads(home.done("explain", pupil, "--format", "json").out)
    assert "依据" in home.done("explain", pupil).out
    assert "<html" in home.done("explain", pupil, "--format", "html").out
    told = home.run("explain", "G00000000000000000X")
    assert told.code == 1


def test_schema_of_a_features_file(home: Home, county: Path, tmp_path: Path) -> None:
    """features writes keys and one Float64 column an indicator, the same on DuckDB and Polars."""
    frames = []
    for engine in ("polars", "duckdb"):
        out = tmp_path / f"{engine}.parquet"
        home.done("features", county, "--as-of", DAY, "--out", out, "--engine", engine)
        frames.append(pl.read_parquet(out))
    a, b = frames
    assert a.columns[:5] == ["student_id", "as_of", "school_id", "class_id", "grade"]
    assert len(a.columns) - 5 >= 48
    restricted = set(polars_schema("students_restricted")) - {"student_id"}
    assert not restricted & set(a.columns)
    for column in a.columns[5:]:
        assert a[column].dtype == pl.Float64
        assert a[column].is_null().equals(b[column].is_null()), column
        gap = (a[column] - b[column]).abs().max()
        assert gap is None or gap <= 1e-9, column
