"""The Open University files as one extract of the contract.

Source: Kuzilek, Hlosta, Zdrahal, Open University Learning Analytics dataset, Sci Data 4:170171
(2017), CC BY 4.0. An analogue, not school children: activity stands for attendance, area
deprivation for poverty. ``docs/handbook/sources.md`` tells what is left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path

import polars as pl

from features.batch import Batch
from features.converters.common import Converted, batch_text, write_extract
from features.converters.oulad_people import ATTRIBUTES, attributes, disability, poverty
from features.converters.oulad_source import ENROLMENT, KINDS, PRESENTATION, Source, read_source
from features.refusal import Refusal

#: The files do not say when a mark came back; the university's usual time is taken.
MARKING_DAYS = 7
REMARKS = (
    "Open University Learning Analytics Dataset, CC BY 4.0: Kuzilek, Hlosta, Zdrahal (2017).",
    "Made by `baoxue convert oulad`. Day 0 = 1 February (B) or 1 October (J).",
    f"The files do not date the marks: a mark is taken as known {MARKING_DAYS} days after the work",
    "was handed in (two rows: handed in on the day, the mark as a correction known later).",
    "received_on = last day of the last presentation plus those days; nothing known later is here.",
)
_MONTHS = {"B": 2, "J": 10}


def convert(
    source: Path, out: Path, presentations: Sequence[str] = (), *, overwrite: bool = False
) -> Converted:
    """Write the presentations of ``source`` (all where none is named) as one extract in ``out``.

    Raises ``Refusal`` where files or columns are missing or ``out`` is taken.
    """
    held = read_source(source, presentations)
    enrolled = enrolments(held)
    last = _ends(held.courses) + timedelta(days=MARKING_DAYS)
    tables = {name: _known_by(frame, last) for name, frame in _tables(held, enrolled).items()}
    terms = sorted(set(held.courses["code_presentation"]))
    batch = Batch(
        area="-".join(["oulad", *terms]),
        received_on=last,
        id_scheme="any",
        population="any",
        outcome=("dropped_out",),
        alerts=False,
        lag_days={"grades": MARKING_DAYS},
        attributes=ATTRIBUTES,
    )
    rows = write_extract(out, tables, batch_text(batch, REMARKS), overwrite=overwrite)
    return Converted(out, rows, _notes(held, enrolled, last))


def day_zero(presentation: str) -> date:
    """The nominal first day of a presentation such as ``2013J``; ``Refusal`` where it is none."""
    year, letter = presentation[:-1], presentation[-1:]
    if not (year.isdecimal() and len(year) == 4 and letter in _MONTHS):
        raise Refusal(
            f"无法识别的学期“{presentation}”。应为四位年份加 B 或 J，例如 2013J。",
            f"Unknown presentation {presentation!r}. It is a year and B or J, such as 2013J.",
        )
    return date(int(year), _MONTHS[letter], 1)


def enrolments(source: Source) -> pl.DataFrame:
    """One row per enrolment that is converted, with its ids and days; sorted by ``student_id``.

    ``day0``, ``last_day`` (of the presentation), ``registered`` (day 0 where the files do not say,
    or the day of leaving if that is earlier), ``left`` (null where nobody left). The undated
    Withdrawn are not converted: nobody can say on which days they were still there.
    """
    undated = (pl.col("final_result") == "Withdrawn") & pl.col("date_unregistration").is_null()
    frame = source.enrolments.filter(~undated).join(_days(source.courses), on=PRESENTATION)
    student = pl.concat_str(*PRESENTATION, pl.col("id_student").cast(pl.String), separator="-")
    left = _on("date_unregistration")
    return (
        frame.with_columns(student_id=student, left=left)
        .with_columns(
            registered=pl.coalesce(_on("date_registration"), pl.min_horizontal("day0", "left"))
        )
        .with_columns(known_on=pl.col("registered"))
        .sort("student_id")
    )


def _days(courses: pl.DataFrame) -> pl.DataFrame:
    """The ids, first and last day of each presentation."""
    terms = courses["code_presentation"].unique().to_list()
    first = pl.col("code_presentation").replace_strict(
        {term: day_zero(term) for term in terms}, return_dtype=pl.Date
    )
    length = pl.duration(days="module_presentation_length")
    return courses.select(
        *PRESENTATION,
        school_id="code_module",
        class_id=pl.concat_str(*PRESENTATION, separator="-"),
        term="code_presentation",
        day0=first,
        last_day=first + length,
    ).sort("class_id")


def _on(day_number: str) -> pl.Expr:
    return pl.col("day0") + pl.duration(days=day_number)


def _ends(courses: pl.DataFrame) -> date:
    ends: list[date] = _days(courses)["last_day"].to_list()
    return max(ends)


def _known_by(frame: pl.LazyFrame, day: date) -> pl.LazyFrame:
    names = frame.collect_schema().names()
    return frame.filter(pl.col("known_on") <= day) if "known_on" in names else frame


def _tables(source: Source, enrolled: pl.DataFrame) -> dict[str, pl.LazyFrame]:
    lazy = enrolled.lazy()
    daily = _with_enrolment(source.daily, lazy)
    handed_in = _submissions(source, lazy)
    return {
        **_places(source.courses),
        "students": lazy.select("student_id"),
        "students_restricted": lazy.select(
            "student_id", sex=pl.col("gender").replace_strict({"M": "1", "F": "2"}, default=None)
        ),
        "enrolments": lazy.select(
            "student_id", "school_id", "class_id", "known_on", start_on="registered"
        ),
        "status_changes": _leaving(lazy),
        "attendance": _attendance(lazy, daily),
        "activity": _activity(daily),
        "assignments": _assignments(source, handed_in),
        "grades": _grades(handed_in),
        "poverty": poverty(lazy),
        "disability": disability(lazy),
        "attributes": attributes(lazy),
    }


def _places(courses: pl.DataFrame) -> dict[str, pl.LazyFrame]:
    days = _days(courses).lazy()
    dates = days.with_columns(date=pl.date_ranges("day0", "last_day")).explode("date")
    return {
        "schools": days.select("school_id", name="school_id").unique().sort("school_id"),
        "classes": days.select("school_id", "class_id", school_year="term", name="class_id"),
        "calendar": dates.select(
            "date", "school_id", "class_id", "term", is_school_day=pl.lit(1, pl.Int8)
        ),
    }


def _with_enrolment(daily: pl.LazyFrame, enrolled: pl.LazyFrame) -> pl.LazyFrame:
    """The activity log with ``student_id`` and dates, in the order of both."""
    who = enrolled.select(*ENROLMENT, "student_id", "day0")
    days = daily.join(who, on=ENROLMENT).with_columns(date=_on("date"))
    return days.select("student_id", "date", *KINDS).sort("student_id", "date")


def _leaving(enrolled: pl.LazyFrame) -> pl.LazyFrame:
    return enrolled.filter(pl.col("left").is_not_null()).select(
        "student_id", happened_on="left", kind=pl.lit("dropped_out"), known_on="left"
    )


def _attendance(enrolled: pl.LazyFrame, daily: pl.LazyFrame) -> pl.LazyFrame:
    """Every day from day 0 (registration, if later) to the end or the day of leaving, both counted.

    Each row is known on its own day, so that the end of the rows tells nothing beforehand.
    """
    spans = enrolled.select(
        "student_id",
        first=pl.max_horizontal("day0", "registered"),
        last=pl.min_horizontal("last_day", "left"),
    ).filter(pl.col("first") <= pl.col("last"))
    days = spans.select("student_id", date=pl.date_ranges("first", "last")).explode("date")
    active = daily.select("student_id", "date", active=pl.lit(True))
    status = pl.when("active").then(pl.lit("present")).otherwise(pl.lit("absent"))
    return days.join(active, on=("student_id", "date"), how="left", maintain_order="left").select(
        "student_id", "date", session=pl.lit("day"), status=status, known_on="date"
    )


def _activity(daily: pl.LazyFrame) -> pl.LazyFrame:
    """Clicks by kind and day, those before day 0 and after leaving too: they were so."""
    kinds = daily.unpivot(
        KINDS, index=("student_id", "date"), variable_name="kind", value_name="count"
    )
    return (
        kinds.filter(pl.col("count") > 0)
        .sort("student_id", "date", "kind")
        .select("student_id", "date", "kind", "count", known_on="date")
    )


def _submissions(source: Source, enrolled: pl.LazyFrame) -> pl.LazyFrame:
    """Handed-in and carried-over work with its assessment and its enrolment."""
    who = enrolled.select(*ENROLMENT, "student_id", "term", "day0", "registered")
    return (
        source.submissions.lazy()
        .join(source.assessments.lazy(), on="id_assessment")
        .join(who, on=ENROLMENT)
        .with_columns(
            subject=pl.col("id_assessment").cast(pl.String),
            due_on=_on("date"),
            happened_on=_on("date_submitted"),
        )
    )


def _assignments(source: Source, handed_in: pl.LazyFrame) -> pl.LazyFrame:
    """Set work with a date. An examination whose sittings the files do not hold is left out:

    it would read as missed by everyone.
    """
    sat = handed_in.select("id_assessment").unique()
    work = source.assessments.lazy().filter(pl.col("date").is_not_null())
    kept = pl.concat(
        [
            work.filter(pl.col("assessment_type") != "Exam"),
            work.filter(pl.col("assessment_type") == "Exam").join(
                sat, on="id_assessment", how="semi"
            ),
        ]
    )
    return (
        kept.join(_days(source.courses).lazy(), on=PRESENTATION)
        .select(
            "school_id",
            "class_id",
            "term",
            "weight",
            school_year="term",
            subject=pl.col("id_assessment").cast(pl.String),
            due_on=_on("date"),
            kind="assessment_type",
            known_on="day0",
        )
        .sort("class_id", "due_on", "subject")
    )


def _grades(handed_in: pl.LazyFrame) -> pl.LazyFrame:
    """Two rows for each piece of work: handed in (no score yet), and its mark, known later.

    A mark carried over from an earlier attempt is one row with exam ``banked``, known from
    registration: no work was handed in, and none is missing.
    """
    carried = pl.col("is_banked") == 1
    own = handed_in.filter(~carried)
    later = pl.col("happened_on") + pl.duration(days=MARKING_DAYS)
    enrolled_by = pl.max_horizontal("happened_on", "registered")
    rows = [
        _grade(own.with_columns(score=pl.lit(None, pl.Float64), known_on="happened_on")),
        _grade(own.filter(pl.col("score").is_not_null()).with_columns(known_on=later)),
        _grade(
            handed_in.filter(carried).with_columns(happened_on=enrolled_by, known_on=enrolled_by),
            "banked",
        ),
    ]
    return pl.concat(rows).sort("student_id", "subject", "known_on")


def _grade(rows: pl.LazyFrame, exam: str = "assignment") -> pl.LazyFrame:
    return rows.select(
        "student_id", "term", "subject", "happened_on", "score", "due_on", "known_on",
        exam=pl.lit(exam), full_score=pl.lit(100.0),
    )  # fmt: skip


def _notes(source: Source, enrolled: pl.DataFrame, last: date) -> tuple[tuple[str, str], ...]:
    undated = source.enrolments.height - enrolled.height
    guessed = enrolled["date_registration"].null_count()
    late = enrolled.filter(pl.col("left") > last).height
    return (
        (
            f"未转换：{undated} 条退课而无日期的注册记录。",
            f"Not converted: {undated} enrolments withdrawn without a date.",
        ),
        (
            f"{guessed} 条注册记录没有注册日期，按开课日（或更早的退课日）计。",
            f"{guessed} enrolments without a day of registration count from day 0"
            " (or the day of leaving, if earlier).",
        ),
        (
            f"{late} 条退课日期晚于数据接收日 {last}，未写入。",
            f"{late} withdrawals dated after {last}, the day of receipt, are left out.",
        ),
        (
            "未导入的列：region、age_band、final_result。性别只写入受限表。",
            "Never imported: region, age_band, final_result. Sex: to the restricted table only.",
        ),
    )
