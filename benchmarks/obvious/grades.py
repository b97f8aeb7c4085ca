"""Results beside the class's: standing in the latest examination and before, what was failed or missed."""

from __future__ import annotations

import numpy as np
import pandas as pd

from benchmarks.obvious.pupils import City
from benchmarks.obvious.read import Extract

LEVELS = {"A": 5, "B": 4, "C": 3, "D": 2, "E": 1, "优": 5, "良": 4, "合格": 3, "待合格": 1}
EXAM = ["c", "term", "exam"]
PAPER = [*EXAM, "subject"]


def _results(extract: Extract, city: City) -> pd.DataFrame:
    """A row a result, with the class that the pupil was in on the day."""
    rows = extract["grades"]
    rows = rows[rows["exam"].isin(["midterm", "final", "mock"])]
    rows = rows[rows["happened_on"] > city.day - pd.Timedelta(days=730)].copy()
    rows = rows[rows["score"].notna() | rows["level"].notna()]
    rows["n"] = city.everyone.get_indexer(pd.Index(rows["student_id"]))
    rows = rows[rows["n"] >= 0].sort_values("happened_on")
    seats = city.members[["n", "start_on", "c"]].astype({"n": rows["n"].dtype})
    seats.loc[~seats.duplicated("n"), "start_on"] = pd.Timestamp(2000, 1, 1)
    seats = seats.sort_values("start_on")
    rows = pd.merge_asof(rows, seats, left_on="happened_on", right_on="start_on", by="n")
    rows["level_no"] = rows["level"].map(LEVELS).astype(float)
    low = rows["score"] / rows["full_score"].where(rows["full_score"] > 0) < 0.6
    low = low.where(rows["level_no"].isna(), rows["level"].isin(["E", "待合格"]))
    rows["failing"] = low.astype("int8")
    return rows


def indicators(extract: Extract, city: City) -> pd.DataFrame:
    """One row a pupil."""
    rows = _results(extract, city)
    rows["paper"] = rows.groupby(PAPER).ngroup()
    rows["exam_day"] = rows.groupby(EXAM)["happened_on"].transform("min")
    level = rows.groupby("paper")["level_no"].transform("count") > 0
    rows["x"] = rows["level_no"].where(level, rows["score"])
    by = rows.groupby("paper")["x"]
    spread, count = by.transform("std", ddof=0), by.transform("count")
    z = (rows["x"] - by.transform("mean")) / spread.where(spread > 0)
    rows["z"] = z.where(spread > 0, 0.0).where(count >= 10).where(rows["x"].notna())
    latest = rows["exam_day"] == rows.groupby("n")["exam_day"].transform("max")
    earlier = rows[~latest]
    previous = earlier[earlier["exam_day"] == earlier.groupby("n")["exam_day"].transform("max")]
    year = rows[rows["happened_on"] > city.day - pd.Timedelta(days=365)]
    out = pd.DataFrame(index=city.roll.index)
    out["exam_standing"] = rows[latest].groupby("n")["z"].mean()
    out["exam_standing_lowest"] = rows[latest].groupby("n")["z"].min()
    out["exam_standing_change"] = out["exam_standing"] - previous.groupby("n")["z"].mean()
    out["exam_standing_year"] = year.groupby("n")["z"].mean()
    out["exam_standing_slope"] = _slope(rows.dropna(subset="z"), city)
    out["failing_subjects"] = rows[latest].groupby("n")["failing"].sum()
    out["failing_share_latest"] = rows[latest].groupby("n")["failing"].mean()
    out["failing_share_year"] = year.groupby("n")["failing"].mean()
    out["missed_exams"] = _missed(rows, city)
    return out


def _slope(rows: pd.DataFrame, city: City) -> pd.Series:
    """Least squares of the standing on months, a half-year."""
    t = (rows["exam_day"] - city.day).dt.days // 30
    s = pd.DataFrame({"t": t, "tt": t * t, "z": rows["z"], "tz": t * rows["z"], "k": 1})
    s = s.groupby(rows["n"]).sum()
    spread = s["k"] * s["tt"] - s["t"] ** 2
    return 6 * (s["k"] * s["tz"] - s["t"] * s["z"]) / spread.where(spread > 0)


def _missed(rows: pd.DataFrame, city: City) -> pd.Series:
    """Papers of the class's latest examination, sat by half of it or more, without the pupil's result."""
    size = city.roll.groupby("c").size()
    papers = rows.groupby("paper").agg(
        c=("c", "first"), takers=("n", "size"), exam_day=("exam_day", "first")
    )
    papers = papers[2 * papers["takers"] >= papers["c"].map(size).fillna(np.inf)]
    papers = papers[papers["exam_day"] == papers.groupby("c")["exam_day"].transform("max")]
    pupils = city.roll.reset_index(names="n")[["n", "c", "start_on"]]
    due = pupils.merge(papers.reset_index()[["paper", "c", "exam_day"]], on="c")
    due = due[due["exam_day"] > due["start_on"]]
    due = due.merge(rows[["n", "paper"]].assign(taken=1), on=["n", "paper"], how="left")
    return due["taken"].isna().groupby(due["n"]).sum().astype(float)
