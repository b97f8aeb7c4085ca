"""Registers in force on the day, moves and arrivals, and what class and school are like."""

from __future__ import annotations

import numpy as np
import pandas as pd

from benchmarks.obvious.pupils import City
from benchmarks.obvious.read import Extract

WATCHED = ["防止返贫致贫对象", "脱贫不稳定户", "边缘易致贫户", "突发严重困难户"]


class _Register:
    """Entries of one table, and the pupils they may be asked about."""

    def __init__(self, table: pd.DataFrame, city: City) -> None:
        self.city = city
        rows = table[table["start_on"] <= city.day].copy()
        rows["n"] = city.number(rows["student_id"])
        self.rows = rows[rows["n"] >= 0]
        self.live = self.rows[self.rows["end_on"].isna() | (self.rows["end_on"] >= city.day)]

    def held(self, rows: pd.DataFrame) -> pd.Series:
        """True where the school has any of these rows: elsewhere nothing is known, not nothing there."""
        school = self.city.roll["school_id"]
        return school.isin(school.loc[rows["n"].unique()].unique())

    def flag(self, which: pd.Series | None = None, held: pd.Series | None = None) -> pd.Series:
        """1 where the pupil has such an entry in force, 0 where not."""
        live = self.live if which is None else self.live[which.loc[self.live.index]]
        there = pd.Series(self.city.roll.index.isin(live["n"]).astype(float))
        return there.where(self.held(self.rows) if held is None else held)

    def years(self) -> pd.Series:
        """Since the first entry in force."""
        days = (self.city.day - self.live.groupby("n")["start_on"].min()).dt.days
        return (self.city.per_pupil(days, 0) / 365).where(self.held(self.rows))


def indicators(extract: Extract, city: City) -> pd.DataFrame:
    """One row a pupil."""
    out = pd.DataFrame(index=city.roll.index)
    poverty = _Register(extract["poverty"], city)
    out["poverty_registered"] = poverty.flag()
    open_risk = poverty.rows["risk_status"].fillna("open") == "open"
    out["poverty_monitored"] = poverty.flag(poverty.rows["category"].isin(WATCHED) & open_risk)
    out["poverty_years"] = poverty.years()
    out["poverty_without_aid"] = out["poverty_registered"] * (1 - _aided(extract, city))
    left = _Register(extract["left_behind"], city)
    register = left.rows["standard"] == "register"
    out["left_behind_register"] = left.flag(register, left.held(left.rows[register]))
    out["left_behind_both_away"] = left.flag(left.rows["kind"] == "2")
    named = (left.flag() == 0) | (left.flag(left.rows["carer"].notna()) == 1)
    out["left_behind_no_carer"] = left.flag(left.rows["carer"] == "none").where(named)
    out["left_behind_years"] = left.years()
    disability = _Register(extract["disability"], city)
    out["disability_registered"] = disability.flag()
    level = pd.to_numeric(disability.live["level"], errors="coerce")
    level = (5 - level.where(level > 0)).groupby(disability.live["n"]).max()
    graded = city.per_pupil(level).where(out["disability_registered"] == 1, 0.0)
    out["disability_severity"] = graded.where(out["disability_registered"].notna())
    shares = out["poverty_registered"].groupby(city.roll["c"])
    out["class_poverty_share"] = shares.transform("mean").where(shares.transform("count") >= 10)
    return out.join(_moves(extract, city)).join(_arrival(extract, city)).join(_context(city))


def _aided(extract: Extract, city: City) -> pd.Series:
    rows = extract["aid"]
    rows = rows[(rows["term"] == city.term) & rows["status"].isin(["granted", "paid"])]
    n = city.number(rows["student_id"])
    school = city.roll["school_id"]
    given = pd.Series(city.roll.index.isin(n).astype(float))
    return given.where(school.isin(school.loc[n[n >= 0].unique()].unique()))


def _moves(extract: Extract, city: City) -> pd.DataFrame:
    rows = extract["status_changes"]
    rows = rows[rows["happened_on"] <= city.day].copy()
    rows["n"] = city.number(rows["student_id"])
    rows = rows[rows["n"] >= 0]
    recent = rows[rows["happened_on"] > city.day - pd.Timedelta(days=730)]
    school = city.roll["school_id"]
    known = school.isin(school.loc[rows["n"].unique()].unique())

    def count(of: pd.DataFrame, *kinds: str) -> pd.Series:
        return city.per_pupil(of[of["kind"].isin(kinds)].groupby("n").size(), 0).where(known)

    stays = city.members.sort_values(["n", "start_on"])
    before = stays.groupby("n")[["school_id", "grade"]].shift()
    up = (before["grade"].astype(float) <= 6) & (stays["grade"].astype(float) > 6)
    moved = before["school_id"].notna() & (stays["school_id"] != before["school_id"]) & ~up
    moved &= stays["start_on"] > city.day - pd.Timedelta(days=730)
    changes = city.per_pupil(moved.groupby(stays["n"]).sum())
    changes = changes.where(city.per_pupil(stays.groupby("n").size()) > 1)
    ins, outs = count(recent, "transfer_in"), count(recent, "transfer_out")
    return pd.DataFrame({
        "transfers_2y": pd.concat([ins, outs, changes], axis=1).max(axis=1),
        "suspended_2y": count(recent, "suspended").clip(upper=1),
        "left_before": count(rows, "suspected_dropout", "dropped_out"),
        "returned_before": count(rows, "returned"),
    })  # fmt: skip


def _arrival(extract: Extract, city: City) -> pd.DataFrame:
    rows = extract["term_registration"]
    rows = rows[rows["happened_on"] <= city.day].copy()
    rows["n"] = city.number(rows["student_id"])
    rows = rows[rows["n"] >= 0]
    calendar = extract["calendar"]
    starts = calendar[calendar["is_school_day"] == 1].groupby("term")["date"].min()
    here = rows["status"] == "arrived"
    came = rows["happened_on"].where(here, city.day)
    late = (came - rows["term"].map(starts)).dt.days.clip(lower=0)
    now = rows["term"] == city.term
    past = ~now & (rows["happened_on"] > city.day - pd.Timedelta(days=730)) & late.notna()
    missed = (~here | (late > 3))[past]
    return pd.DataFrame({
        "not_arrived": city.per_pupil((~here)[now].groupby(rows["n"]).max().astype(float)),
        "late_arrivals_2y": city.per_pupil(missed.groupby(rows["n"]).sum().astype(float)),
    })  # fmt: skip


def _context(city: City) -> pd.DataFrame:
    roll = city.roll
    grade = roll["grade"].astype(float)
    year = city.day.year if (city.day.month, city.day.day) > (8, 31) else city.day.year - 1
    born = roll["birth_date"]
    age = year - born.dt.year - ((born.dt.month > 8).astype(int))
    boards = (roll["boarding"] == "2").astype(float)
    return pd.DataFrame({
        "boarding": boards.where(roll["boarding"].notna()),
        "distance_km": roll["distance_km"].astype(float),
        "grade_level": grade,
        "over_age_years": (age - (grade + 5)).where(born.notna(), np.nan),
        "class_size": roll["class_size"].astype(float),
        "school_classes": roll["school_classes"].astype(float),
    })  # fmt: skip
