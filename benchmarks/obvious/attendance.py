"""Roll calls and exceptions laid out as a row a pupil and day; rates, runs, trend and patterns of it."""

from __future__ import annotations

import numpy as np
import pandas as pd

from benchmarks.obvious.pupils import City, school_year
from benchmarks.obvious.read import Extract

ABSENT = ["sick", "personal", "unexcused", "unexplained", "absent"]
KINDS = {
    "absent": ABSENT,
    "unexplained": ["unexcused", "unexplained"],
    "sick": ["sick"],
    "excused": ["sick", "personal"],
    "late": ["late"],
    "early": ["early_leave"],
    "closed": ["excluded", "closed"],
    "here": ["present", "late", "early_leave", "official"],
    "back": ["present", "late", "early_leave"],
}
WINDOWS = {"2w": (14, 0), "4w": (28, 0), "p4w": (56, 28), "8w": (56, 0)}


def _halves(session: pd.Series) -> pd.Series:
    return pd.Series(np.where(session == "day", 2, 1).astype("int8"), index=session.index)


def lay_out(extract: Extract, city: City) -> pd.DataFrame:
    """A row a pupil and day of the term or the last eight weeks, in halves of a day; by pupil, then by date."""
    first = min(city.term_start, city.day - pd.Timedelta(days=60))
    calls = extract["roll_calls"]
    calls = calls[calls["date"].between(first, city.day)].copy()
    calls["taken"] = _halves(calls["session"])
    calls["year"] = school_year(calls["date"])
    calls = calls.merge(city.classes, on=["school_id", "class_id", "year"])
    calls = calls.groupby(["c", "date"])[["taken"]].sum().reset_index()
    calls["taken"] = calls["taken"].clip(upper=2).astype("int8")
    members = city.members[city.members["n"] < len(city.roll)]
    days = members[["n", "c", "start_on", "end_on"]].merge(calls, on="c")
    days = days.loc[days["date"].between(days["start_on"], days["end_on"]), ["n", "date", "taken"]]

    marks = extract["attendance"]
    marks = marks[marks["date"].between(first, city.day)].copy()
    marks["n"] = city.number(marks["student_id"]).astype("int32")
    marks = marks[marks["n"] >= 0]
    marks["marked"] = _halves(marks["session"])
    for kind, statuses in KINDS.items():
        marks[kind] = marks["marked"] * marks["status"].isin(statuses)
    sums = ["marked", *KINDS]
    marks = marks.groupby(["n", "date"], as_index=False)[sums].sum()
    days = days.merge(marks, on=["n", "date"], how="outer")  # comes out sorted by both
    days[["taken", *sums]] = days[["taken", *sums]].fillna(0).astype("int8")
    return _known(days)


def _known(days: pd.DataFrame) -> pd.DataFrame:
    """What is known of each day: not taken is not present, and who has gone is not marked any more."""
    days["missing"] = (days["taken"] - days["marked"]).clip(lower=0)
    alone = (days["unexplained"] > 0) & (days["unexplained"] == days["marked"] - days["closed"])
    alone &= days["missing"] == 0
    gone = alone & alone.shift(1, fill_value=False) & alone.shift(2, fill_value=False)
    gone &= days["n"] == days["n"].shift(2)
    # only those who were ever gone need a second look
    some = days[days["n"].isin(days.loc[gone, "n"])]
    since = some["date"].where(gone.loc[some.index]).groupby(some["n"]).ffill()
    back = some["date"].where(some["back"] > 0).groupby(some["n"]).ffill()
    still = since.notna() & (back.isna() | (since > back))
    days.loc[still.index[still], "missing"] = 0
    days["known"] = days["marked"] - days["closed"] + days["missing"]
    days["here"] += days["missing"]
    return days[days["known"] > 0].drop(columns=["marked", "taken", "missing", "back", "closed"])


def indicators(days: pd.DataFrame, extract: Extract, city: City) -> pd.DataFrame:
    """One row a pupil."""
    sums = _sums(days, city)
    out = pd.DataFrame(index=city.roll.index)
    rates = {
        "absence": ("absent", ("2w", "4w", "8w", "term")),
        "unexplained": ("unexplained", ("4w", "8w")),
        "sick": ("sick", ("4w",)),
        "excused": ("excused", ("8w",)),
        "late": ("late", ("4w", "8w")),
        "early": ("early", ("8w",)),
    }
    for name, (column, windows) in rates.items():
        for window in windows:
            out[f"{name}_{window}"] = sums[window][column] / sums[window]["known"]
    before = sums["p4w"]["absent"] / sums["p4w"]["known"]
    out["absence_change_4w"] = out["absence_4w"] - before
    out["absence_2w_vs_term"] = out["absence_2w"] - out["absence_term"]
    out["absence_4w_vs_term"] = out["absence_4w"] - out["absence_term"]
    out["coverage_4w"] = _coverage(sums["4w"]["known"], extract, city)
    out["absence_trend_8w"] = _trend(_window(days, city, "8w"), city)
    out = out.join(_patterns(days, sums["8w"], city))
    out = out.join(_runs(days, sums["term"]["known"], city))
    return _beside_class(out, city)


def _window(days: pd.DataFrame, city: City, window: str) -> pd.DataFrame:
    if window == "term":
        return days[days["date"] >= city.term_start]
    after, until = (city.day - pd.Timedelta(days=d) for d in WINDOWS[window])
    return days[(days["date"] > after) & (days["date"] <= until)]


def _sums(days: pd.DataFrame, city: City) -> dict[str, pd.DataFrame]:
    kinds = ["known", "absent", "unexplained", "sick", "excused", "late", "early"]
    found = {}
    for window in (*WINDOWS, "term"):
        sums = _window(days, city, window).groupby("n")[kinds].sum()
        found[window] = sums.reindex(city.roll.index)
    return found


def _coverage(known: pd.Series, extract: Extract, city: City) -> pd.Series:
    """Of the school days of four weeks since the pupil came, how much is known."""
    days = city.days[city.days > city.day - pd.Timedelta(days=28)]
    came = np.searchsorted(days.to_numpy(), city.roll["start_on"].to_numpy())
    expected = pd.Series(2.0 * (len(days) - came), index=city.roll.index)
    marks = extract["attendance"]
    marks = marks[marks["status"].isin(KINDS["closed"])]
    marks = marks[(marks["date"] > city.day - pd.Timedelta(days=28)) & (marks["date"] <= city.day)]
    closed = _halves(marks["session"]).groupby(city.number(marks["student_id"])).sum()
    expected -= city.per_pupil(closed, 0)
    return known.fillna(0) / expected.where(expected > 0)


def _trend(days: pd.DataFrame, city: City) -> pd.Series:
    """Least squares of absence on time, a week."""
    t = (days["date"] - city.day).dt.days.astype("int32")
    parts = pd.DataFrame({
        "n": days["n"], "k": days["known"], "a": days["absent"], "kt": days["known"] * t,
        "ktt": days["known"] * t * t, "at": days["absent"] * t,
    })  # fmt: skip
    s = parts.groupby("n").sum()
    spread = s["k"] * s["ktt"] - s["kt"] ** 2
    slope = (s["k"] * s["at"] - s["kt"] * s["a"]) / spread.where(spread > 0)
    return 7 * slope.reindex(city.roll.index)


def _patterns(days: pd.DataFrame, sums: pd.DataFrame, city: City) -> pd.DataFrame:
    recent = _window(days, city, "8w")
    out = pd.DataFrame(index=city.roll.index)
    edge = recent[recent["date"].dt.day_of_week.isin([0, 4])].groupby("n")["absent"].sum()
    absent = sums["absent"]
    out["edge_day_absence_8w"] = city.per_pupil(edge, 0) / absent.where(absent > 0)
    after = city.days[1:][np.diff(city.days) > pd.Timedelta(days=7)]
    if len(after):
        first = city.days[city.days >= after[-1]][:5]
        back = recent[recent["date"].isin(first)].groupby("n")[["absent", "known"]].sum()
        back = back.reindex(city.roll.index)
        out["return_absence_8w"] = back["absent"] / back["known"]
    else:
        out["return_absence_8w"] = np.nan
    last = days.loc[days["absent"] > 0].groupby("n")["date"].max()
    out["days_since_absence"] = (city.day - last).dt.days.reindex(city.roll.index)
    last = days.loc[days["here"] > 0].groupby("n")["date"].max()
    out["days_since_attended"] = (city.day - last).dt.days.reindex(city.roll.index)
    return out


def _runs(days: pd.DataFrame, known: pd.Series, city: City) -> pd.DataFrame:
    """Consecutive known days on which the pupil was away (without leave)."""
    out = pd.DataFrame(index=city.roll.index)
    last_known = days.groupby("n")["date"].max()
    names = {"absent": ("absence_run", "longest_absence_term"),
             "unexplained": ("unexplained_run", "longest_unexplained_term")}  # fmt: skip
    for kind, (current, longest) in names.items():
        hit = days[kind] == days["known"]
        block = ((hit != hit.shift()) | (days["n"] != days["n"].shift())).cumsum()
        runs = days[hit].groupby(block[hit]).agg(
            n=("n", "first"), length=("date", "size"), first=("date", "first"), last=("date", "last")
        )  # fmt: skip
        going = runs[runs["last"] == runs["n"].map(last_known)]
        out[current] = city.per_pupil(going.groupby("n")["length"].max(), 0)
        term = runs[runs["first"] >= city.term_start]
        out[longest] = city.per_pupil(term.groupby("n")["length"].max(), 0)
        if kind == "absent":
            recent = runs[runs["first"] > city.day - pd.Timedelta(days=56)]
            out["absence_spells_8w"] = city.per_pupil(recent.groupby("n").size(), 0)
    return out.where(known > 0)


def _beside_class(out: pd.DataFrame, city: City) -> pd.DataFrame:
    """Beside those of the class, where ten or more have a value."""
    c = city.roll["c"]
    count = out["absence_4w"].groupby(c).transform("count")
    mean = out["absence_4w"].groupby(c).transform("mean").where(count >= 10)
    out["class_absence_4w"] = mean
    out["absence_4w_vs_class"] = out["absence_4w"] - mean
    place = out["absence_8w"].groupby(c).rank()
    count = out["absence_8w"].groupby(c).transform("count")
    out["absence_8w_standing"] = ((place - 0.5) / count).where(count >= 10)
    return out
