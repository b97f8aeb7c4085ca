"""``departures_alike``: how those who left the class stood by a declared attribute, and where the pupil stands.

For each attribute that is compared in class, ``NAME``: what that adds to a pupil's log-odds. In standard
deviations of the class, the mean place of those who left since the term began, those of the last four weeks
counting twice (as ``class_departure_rate`` counts them), and of ``ADDED`` more who stood in the middle: the
slope along which the log-odds run, as far as so few can tell. Times the place of the pupil. Of fewer than
``LEAST_LEFT`` who left nothing is told: it would be told of them.
"""

from __future__ import annotations

import narwhals as nw

from features.indicator import MIN_PEERS
from features.prepare import attributes
from features.prepare.day import Day, Frame
from features.prepare.departures import last_classes

#: Departures that are thought to have said nothing: with few real ones the slope is next to none.
ADDED = 10
#: So many must have left, as elsewhere in small cells: else how much the pace rises for whom says how they
#: stood by what a source declares of them.
LEAST_LEFT = 5
#: Who is farther from the middle of the class counts as one so far: a lone extreme draws no line.
FARTHEST = 4.0
#: A variance so small beside the square of the mean is what rounding leaves where all are equal.
DUST = 1e-18
ONE_ROW = True
col, lit, when = nw.col, nw.lit, nw.when


def names(day: Day) -> list[str]:
    """The attributes that are compared in class."""
    return sorted(name for name, one in day.batch.attributes.items() if one.in_class)


def _placed(rows: Frame, name: str) -> Frame:
    """The rows with a value and ``place``: how many standard deviations from the middle of the class."""
    rows = rows.with_columns(x=col(name)).filter(~col("x").is_null())
    middle = rows.group_by("class_key").agg(n=col("x").count(), mean=col("x").mean())
    rows = rows.join(middle.filter(col("n") >= MIN_PEERS), on="class_key")
    rows = rows.with_columns(away=col("x") - col("mean"))
    squares = rows.with_columns(square=col("away") * col("away"))
    spread = squares.group_by("class_key").agg(variance=col("square").mean())
    rows = rows.join(spread, on="class_key")
    differ = col("variance") > DUST * col("mean") * col("mean")
    # never a quotient by zero: some engines raise where others give infinity
    sd = when(differ).then(col("variance")).otherwise(lit(1.0)).sqrt()
    place = (col("away") / sd).clip(-FARTHEST, FARTHEST)
    return rows.with_columns(place=when(differ).then(place).otherwise(lit(0.0)))


def _of(rows: Frame, name: str) -> Frame:
    """student_id, NAME of everybody with a value."""
    rows = _placed(rows, name).select("student_id", "class_key", "left", "left_term", "place")
    times = col("left") + col("left_term")
    told = rows.with_columns(k=times, pulled=col("place") * times)
    sums = told.group_by("class_key").agg(
        slope=col("pulled").sum(),
        k=col("k").sum(),
        gone=nw.max_horizontal("left", "left_term").sum(),
    )
    rows = rows.join(sums, on="class_key")
    adds = col("slope") / (col("k") + ADDED) * col("place")
    few = col("gone") < LEAST_LEFT
    return rows.select("student_id", **{name: when(few).then(lit(0.0)).otherwise(adds)})


def prepare(day: Day) -> Frame:
    """One row a pupil of the cohort; null in classes of fewer than ten with a value."""
    rows = last_classes(day)
    rows = rows.filter(col("there") + col("left") + col("left_term") > 0)
    rows = day.persist(rows.join(attributes.prepare(day), on="student_id", how="left"))
    frame = day.pupils.select("student_id")
    for name in names(day):
        frame = frame.join(_of(rows, name), on="student_id", how="left")
    return frame
