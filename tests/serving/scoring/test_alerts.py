"""Each duty alert on either side of its edge; numbers from the rules, days from a plain calendar."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import polars as pl
import pytest

from serving.scoring.alerts import COLUMNS, duty_alerts, rooms
from serving.scoring.alerts.workdays import after, between
from serving.scoring.rules import BASES, RESPONSIBLE_ZH, load_duties
from tests.serving.scoring.days import (
    AUTUMN,
    CLASS,
    FRIDAY,
    SCHOOL,
    day,
    enrolment,
    pupil,
    weekdays,
)


def codes(*args: Any, **kwargs: Any) -> list[tuple[str, bool]]:
    """(code, listed) of every alert about a pupil, silence of classes left aside."""
    rows = duty_alerts(day(*args, **kwargs))
    return [(r["code"], r["listed"]) for r in rows.iter_rows(named=True) if r["student_id"]]


def status(kind: str, happened_on: date, student_id: str = "a", **more: Any) -> dict[str, Any]:
    """A status row."""
    return {
        "student_id": student_id,
        "kind": kind,
        "happened_on": happened_on,
        "known_on": happened_on,
        **more,
    }


def marks(kind: str, days: list[date]) -> list[dict[str, Any]]:
    """Attendance rows of pupil a."""
    return [
        {"student_id": "a", "date": d, "session": "day", "status": kind, "known_on": d}
        for d in days
    ]


@pytest.mark.parametrize(
    ("run", "often", "expected"),
    [
        (0, 0, None),
        (1, 1, False),
        (2, 2, False),
        (3, 3, True),
        (0, 4, None),
        (0, 5, True),
        (1, 5, True),
    ],
)
def test_unexplained_absence(run: int, often: int, expected: bool | None) -> None:
    """A task on day 1; listed at 3 consecutive or 5 in 20."""
    start = FRIDAY - timedelta(days=run - 1) if run else None
    own = pupil(
        unexplained_run=run, unexplained_20=often, unexplained_run_start=start, days_absent=run
    )
    found = codes([own])
    assert found == ([] if expected is None else [("unexplained_absence", expected)])


def test_a_day_of_last_year_is_said_with_its_year() -> None:
    """A run that began in another year than the list's names that year."""
    own = pupil(
        unexplained_run=9, unexplained_20=9, unexplained_run_start=date(2025, 12, 18), days_absent=9
    )
    row = duty_alerts(day([own])).row(0, named=True)
    assert row["zh"].startswith("自2025年12月18日起连续9个上课日")
    assert "since 2025-12-18" in row["en"]


def test_the_sentence_names_the_pupils_own_days() -> None:
    """The sentence says since when and how many school days; the basis is that of the deciding number."""
    own = pupil(
        unexplained_run=3, unexplained_20=3, unexplained_run_start=date(2026, 11, 18), days_absent=3
    )
    row = duty_alerts(day([own])).row(0, named=True)
    assert row["zh"] == "自11月18日起连续3个上课日未到校，无请假记录，待核实。"
    assert row["en"].startswith("Not at school for 3 school days")
    assert row["basis"] == "系统默认"
    assert row["since"] == date(2026, 11, 18)
    assert row["due_on"] == FRIDAY
    often = duty_alerts(day([pupil(unexplained_20=6)])).row(0, named=True)
    assert "6个上课日" in often["zh"]
    assert often["since"] is None
    task = duty_alerts(day([pupil(unexplained_run=1, unexplained_20=1)])).row(0, named=True)
    assert task["basis"] == "法律"


@pytest.mark.parametrize("reason", ["left", "gone", "suspended", "home_taught", "out"])
def test_marks_from_before_leaving_say_nothing(reason: str) -> None:
    """Who is known to be elsewhere gets no absence alert from old marks."""
    assert codes([pupil(unexplained_run=9, unexplained_20=9, out_reason=reason, in_cohort=0)]) == []


def test_a_locality_tightens_the_number_and_shows_its_own_basis() -> None:
    """A local override decides, and says 地方规定."""
    local = {
        "unexplained_absence": {"listed_after_days": {"value": 2, "reference": "某县〔2026〕1号"}}
    }
    own = pupil(unexplained_run=2, unexplained_20=2)
    row = duty_alerts(day([own], local=local)).row(0, named=True)
    assert (row["listed"], row["basis"], row["reference"]) == (True, "地方规定", "某县〔2026〕1号")


@pytest.mark.parametrize(("as_of", "listed"), [(AUTUMN, False), (AUTUMN + timedelta(days=1), True)])
def test_not_arrived(as_of: date, listed: bool) -> None:
    """Not arrived: a task on the first school day, listed on the second, a visit within the week."""
    arrival = {"student_id": "a", "term": "2026-2027-1", "status": "not_arrived", "happened_on": AUTUMN,
               "known_on": AUTUMN}  # fmt: skip
    own = pupil(last_attended_on=None)
    assert codes([own], as_of=as_of, term_registration=[arrival]) == [("not_arrived", listed)]
    row = duty_alerts(day([own], as_of=as_of, term_registration=[arrival])).row(0, named=True)
    assert row["due_on"] == AUTUMN + timedelta(days=6)


def test_not_arrived_but_seen() -> None:
    """Who was seen at school this term has arrived; who is not registered where others are has not."""
    arrival = {"student_id": "a", "term": "2026-2027-1", "status": "not_arrived", "happened_on": AUTUMN,
               "known_on": AUTUMN}  # fmt: skip
    later = AUTUMN + timedelta(days=3)
    assert codes([pupil(last_attended_on=later)], as_of=later, term_registration=[arrival]) == []
    arrived = {**arrival, "status": "arrived"}
    two = [pupil(last_attended_on=later), pupil("b", last_attended_on=None)]
    assert codes(two, as_of=later, term_registration=[arrived]) == [("not_arrived", True)]
    assert codes(two, as_of=later) == []


def test_not_arrived_ends() -> None:
    """After a month other alerts take over."""
    arrival = {"student_id": "a", "term": "2026-2027-1", "status": "not_arrived", "happened_on": AUTUMN,
               "known_on": AUTUMN}  # fmt: skip
    own = pupil(last_attended_on=None)
    assert ("not_arrived", True) not in codes([own], as_of=FRIDAY, term_registration=[arrival])


def test_primary_to_junior() -> None:
    """小升初: listed in the first week of autumn until a junior enrolment is seen; not in summer."""
    old = enrolment(grade="6", start_on=date(2025, 9, 1), known_on=date(2025, 9, 1))
    done = status("primary_completed", date(2026, 7, 3))
    july, september = date(2026, 7, 20), date(2026, 9, 2)
    assert codes(as_of=july, enrolments=[old], status_changes=[done]) == []
    assert codes(as_of=september, enrolments=[old], status_changes=[done]) == [
        ("primary_to_junior", True)
    ]
    junior = enrolment(grade="7")
    assert codes(as_of=september, enrolments=[old, junior], status_changes=[done]) == []
    moved = status("transfer_out", date(2026, 8, 1))
    assert codes(as_of=september, enrolments=[old], status_changes=[done, moved]) == []


@pytest.mark.parametrize(("days", "listed"), [(10, False), (11, True)])
def test_transfer_unconfirmed(days: int, listed: bool) -> None:
    """Listed after more than ten working days without the receiver's word."""
    left = next(d for d in weekdays(date(2026, 10, 9), FRIDAY) if between(d, FRIDAY) == days)
    own = pupil(out_reason="gone", in_cohort=0)
    found = codes([own], status_changes=[status("transfer_out", left)])
    assert found == ([("transfer_unconfirmed", True)] if listed else [])


def test_transfer_confirmed_or_enrolled_again() -> None:
    """A receiver's confirmation, or a newer enrolment, ends it."""
    left = date(2026, 10, 9)
    own = pupil(out_reason="gone", in_cohort=0)
    confirmed = status("transfer_out", left, receiver_confirmed_on=date(2026, 10, 20))
    assert codes([own], status_changes=[confirmed]) == []
    again = enrolment(start_on=date(2026, 10, 12))
    assert (
        codes([own], status_changes=[status("transfer_out", left)], enrolments=[enrolment(), again])
        == []
    )


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({"approved_by": "县教育局", "until_on": date(2026, 12, 31)}, []),
        ({"approved_by": "县教育局", "until_on": date(2026, 11, 1)}, ["suspension_expired"]),
        ({"approved_by": "县教育局"}, ["suspension_unapproved"]),
        ({"until_on": date(2026, 12, 31)}, ["suspension_unapproved"]),
        ({"until_on": date(2026, 11, 1)}, ["suspension_expired", "suspension_unapproved"]),
    ],
)
def test_suspension(more: dict[str, Any], expected: list[str]) -> None:
    """休学: expired, or without approval or an end."""
    own = pupil(out_reason="suspended", in_cohort=0)
    found = codes([own], status_changes=[status("suspended", date(2026, 9, 10), **more)])
    assert [code for code, _ in found] == expected
    resumed = status("resumed", date(2026, 11, 10))
    assert (
        codes([pupil()], status_changes=[status("suspended", date(2026, 9, 10), **more), resumed])
        == []
    )


@pytest.mark.parametrize(("count", "listed"), [(9, False), (10, True)])
def test_leave_without_proof(count: int, listed: bool) -> None:
    """Ten school days of leave in the current absence."""
    away = weekdays(date(2026, 9, 1), FRIDAY)[-count:]
    own = pupil(days_absent=count, last_attended_on=away[0] - timedelta(days=1))
    found = codes([own], attendance=marks("sick", away))
    assert found == ([("leave_without_proof", True)] if listed else [])
    never_seen = pupil(days_absent=count, last_attended_on=None)
    assert bool(codes([never_seen], attendance=marks("personal", away))) is listed


@pytest.mark.parametrize(("count", "listed"), [(5, False), (6, True)])
def test_excluded_long(count: int, listed: bool) -> None:
    """停课 beyond a week, and nobody has marked the pupil otherwise since."""
    kept = weekdays(date(2026, 9, 1), FRIDAY)[-count:]
    found = codes([pupil()], attendance=marks("excluded", kept))
    assert found == ([("excluded_long", True)] if listed else [])
    back = marks("excluded", kept[:-1]) + marks("present", kept[-1:])
    assert codes([pupil()], attendance=back) == []


def test_returned_absent() -> None:
    """A returned pupil away again within 90 days, whatever is said about it."""
    back = status("returned", FRIDAY - timedelta(days=90))
    assert codes([pupil(days_absent=1)], status_changes=[back]) == [("returned_absent", True)]
    assert codes([pupil(days_absent=0)], status_changes=[back]) == []
    long_ago = status("returned", FRIDAY - timedelta(days=91))
    assert codes([pupil(days_absent=1)], status_changes=[long_ago]) == []


@pytest.mark.parametrize(
    ("kind", "code"),
    [("missing", "registered_missing"), ("other_leave", "other_leave"), ("abroad", "abroad_unproven"),
     ("suspected_dropout", "not_back"), ("dropped_out", "not_back")],
)  # fmt: skip
def test_unresolved_statuses_are_always_listed(kind: str, code: str) -> None:
    """A status that leaves a child nowhere is listed until a later one resolves it."""
    row = status(kind, date(2026, 10, 12))
    own = pupil(out_reason="gone", in_cohort=0)
    assert codes([own], status_changes=[row]) == [(code, True)]
    assert codes([pupil()], status_changes=[row, status("returned", date(2026, 11, 1))]) == []


@pytest.mark.parametrize(("days", "listed"), [(60, True), (61, False)])
def test_an_old_entry_of_the_ledger_is_a_task(days: int, listed: bool) -> None:
    """A registered dropout is listed for sixty days; after that it stays a task of casework."""
    own = pupil(out_reason="out", in_cohort=0, unexplained_run=9, unexplained_20=9)
    row = status("dropped_out", FRIDAY - timedelta(days=days))
    assert codes([own], status_changes=[row]) == [("not_back", listed)]


def test_abroad_with_proof() -> None:
    """An approved or confirmed move abroad is resolved."""
    own = pupil(out_reason="gone", in_cohort=0)
    assert (
        codes([own], status_changes=[status("abroad", date(2026, 10, 1), approved_by="县教育局")])
        == []
    )


def test_a_run_that_ended_is_told_with_its_end() -> None:
    """Where nothing is recorded after a run its last day is said, not that it still goes on; a list that was
    made before those words says what it said."""
    start, end = date(2026, 9, 1), date(2026, 9, 4)
    run = {"unexplained_run": 4, "unexplained_run_start": start, "last_attended_on": None}
    old = day([pupil(**run, last_known_on=end), pupil("b")])
    told = {row["code"]: row for row in duty_alerts(old).iter_rows(named=True) if row["student_id"]}
    said = told["unexplained_absence"]
    assert said["zh"].startswith(
        "9月1日至9月4日连续4个上课日未到校，无请假记录；此后没有该生的考勤记录"
    )
    assert "2026-09-01 to 2026-09-04" in said["en"]
    assert "最近到校：不详" not in told["on_roll_not_present"]["zh"]
    goes_on = duty_alerts(day([pupil(**run), pupil("b")])).filter(code="unexplained_absence")
    assert goes_on["zh"].item().startswith("自9月1日起连续4个上课日未到校")
    once = pupil(unexplained_run=1, unexplained_run_start=end, last_known_on=end)
    assert duty_alerts(day([once, pupil("b")]))["zh"].item(0).startswith("9月4日未到校")
    recorded = {code: replace(duty, words={}) for code, duty in old.duties.items()}
    before = duty_alerts(replace(old, duties=recorded)).filter(code="unexplained_absence")
    assert before["zh"].item().startswith("自9月1日起连续4个上课日未到校")


def test_on_roll_not_present() -> None:
    """Not seen for twenty school days while the class was; silent classes are another matter."""
    seen = weekdays(date(2026, 9, 1), FRIDAY)[-21]
    two = [pupil(last_attended_on=seen), pupil("b")]
    assert codes(two) == [("on_roll_not_present", True)]
    assert codes([pupil(last_attended_on=seen + timedelta(days=3)), pupil("b")]) == []
    assert codes([pupil(last_attended_on=None), pupil("b")]) == [("on_roll_not_present", True)]
    assert codes([pupil(last_attended_on=seen)]) == []
    assert codes([pupil(last_attended_on=seen, out_reason="out", in_cohort=0), pupil("b")]) == []


def test_left_without_status() -> None:
    """An enrolment ended in term without a word; at a year's end only once a new term has begun."""
    ended = enrolment(end_on=date(2026, 11, 2))
    own = pupil(out_reason="left", in_cohort=0)
    assert codes([own], enrolments=[ended]) == [("left_without_status", True)]
    said = status("transfer_out", date(2026, 11, 2), receiver_confirmed_on=date(2026, 11, 3))
    assert codes([own], enrolments=[ended], status_changes=[said]) == []
    year = enrolment(
        grade="7", start_on=date(2025, 9, 1), known_on=date(2025, 9, 1), end_on=date(2026, 7, 3)
    )
    assert codes(as_of=date(2026, 8, 1), enrolments=[year]) == []
    assert codes(as_of=date(2026, 9, 3), enrolments=[year]) == [("left_without_status", True)]
    assert codes(as_of=date(2026, 9, 3), enrolments=[year, enrolment()]) == []
    last = {**year, "grade": "9"}
    assert codes(as_of=date(2026, 9, 3), enrolments=[last]) == []


def test_who_is_still_enrolled_has_not_left() -> None:
    """A later enrolment that has ended hides no open one: nobody has left, nobody finished primary."""
    short = enrolment(
        school_id="3199000002", start_on=date(2026, 10, 8), known_on=date(2026, 10, 8),
        end_on=date(2026, 10, 16),
    )  # fmt: skip
    assert codes([pupil()], enrolments=[enrolment(), short]) == []
    ended = enrolment(end_on=date(2026, 10, 30))
    told = codes([pupil(out_reason="left", in_cohort=0)], enrolments=[ended, short])
    assert told == [("left_without_status", True)]
    visit = {**short, "grade": "6", "start_on": date(2026, 6, 1), "end_on": date(2026, 7, 3)}
    since = {**enrolment(), "start_on": date(2026, 5, 1)}
    assert codes([pupil()], as_of=date(2026, 9, 3), enrolments=[since, visit]) == []


def test_row_vanished() -> None:
    """A row that a later full extract silently dropped, unless the pupil has another enrolment."""
    gone = [("z", SCHOOL, CLASS, date(2026, 11, 10), AUTUMN)]
    assert codes([pupil()], vanished=gone) == [("row_vanished", True)]
    assert codes([pupil()], vanished=[("a", *gone[0][1:])]) == []
    assert codes([pupil()], vanished=[("z", SCHOOL, CLASS, date(2026, 9, 1), AUTUMN)]) == []


@pytest.mark.parametrize(
    ("start", "end", "told"),
    [
        (date(2025, 9, 1), date(2026, 7, 3), True),  # last year's row says nothing of today
        (date(2025, 9, 1), FRIDAY - timedelta(days=1), True),
        (date(2025, 9, 1), FRIDAY, False),  # in force to its last day
        (date(2025, 9, 1), None, False),
        (AUTUMN, date(2026, 10, 9), True),
        (date(2026, 9, 2), date(2026, 10, 9), False),  # what came after has other alerts
        (FRIDAY + timedelta(days=3), None, False),  # enrolled elsewhere from Monday
    ],
)
def test_only_an_enrolment_in_force_or_begun_later_explains_a_vanished_row(
    start: date, end: date | None, told: bool
) -> None:
    """An enrolment that ended before hides no vanishing; one in force, or begun after it, does."""
    gone = [("z", SCHOOL, CLASS, date(2026, 11, 10), AUTUMN)]
    other = enrolment("z", start_on=start, known_on=min(start, FRIDAY), end_on=end)
    found = codes(vanished=gone, enrolments=[other])
    assert (("row_vanished", True) in found) == told


def test_two_rows_of_one_pupil_that_vanished_are_one_alert() -> None:
    """Of several rows the one that vanished last is told, each judged by what came after it."""
    rows = [
        ("z", SCHOOL, CLASS, date(2026, 11, 10), date(2025, 9, 1)),
        ("z", SCHOOL, CLASS, date(2026, 11, 12), AUTUMN),
    ]
    told = duty_alerts(day([], vanished=rows)).filter(pl.col("code") == "row_vanished")
    assert told["since"].to_list() == [date(2026, 11, 12)]


def test_home_teaching_below_plan() -> None:
    """Fewer than two signed lessons of two periods last month; holiday months have no plan."""
    placed = {"student_id": "a", "category": "5", "placement": "home_teaching", "start_on": date(2026, 3, 1),
              "known_on": date(2026, 3, 1)}  # fmt: skip
    own = pupil(out_reason="home_taught", in_cohort=0)

    def lesson(d: int, periods: float = 2, signed: int = 1) -> dict[str, Any]:
        on = date(2026, 10, d)
        return {
            "student_id": "a",
            "date": on,
            "periods": periods,
            "guardian_signed": signed,
            "known_on": on,
        }

    both = [lesson(9), lesson(23)]
    assert codes([own], disability=[placed], home_teaching=both) == []
    for given in (
        [lesson(9)],
        [lesson(9), lesson(23, signed=0)],
        [lesson(9), lesson(23, periods=1)],
        [],
    ):
        assert codes([own], disability=[placed], home_teaching=given) == [
            ("home_teaching_below_plan", True)
        ]
    row = duty_alerts(day([own], disability=[placed], home_teaching=[lesson(9)])).row(0, named=True)
    assert row["zh"] == "2026-10应送教2次，有家长签字记录1次。"
    assert codes([own], as_of=date(2026, 9, 10), disability=[placed]) == []
    late = {**placed, "start_on": date(2026, 10, 2)}
    assert codes([own], disability=[late]) == []
    over = {**placed, "end_on": date(2026, 11, 1)}
    assert codes([own], disability=[over]) == []


@pytest.mark.parametrize(("days", "listed"), [(10, False), (11, True)])
def test_waiting_placement(days: int, listed: bool) -> None:
    """待安置 for more than ten days."""
    row = {"student_id": "a", "category": "5", "placement": "waiting", "start_on": FRIDAY - timedelta(days=days),
           "known_on": FRIDAY - timedelta(days=days)}  # fmt: skip
    assert codes([pupil()], disability=[row]) == ([("waiting_placement", True)] if listed else [])


def test_grade_nine_before_the_examination() -> None:
    """One unexplained day in the month before 中考, grade 9 only."""
    june = date(2027, 6, 1)
    nine = pupil(grade="9", unexplained_20=1, last_attended_on=june)
    assert codes([nine], as_of=june) == [("grade9_before_exam", True)]
    assert codes([{**nine, "grade": "8"}], as_of=june) == []
    assert codes([nine], as_of=date(2027, 5, 10)) == []


@pytest.mark.parametrize(
    ("silent", "who"), [(0, None), (1, "clerk"), (2, "principal"), (3, "county"), (9, "county")]
)
def test_class_silent(silent: int, who: str | None) -> None:
    """The clerk on day 1, the principal on day 2, the county on day 3; no pupil is named."""
    heard = weekdays(AUTUMN, FRIDAY)[-1 - silent]
    roll = {
        "school_id": SCHOOL,
        "class_id": CLASS,
        "date": heard,
        "session": "day",
        "known_on": heard,
    }
    rows = duty_alerts(day([pupil()], roll_calls=[roll])).filter(pl.col("code") == "class_silent")
    assert rows["responsible"].to_list() == ([] if who is None else [who])
    assert rows["student_id"].null_count() == rows.height
    assert not rows["listed"].any()


@pytest.mark.parametrize(("later", "who"), [(0, []), (3, []), (-2, ["county"])])
def test_a_class_is_not_silent_on_days_after_the_data_came(later: int, who: list[str]) -> None:
    """Three days silent, the extract received that many days before or after the last roll: only what it can
    hold is held against nobody."""
    days = weekdays(AUTUMN, FRIDAY)
    heard = days[-4]
    roll = {
        "school_id": SCHOOL,
        "class_id": CLASS,
        "date": heard,
        "session": "day",
        "known_on": heard,
    }
    received = {0: heard, 3: days[-4], -2: FRIDAY}[later]
    given = replace(day([pupil()], roll_calls=[roll]), received_on=received)
    rows = duty_alerts(given).filter(pl.col("code") == "class_silent")
    assert rows["responsible"].to_list() == who


def test_nobody_reports_anywhere() -> None:
    """Where no attendance ever came, classes are not silent one by one."""
    assert duty_alerts(day([pupil()])).is_empty()


def test_an_empty_county_has_no_alerts() -> None:
    """No pupils, no tables: a frame with every column and no rows."""
    assert duty_alerts(day()).schema == pl.Schema(COLUMNS)
    assert duty_alerts(day(as_of=date(2026, 1, 1))).is_empty()


def test_every_alert_is_ruled_and_every_rule_alerts() -> None:
    """Codes of the files and of the rules are the same; who answers and on what basis are known words."""
    said = [code for room in rooms() for code in room.CODES]
    duties = load_duties()
    assert sorted(said) == sorted(duties)
    for duty in duties.values():
        assert duty.basis in BASES
        assert duty.responsible in RESPONSIBLE_ZH
        assert duty.reference


@pytest.mark.parametrize(
    ("start", "days", "end"),
    [
        (date(2026, 9, 30), 1, date(2026, 10, 8)),  # National Day holiday skipped
        (date(2026, 11, 20), 1, date(2026, 11, 23)),
        (date(2026, 11, 21), 0, date(2026, 11, 23)),
        (date(2026, 11, 20), 0, date(2026, 11, 20)),
    ],
)
def test_working_days(start: date, days: int, end: date) -> None:
    """Staff work on working days: holidays and weekends are skipped."""
    assert after(start, days) == end


def test_working_days_between_count_back() -> None:
    """What lies so many working days after is so many working days away."""
    for n in range(1, 30):
        assert between(date(2026, 9, 22), after(date(2026, 9, 22), n)) == n
