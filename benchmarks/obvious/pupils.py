"""Who is at which school on the day, numbered; who was in which class when; the term and its days."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from benchmarks.obvious.read import Extract

GONE = ["transfer_out", "abroad", "deceased", "missing", "other_leave", "graduated",
        "primary_completed", "deferred", "suspended", "suspected_dropout", "dropped_out"]  # fmt: skip
HERE = ["transfer_in", "back_from_abroad", "returned", "resumed", "reinstated", "suspicion_cleared"]


@dataclass(frozen=True)
class City:
    """``roll``: a row a pupil, by number; ``members``: a row a pupil and class, with its days.

    Who was here before and has left is numbered after the roll (``everyone``): peers of past examinations.
    """

    day: pd.Timestamp
    roll: pd.DataFrame
    everyone: pd.Index
    members: pd.DataFrame
    classes: pd.DataFrame
    days: pd.DatetimeIndex
    term: str
    term_start: pd.Timestamp

    def number(self, ids: pd.Series) -> pd.Series:
        """Pupils' numbers, -1 for who is not on the roll."""
        return pd.Series(pd.Index(self.roll["student_id"]).get_indexer(ids), index=ids.index)

    def per_pupil(self, values: pd.Series, fill: float = np.nan) -> pd.Series:
        """A value for everyone, from a series by pupil number."""
        found: pd.Series = values.reindex(self.roll.index).fillna(fill)
        return found


def school_year(days: pd.Series) -> pd.Series:
    """2026 from August 2026 on."""
    return days.dt.year - (days.dt.month < 8)


def _away(extract: Extract, day: pd.Timestamp) -> pd.Series:
    """Who has gone by the latest status on record, and no enrolment began since."""
    moves = extract["status_changes"]
    moves = moves[(moves["happened_on"] <= day) & moves["kind"].isin(GONE + HERE)]
    latest = moves.sort_values("happened_on").drop_duplicates("student_id", keep="last")
    latest = latest[latest["kind"].isin(GONE)]
    newest = extract["enrolments"].groupby("student_id")["start_on"].max()
    begun = latest["student_id"].map(newest)
    out = latest["kind"].isin(["suspected_dropout", "dropped_out", "suspended"])
    away: pd.Series = latest.loc[out | (latest["happened_on"] >= begun), "student_id"]
    return away


def gather(extract: Extract) -> City:
    """The roll on the day and all that is numbered by it."""
    day = extract.day
    stays = extract["enrolments"].copy()
    stays = stays[stays["start_on"] <= day].sort_values(["student_id", "start_on"])
    stays["year"] = school_year(stays["start_on"])
    now = stays[stays["end_on"].isna() | (stays["end_on"] >= day)]
    roll = now.drop_duplicates("student_id", keep="last").merge(
        extract["students"], on="student_id", how="left"
    )
    roll["class_size"] = roll.groupby(["school_id", "class_id"])["grade"].transform("size")
    roll["school_classes"] = roll.groupby("school_id")["class_id"].transform("nunique")
    roll = roll[~roll["student_id"].isin(_away(extract, day))].reset_index(drop=True)
    everyone = pd.Index(pd.concat([roll["student_id"], stays["student_id"]]).unique())
    stays["n"] = everyone.get_indexer(stays["student_id"])
    keys = ["school_id", "class_id", "year"]
    classes = stays[keys].drop_duplicates().reset_index(drop=True)
    classes["c"] = np.arange(len(classes), dtype=np.int32)
    members = stays.merge(classes, on=keys)
    members["n"] = members["n"].astype("int32")
    # an enrolment lasts until the pupil's next begins
    following = members.groupby("n")["start_on"].shift(-1) - pd.Timedelta(days=1)
    members["end_on"] = members[["end_on"]].assign(next=following).min(axis=1)
    members["end_on"] = members["end_on"].fillna(pd.Timestamp.max.floor("D"))
    roll["c"] = members.drop_duplicates("n", keep="last").set_index("n")["c"]
    calendar = extract["calendar"]
    whole = calendar[calendar[["school_id", "grade", "class_id"]].isna().all(axis=1)]
    whole = whole[(whole["is_school_day"] == 1) & (whole["date"] <= day)].sort_values("date")
    term = str(whole["term"].iloc[-1])
    start = whole.loc[whole["term"] == term, "date"].iloc[0]
    return City(day, roll, everyone, members, classes, pd.DatetimeIndex(whole["date"]), term, start)
