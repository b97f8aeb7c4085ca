"""Extracts laid over each other: what is known on a day, against a list kept by hand."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import narwhals as nw
import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from features.asof import cut, known
from features.facts import fold
from features.facts.fold import FOREVER, Layer, numbered
from tests.features.indicators.world import frame

D0 = date(2026, 9, 1)


def layer(tables: dict[str, pl.DataFrame], received: date, full: bool) -> Layer:
    """A layer of frames at hand."""
    return Layer({name: rows.lazy() for name, rows in tables.items()}, received, full)


def fold_dated(layers: Sequence[Layer], name: str) -> pl.DataFrame:
    """A dated table of several layers, one laid upon the other."""
    stored: pl.DataFrame | None = None
    for one in layers:
        laid = fold.fold_dated(stored, one, name)
        stored = stored if laid is None else laid
    assert stored is not None
    return stored


def day(n: int) -> date:
    """The n-th day of the little world."""
    return D0 + timedelta(days=n)


def _mark(n: int, status: str, known_on: int, void: int = 0) -> dict[str, Any]:
    return {
        "student_id": "a", "date": day(n), "session": "day", "status": status,
        "known_on": day(known_on), "void": void,
    }  # fmt: skip


marks = st.builds(
    _mark,
    n=st.integers(0, 3),
    status=st.sampled_from(["sick", "unexplained", "present"]),
    known_on=st.integers(0, 12),
    void=st.sampled_from([0, 0, 0, 1]),
)
extracts = st.lists(
    st.tuples(
        st.lists(marks, max_size=6, unique_by=lambda r: (r["date"], r["known_on"])), st.booleans()
    ),
    min_size=1,
    max_size=4,
)


def _by_hand(layers: list[tuple[list[dict[str, Any]], bool, date]]) -> list[dict[str, Any]]:
    """The ledger of known rows kept one row at a time, by the contract's sentences."""
    ledger: list[dict[str, Any]] = []
    for rows, full, received in layers:
        before = list(ledger)
        for row in sorted(rows, key=lambda r: r["known_on"]):
            same_key = [r for r in before if r["date"] == row["date"]]
            said = (row["status"], row["void"])
            newest = max(r["known_on"] for r in rows if r["date"] == row["date"])
            # history sent again says nothing new; what is said last of a key is what holds now
            if row["known_on"] < newest and any(
                r["known_on"] == row["known_on"] and (r["status"], r["void"]) == said
                for r in same_key
            ):
                continue
            latest = same_key[-1] if same_key else None
            if latest and row["known_on"] <= latest["known_on"]:
                if (latest["status"], latest["void"]) == said:
                    continue
                ledger.append({**row, "known_on": max(received, latest["known_on"])})
            else:
                ledger.append(dict(row))
        if full and rows and before:
            first, last = min(r["date"] for r in rows), max(r["date"] for r in rows)
            for when in {r["date"] for r in before} - {r["date"] for r in rows}:
                latest = [r for r in before if r["date"] == when][-1]
                if first <= when <= last and not latest["void"] and latest["known_on"] < received:
                    ledger.append({**latest, "known_on": received, "void": 1})
        ledger.sort(key=lambda r: r["known_on"])
    return ledger


def _known_by(ledger: list[dict[str, Any]], when: date) -> dict[date, str]:
    latest: dict[date, dict[str, Any]] = {}
    for row in ledger:
        if row["known_on"] <= when:
            latest[row["date"]] = row
    return {d: r["status"] for d, r in latest.items() if not r["void"]}


@settings(max_examples=150, deadline=None)
@given(extracts)
def test_what_is_known_on_every_day_is_what_a_ledger_by_hand_says(
    drawn: list[tuple[list[dict[str, Any]], bool]],
) -> None:
    """Corrections, retractions, full and delta extracts give on each day what the contract says."""
    received = [day(13 + 3 * n) for n in range(len(drawn))]
    layers = [(rows, full, when) for (rows, full), when in zip(drawn, received, strict=True)]
    # two rows of one key known on one day would be a fault: bumps may not create what the check refuses
    folded = fold_dated(
        [
            layer({"attendance": frame("attendance", rows)}, when, full)
            for rows, full, when in layers
        ],
        "attendance",
    )
    ledger = _by_hand(layers)
    for n in range(-1, 30):
        got = known(folded.lazy(), day(n)).collect()
        assert dict(zip(got["date"], got["status"], strict=True)) == _known_by(ledger, day(n))


def test_one_fact_has_one_row_open_at_any_time() -> None:
    """Rows of one key close each other without gap or overlap."""
    rows = [_mark(0, "unexplained", 0), _mark(0, "sick", 4), _mark(0, "sick", 9, void=1)]
    folded = fold_dated(
        [layer({"attendance": frame("attendance", rows)}, day(20), True)], "attendance"
    )
    spans = list(zip(folded["known_on"], folded["until"], strict=True))
    assert spans == [(day(0), day(4)), (day(4), day(9)), (day(9), FOREVER)]


def test_a_row_a_later_full_extract_no_longer_holds_is_taken_back_that_day() -> None:
    """A pupil on the roll yesterday and gone from it today has vanished today, not ever."""
    roll = [
        {"student_id": s, "school_id": "1", "start_on": D0, "class_id": "1", "grade": "7"}
        for s in "ab"
    ]
    folded = fold_dated(
        [
            layer({"enrolments": frame("enrolments", roll)}, day(10), True),
            layer({"enrolments": frame("enrolments", roll[:1])}, day(20), True),
        ],
        "enrolments",
    )
    assert set(known(folded.lazy(), day(19)).collect()["student_id"]) == {"a", "b"}
    assert set(known(folded.lazy(), day(20)).collect()["student_id"]) == {"a"}
    assert folded.filter(pl.col("vanished") == 1)["student_id"].to_list() == ["b"]


def test_an_end_learned_later_is_open_until_it_is_known() -> None:
    """As of a day before it was known, an end reads as empty; so does a check not yet made."""
    row = {
        "student_id": "a", "category": "minimum", "start_on": D0, "end_on": day(5),
        "end_known_on": day(9), "checked_on": day(7), "known_on": D0,
    }  # fmt: skip
    stored = numbered(
        fold_dated([layer({"poverty": frame("poverty", [row])}, day(20), True)], "poverty")
    )
    seen = {n: known(stored.lazy(), day(n)).collect().row(0, named=True) for n in (6, 7, 8, 9)}
    assert [seen[n]["end_on"] for n in (6, 8, 9)] == [None, None, day(5)]
    assert [seen[n]["end_on_no"] is None for n in (6, 8, 9)] == [True, True, False]
    assert [seen[n]["checked_on"] for n in (6, 7)] == [None, day(7)]


def test_tables_without_dates_follow_the_latest_extract() -> None:
    """A renamed school has its new name; a school no longer sent is still known."""
    a = frame("schools", [{"school_id": "1", "name": "甲"}, {"school_id": "2", "name": "乙"}])
    b = frame("schools", [{"school_id": "1", "name": "丙"}])
    first = fold.fold_plain(None, layer({"schools": a}, day(0), True), "schools")
    folded = fold.fold_plain(first, layer({"schools": b}, day(1), True), "schools")
    assert dict(zip(folded["school_id"], folded["name"], strict=True)) == {"1": "丙", "2": "乙"}
    assert cut(nw.from_native(folded.lazy()), day(0)).collect().shape[0] == 2


def test_a_fact_taken_back_and_sent_again_holds_again() -> None:
    """On the roll, missing from the next full extract, on it again: a pupil of the roll, then not, then again."""
    roll = [
        {"student_id": s, "school_id": "1", "start_on": D0, "class_id": "1", "grade": "7"}
        for s in "ab"
    ]
    layers = [
        layer({"enrolments": frame("enrolments", rows)}, day(n), True)
        for n, rows in ((10, roll), (20, roll[:1]), (30, roll))
    ]
    folded = fold_dated(layers, "enrolments").lazy()
    on_roll = [set(known(folded, day(n)).collect()["student_id"]) for n in (15, 25, 30)]
    assert on_roll == [{"a", "b"}, {"a"}, {"a", "b"}]


def test_an_end_set_and_emptied_is_open_again() -> None:
    """A register entry ended by one extract and open in the next is in force again from that day."""
    open_ = {"student_id": "a", "category": "minimum", "start_on": D0, "known_on": D0}
    ended = {**open_, "end_on": day(5), "end_known_on": day(5)}
    layers = [
        layer({"poverty": frame("poverty", [row])}, day(n), True)
        for n, row in ((10, open_), (20, ended), (30, open_))
    ]
    folded = fold_dated(layers, "poverty").lazy()
    ends = [known(folded, day(n)).collect()["end_on"].to_list() for n in (15, 25, 30)]
    assert ends == [[None], [day(5)], [None]]


def test_the_newest_entry_of_a_register_can_vanish_too() -> None:
    """Who joined last and is missing from the next full extract has vanished like anybody else."""
    roll = [
        {"student_id": s, "school_id": "1", "start_on": day(n), "class_id": "1", "grade": "7"}
        for s, n in (("a", 0), ("b", 9))
    ]
    layers = [
        layer({"enrolments": frame("enrolments", rows)}, day(n), True)
        for n, rows in ((10, roll), (20, roll[:1]))
    ]
    folded = fold_dated(layers, "enrolments").lazy()
    assert set(known(folded, day(20)).collect()["student_id"]) == {"a"}


def test_what_became_known_on_the_very_day_is_not_taken_back_that_day() -> None:
    """Two full extracts of one day do not take back each other's news; the next day's does."""
    known_now = [
        {"student_id": s, "school_id": "1", "start_on": D0, "class_id": "1", "known_on": day(n)}
        for s, n in (("a", 0), ("b", 20))
    ]
    layers = [
        layer({"enrolments": frame("enrolments", rows)}, day(n), True)
        for n, rows in ((20, known_now), (20, known_now[:1]), (21, known_now[:1]))
    ]
    two, three = (fold_dated(layers[:n], "enrolments").lazy() for n in (2, 3))
    assert set(known(two, day(25)).collect()["student_id"]) == {"a", "b"}
    assert set(known(three, day(25)).collect()["student_id"]) == {"a"}
    assert three.collect()["void"].to_list() == [0, 0, 1]


def test_a_table_without_days_of_its_own_takes_nothing_back() -> None:
    """An extract that no longer names a temporary number does not undo that it became another."""
    aliases = [{"old_student_id": f"L{n}", "student_id": f"G{n}", "known_on": D0} for n in (1, 2)]
    folded = fold_dated(
        [
            layer({"student_aliases": frame("student_aliases", rows)}, day(n), True)
            for n, rows in ((10, aliases), (20, aliases[:1]))
        ],
        "student_aliases",
    )
    assert known(folded.lazy(), day(30)).collect().height == 2


def test_a_history_that_ends_earlier_than_before_holds_again_what_it_ends_with() -> None:
    """Sent again without its last correction, a mark is what the history now ends with, from that day."""
    history = [_mark(0, "unexplained", 0), _mark(0, "sick", 2), _mark(0, "present", 4)]
    layers = [
        layer({"attendance": frame("attendance", rows)}, day(n), full=False)
        for n, rows in ((10, history), (20, history[:2]))
    ]
    folded = fold_dated(layers, "attendance")
    said = list(zip(folded["status"], folded["known_on"], strict=True))
    assert said == [
        ("unexplained", day(0)), ("sick", day(2)), ("present", day(4)), ("sick", day(20)),
    ]  # fmt: skip
