"""``pupils``: one row a pupil of the cohort, for indicators about the pupil rather than about days."""

from __future__ import annotations

import narwhals as nw

from features.prepare.day import Day, Frame

col = nw.col

ONE_ROW = True


def prepare(day: Day) -> Frame:
    """student_id and numbers of the roll: birth_date_no, enrolled_on_no, grade_no, boarding, term_start_no, ...

    ``age_days`` on the day, ``enrolled_days`` since the enrolment in force began (negative never: it has
    begun), ``boards`` 1 for 住校.
    """
    today = nw.lit(day.number)
    return day.pupils.select(
        "student_id",
        "grade_no",
        "birth_date_no",
        "enrolled_on_no",
        "term_start_no",
        "distance_km",
        age_days=today - col("birth_date_no"),
        enrolled_days=today - col("enrolled_on_no"),
        days_into_term=today - col("term_start_no"),
        boards=nw.when(col("boarding") == "2").then(1).otherwise(0),
        migrant=col("migrant_child").cast(nw.Int32),
        one=nw.lit(1),
    )
