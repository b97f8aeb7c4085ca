"""Laws that hold for every indicator of the catalogue, whoever wrote it."""

from __future__ import annotations

import math
import random
from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from functools import cache
from typing import Any

import polars as pl
import pytest

from features.build import build_details
from features.catalogue import Catalogue, load
from features.facts import Facts
from features.indicator import BACKGROUND_FAMILIES, Indicator
from features.prepare import prepared_tables
from features.sentence import fields, render
from features.tables import RESTRICTED_COLUMNS, TABLES
from tests.features.indicators.world import Case, Rows, facts_of, merged, new_folder
from tests.spark import session as spark_session

CATALOGUE = load()
CASES = tuple(
    Case(indicator.name, nth, example)
    for indicator in CATALOGUE
    for nth, example in enumerate(indicator.examples)
)
EVERY = pytest.mark.parametrize("indicator", CATALOGUE, ids=lambda i: i.name)
ENGINES = ("polars", "duckdb", pytest.param("spark", marks=[pytest.mark.spark, pytest.mark.slow]))
#: Words that no page says of a pupil, in no template.
FORBIDDEN = (
    "高危", "问题学生", "原因", "导致", "因为", "所以", "差生", "预测辍学", "排名", "后进",
    "high-risk", "high risk", "caused", "because", "problem student", "rank", "will drop out",
)  # fmt: skip
Numbers = dict[str, dict[str, float | None]]
Moment = tuple[str, date]


def _by_moment() -> dict[Moment, list[Case]]:
    found: dict[Moment, list[Case]] = defaultdict(list)
    for case in CASES:
        found[case.example.attendance_mode, case.example.as_of].append(case)
    return found


MOMENTS = _by_moment()
#: The way of keeping attendance that most examples have comes first.
MODES = sorted({mode for mode, _ in MOMENTS}, reverse=True)
#: A day with fewer examples than this is asked only about the indicators of its examples.
FEW = 30


@cache
def _rows(mode: str) -> Rows:
    """The rows of every example of this way of keeping attendance."""
    return merged(case for case in CASES if case.example.attendance_mode == mode)


@cache
def _facts(mode: str) -> Facts:
    return facts_of(_rows(mode), mode=mode, folder=new_folder())


@cache
def _catalogue(mode: str, day: date) -> Catalogue:
    """All indicators; of a day with few examples those of its examples, and what they use."""
    cases = MOMENTS[mode, day]
    if len(cases) >= FEW:
        return CATALOGUE
    wanted = {case.indicator for case in cases}
    while more := {used for name in wanted for used in CATALOGUE[name].uses} - wanted:
        wanted |= more
    return Catalogue(tuple(i for i in CATALOGUE if i.name in wanted))


def _numbers(facts: Facts, day: date, engine: str = "polars") -> tuple[Numbers, Numbers]:
    """By pupil: every indicator asked about that day, and what the sentences say."""
    catalogue = _catalogue(facts.batch.attendance_mode, day)
    frame, said = build_details(facts, day, engine=engine, catalogue=catalogue)
    by_pupil = {row["student_id"]: row for row in frame.iter_rows(named=True)}
    return by_pupil, {row["student_id"]: row for row in said.iter_rows(named=True)}


@cache
def _today(mode: str, day: date, engine: str = "polars") -> tuple[Numbers, Numbers]:
    return _numbers(_facts(mode), day, engine)


def _same(a: float | None, b: float | None) -> bool:
    if a is None or b is None:
        return a is b
    return abs(a - b) <= 1e-9


def _differences(before: Numbers, after: Numbers) -> list[str]:
    """Which indicators of which pupils are not the same."""
    assert set(before) == set(after)
    return [
        f"{pupil}.{name}: {before[pupil][name]} -> {after[pupil][name]}"
        for pupil in before
        for name in CATALOGUE.names
        if name in before[pupil]
        if not _same(before[pupil][name], after[pupil][name])
    ]


@pytest.fixture(scope="module")
def spark() -> Iterator[object]:
    """One local Spark session for all laws, where there is a Java virtual machine."""
    yield from spark_session("local[1]")


@pytest.mark.parametrize("engine", ENGINES)
def test_every_example_holds_on_every_engine(engine: str, request: pytest.FixtureRequest) -> None:
    """An example's pupils get the example's numbers, to 1e-9, nulls where nulls are meant."""
    if engine == "spark":
        request.getfixturevalue("spark")
    wrong = []
    for (mode, day), cases in MOMENTS.items():
        numbers, _ = _today(mode, day, engine)
        for case in cases:
            for pupil, wanted in case.expected().items():
                got = numbers[pupil][case.indicator]
                if not _same(got, wanted):
                    wrong.append(f"{pupil} on {day}: {wanted} wanted, {got} got")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("engine", ENGINES[1:])
def test_engines_agree_on_every_number(engine: str, request: pytest.FixtureRequest) -> None:
    """All indicators of all pupils are equal on all engines, not only the examples' own."""
    if engine == "spark":
        request.getfixturevalue("spark")
    for mode, day in MOMENTS:
        here, _ = _today(mode, day)
        there, _ = _today(mode, day, engine)
        assert not _differences(here, there)


def test_no_number_is_nan_or_infinite() -> None:
    """What is no number is null, never NaN and never infinite."""
    for mode, day in MOMENTS:
        numbers, _ = _today(mode, day)
        for pupil, row in numbers.items():
            for name in CATALOGUE.names:
                value = row.get(name)
                assert value is None or math.isfinite(value), f"{pupil}.{name}"


# --- what is known only tomorrow ------------------------------------------------------------------


def _other(value: Any, column: str, table: str) -> Any:
    """Another lawful value of the column."""
    codes = sorted(TABLES[table].column(column).codes)
    if value is None:
        return codes[0] if codes else None
    if codes and value in codes:
        return codes[(codes.index(value) + 1) % len(codes)]
    if isinstance(value, date):
        return value - timedelta(days=3)
    if isinstance(value, int | float):
        return value + 7
    return value


def _changed(row: Mapping[str, Any], table: str) -> dict[str, Any]:
    """The same fact (its key stands) with every other value changed."""
    own = TABLES[table]
    still = {*own.key, "known_on", "void", "student_id", "school_id", "class_id"}
    names = {c.name for c in own.columns} - still
    return dict(row) | {n: _other(row.get(n), n, table) for n in names}


def _tomorrow(rows: Rows, table: str, day: date, kind: str) -> Rows:
    """``rows`` with news of ``table`` that is known only on the day after ``day``.

    ``changed``: every fact corrected; ``void``: every fact taken back; ``more``: every fact once more
    under another key, of the days around ``day``.
    """
    known = day + timedelta(days=1)
    own = TABLES[table]
    news = []
    for n, row in enumerate(rows.get(table, [])):
        if row.get("known_on") is not None and row["known_on"] > day:
            continue
        if kind == "changed":
            news.append(_changed(row, table) | {"known_on": known})
        elif kind == "void":
            news.append(dict(row) | {"void": 1, "known_on": known})
        elif own.clock in own.key and own.clock is not None:
            moved = {own.clock: row[own.clock] - timedelta(days=1 + n % 5)}
            news.append(_changed(row, table) | moved | {"known_on": known})
    return {**rows, table: [*rows.get(table, []), *_unlike(rows.get(table, []), news, table)]}


def _unlike(
    stored: list[dict[str, Any]], news: list[dict[str, Any]], table: str
) -> list[dict[str, Any]]:
    """News of one key and day once only, and none that a stored row of that day contradicts."""
    key = (*TABLES[table].key, "known_on")
    seen = {tuple(row.get(k) for k in key) for row in stored}
    fresh = []
    for row in news:
        name = tuple(row.get(k) for k in key)
        if name not in seen:
            seen.add(name)
            fresh.append(row)
    return fresh


DATED = sorted(name for name, table in TABLES.items() if table.dated)


@pytest.mark.parametrize("kind", ["changed", "void", "more"])
@pytest.mark.parametrize("table", DATED)
def test_what_is_known_only_tomorrow_changes_no_number_of_today(table: str, kind: str) -> None:
    """Rows known on the day after, with changed values, taken back or new, change nothing today."""
    for mode, day in _main_moments():
        rows = _rows(mode)
        if not rows.get(table):
            continue
        news = facts_of(_tomorrow(rows, table, day, kind), mode=mode, folder=new_folder())
        after, _ = _numbers(news, day)
        assert not _differences(_today(mode, day)[0], after)


def test_what_becomes_known_does_change_numbers() -> None:
    """The same news, known today, does change numbers: the law above is not empty."""
    mode, day = _main_moments()[0]
    for table in ("attendance", "activity", "grades"):
        earlier = _tomorrow(_rows(mode), table, day - timedelta(days=1), "changed")
        after, _ = _numbers(facts_of(earlier, mode=mode, folder=new_folder()), day)
        assert _differences(_today(mode, day)[0], after), table


def _main_moments() -> list[Moment]:
    """Of either way of keeping attendance the day with most examples."""
    return [
        max((m for m in MOMENTS if m[0] == mode), key=lambda m: len(MOMENTS[m])) for mode in MODES
    ]


# --- order, neighbours, evidence ------------------------------------------------------------------


@pytest.mark.parametrize("mode", MODES)
def test_the_order_of_rows_changes_nothing(mode: str) -> None:
    """Rows in any order give the same numbers, to the last bit."""
    chance = random.Random(20261121)
    shuffled = {name: chance.sample(rows, len(rows)) for name, rows in _rows(mode).items()}
    facts = facts_of(shuffled, mode=mode, folder=new_folder())
    for _, day in [m for m in _main_moments() if m[0] == mode]:
        after, _ = _numbers(facts, day)
        before, _ = _today(mode, day)
        names = _catalogue(mode, day).names
        assert {p: [r[n] for n in names] for p, r in before.items()} == {
            p: [r[n] for n in names] for p, r in after.items()
        }


def _circle_of(case: Case, own: str, circle: str) -> set[str]:
    """The pupils of an example's school whose rows may touch the numbers of ``own``."""
    if circle == "none":
        return {own}
    places = {r["student_id"]: r for r in case.rows()["enrolments"]}
    keys = {
        "class": ("school_id", "class_id"),
        "grade": ("school_id", "grade"),
        "school": ("school_id",),
    }
    mine = [places[own].get(k) for k in keys[circle]]
    return {p for p, r in places.items() if [r.get(k) for k in keys[circle]] == mine}


def _without_others(case: Case, own: str, circle: str) -> Rows:
    """The example's rows, where everybody outside the circle of ``own`` has gone with all their rows."""
    kept = _circle_of(case, own, circle)
    return {
        name: [r for r in rows if r.get("student_id") is None or r["student_id"] in kept]
        for name, rows in case.rows().items()
    }


def _numbered(case: Case, which: int) -> str:
    """The first (0) or last (-1) pupil of the example who has a number; empty where none has."""
    named = [pupil for pupil, value in case.expected().items() if value is not None]
    return named[which] if named else ""


@cache
def _alone(mode: str, day: date, which: int) -> Numbers:
    """Numbers of a county of which every example has only one pupil and that pupil's declared peers."""
    rows: Rows = {}
    for case in MOMENTS[mode, day]:
        own = _numbered(case, which)
        if own:
            circle = CATALOGUE[case.indicator].circle
            for name, table in _without_others(case, own, circle).items():
                rows.setdefault(name, []).extend(table)
    return _numbers(facts_of(rows, mode=mode, folder=new_folder()), day)[0]


@EVERY
@pytest.mark.parametrize("which", [0, -1], ids=["first", "last"])
def test_pupils_outside_the_declared_peers_change_nothing(indicator: Indicator, which: int) -> None:
    """With everyone outside the circle gone, a pupil's number is the same as beside all of them."""
    for case in (c for c in CASES if c.indicator == indicator.name):
        own = _numbered(case, which)
        if own:
            alone = _alone(case.example.attendance_mode, case.example.as_of, which)
            assert _same(alone[own][indicator.name], case.expected()[own]), own


@EVERY
def test_no_evidence_gives_no_number(indicator: Indicator) -> None:
    """Every indicator has at least two examples, and one of them has a pupil without a number.

    Where a table is complete by nature (a register, the roll) nothing in it is 0, and an example says so.
    """
    assert len(indicator.examples) >= 2
    values = [v for e in indicator.examples for v in e.expect.values()]
    assert any(v is not None for v in values)
    complete = indicator.background or indicator.family in {"mobility", "context"}
    assert complete or None in values


def test_a_pupil_of_whom_nothing_is_known_has_no_number_of_school_life() -> None:
    """An enrolled pupil without any row has null in attendance, grades and engagement, never 0."""
    rows = Case("nobody", 0, CASES[0].example.__class__({}, date(2026, 11, 6), {"a": None})).rows()
    frame, _ = build_details(
        facts_of(rows, mode="full", folder=new_folder()), date(2026, 11, 6), catalogue=CATALOGUE
    )
    assert frame.height == 1
    known = frame.row(0, named=True)
    lived = [i.name for i in CATALOGUE if i.family in {"attendance", "grades", "engagement"}]
    # that nothing was recorded is itself a fact
    assert {n for n in lived if known[n] is not None} == {"coverage_4w"}
    assert known["coverage_4w"] == 0


def test_an_empty_county_has_a_frame_without_rows() -> None:
    """Without any row there is a frame with all columns and no pupil."""
    facts = facts_of({}, mode="full", folder=new_folder())
    frame, _ = build_details(facts, date(2026, 11, 6), catalogue=CATALOGUE)
    assert frame.height == 0
    assert set(CATALOGUE.names) <= set(frame.columns)


# --- words ----------------------------------------------------------------------------------------


@EVERY
def test_the_sentence_renders_in_both_languages(indicator: Indicator) -> None:
    """With a pupil's own values the sentence has no gap left, and no word that nobody may say."""
    said = {"value", *indicator.says(_columns(indicator))}
    assert fields(indicator.zh) <= said
    assert fields(indicator.en) <= said
    spoken = 0
    for case in (c for c in CASES if c.indicator == indicator.name):
        numbers, details = _today(case.example.attendance_mode, case.example.as_of)
        for pupil, wanted in case.expected().items():
            if wanted is None:
                continue
            prefix = f"{indicator.name}__"
            values = {
                k.removeprefix(prefix): v for k, v in details[pupil].items() if k.startswith(prefix)
            }
            values["value"] = numbers[pupil][indicator.name]
            zh, en = render(indicator.zh, values), render(indicator.en, values, "en")
            assert zh.endswith("。")
            assert en.endswith(".")
            assert not {"{", "}", "None", "nan"} & {*zh, *zh.split(), *en.split()}
            spoken += 1
    assert spoken


def _columns(indicator: Indicator) -> Any:
    from features.indicator import Columns

    return Columns(date(2026, 11, 6), indicator.peers)


@EVERY
def test_no_template_holds_a_forbidden_word(indicator: Indicator) -> None:
    """No label and no sentence blames, names a cause or sorts pupils into kinds."""
    text = " ".join((indicator.zh, indicator.en, indicator.label_zh, indicator.label_en)).lower()
    assert not [word for word in FORBIDDEN if word in text]
    for half_width in (",", ";", ":", "?", "!", "("):
        bare = indicator.zh
        for name in fields(indicator.zh):
            bare = bare.replace("{" + name, "")
        bare = "".join(part.split("}")[-1] if "}" in part else part for part in bare.split(":"))
        assert half_width not in bare or half_width == ":", indicator.zh


# --- what may never be read -----------------------------------------------------------------------


def test_restricted_columns_change_nothing() -> None:
    """Sex, ethnicity, hukou, orphan and unattended, whatever they are, change no number."""
    for mode, day in _main_moments():
        rows = dict(_rows(mode))
        for n in range(2):
            rows["students_restricted"] = [
                {
                    "student_id": student["student_id"],
                    "sex": "12"[(k + n) % 2],
                    "ethnicity": ("汉族", "藏族")[(k + n) % 2],
                    "hukou_code": str(620000 + k + n),
                    "orphan": (k + n) % 2,
                    "unattended": (k + 1 + n) % 2,
                }
                for k, student in enumerate(rows["students"])
            ]
            after, _ = _numbers(facts_of(rows, mode=mode, folder=new_folder()), day)
            assert not _differences(_today(mode, day)[0], after)


def test_the_restricted_table_is_never_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    """No prepared table and no indicator opens the restricted table or the household registry."""
    opened: set[str] = set()
    whole = Facts.path

    def path(self: Facts, name: str) -> Any:
        opened.add(name)
        return whole(self, name)

    monkeypatch.setattr(Facts, "path", path)
    mode, day = _main_moments()[0]
    _numbers(_facts(mode), day)
    assert "enrolments" in opened
    assert not {t.name for t in TABLES.values() if t.restricted} & opened
    assert not {"students_restricted", "household_registry"} & opened


@EVERY
def test_no_part_names_a_restricted_column(indicator: Indicator) -> None:
    """Parts come from prepared tables, and none of their columns is called like a restricted one."""
    for part in indicator.parts:
        assert part.table in prepared_tables()
        assert part.what not in RESTRICTED_COLUMNS
    assert not any(word in indicator.name for word in ("sex", "ethnic", "hukou", "orphan"))


# --- the catalogue as a whole ---------------------------------------------------------------------


def test_names_are_unique_and_plain() -> None:
    """Every name is one snake_case word that no other indicator bears."""
    assert len(set(CATALOGUE.names)) == len(CATALOGUE.names)
    assert all(name.isidentifier() and name == name.lower() for name in CATALOGUE.names)


def test_there_are_enough_of_them_in_every_family() -> None:
    """At least 48 columns from at least 30 definitions, and every family has some."""
    definitions = {i.value.__code__ for i in CATALOGUE}
    assert len(CATALOGUE.names) >= 48
    assert len(definitions) >= 30
    families = {i.family for i in CATALOGUE}
    assert families >= {
        "attendance", "grades", "engagement", "poverty", "left_behind", "disability", "mobility",
        "context",
    }  # fmt: skip


@EVERY
def test_direction_and_words_are_declared(indicator: Indicator) -> None:
    """Every indicator says in which direction the estimate may follow it, and what it is called."""
    assert indicator.direction in (-1, 0, 1)
    assert indicator.label_zh
    assert indicator.label_en
    assert indicator.background == (indicator.family in BACKGROUND_FAMILIES)
    assert set(indicator.uses) <= set(CATALOGUE.names)
    assert indicator.peers == "none" or indicator.uses


def test_the_fingerprint_is_of_what_indicators_mean() -> None:
    """The same catalogue has the same fingerprint; one indicator less has another."""
    assert load().fingerprint == CATALOGUE.fingerprint
    assert Catalogue(CATALOGUE.indicators[1:]).fingerprint != CATALOGUE.fingerprint


def test_frames_are_sorted_and_typed() -> None:
    """One row a pupil, by student_id, Float64 throughout."""
    mode, day = _main_moments()[0]
    frame, _ = build_details(_facts(mode), day, catalogue=CATALOGUE)
    assert frame["student_id"].is_sorted()
    assert frame["student_id"].is_unique().all()
    assert all(frame.schema[name] == pl.Float64 for name in CATALOGUE.names)
