"""A whole county into a folder: lot by lot, the same bytes for the same arguments."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path

import numpy as np
import polars as pl

from features.batch import Batch
from features.refusal import Refusal
from features.synthetic import (
    activity,
    aid,
    attendance,
    closures,
    grades,
    households,
    moves,
    places,
    pupils,
    registers,
    set_work,
    visiting,
)
from features.synthetic.closures import Closures
from features.synthetic.course import Course, make_course
from features.synthetic.draws import Bools, stream
from features.synthetic.effects import Effects, load_effects
from features.synthetic.places import Cluster
from features.synthetic.pupils import Scene
from features.synthetic.terms import Span, calendar_rows, span
from features.synthetic.write import Folder, Format

#: Friday of the week the demonstration is about; never the clock.
LAST_DAY = date(2026, 11, 20)
#: A full school year and the running term up to ``LAST_DAY`` (from 1 September 2025).
WEEKS = 64
AREA = "990121"
#: The generator of a topic, the same each time it is asked for.
Topic = Callable[[str], np.random.Generator]


@dataclass(frozen=True)
class County:
    """What is asked for: pupils on the roll of the last school year, weeks of records, last day.

    ``interventions``: schools visit those who look worst, and visits work as ``effects.toml`` says.
    """

    students: int
    seed: int = 7
    weeks: int = WEEKS
    profile: str = "hard_county"
    last_day: date = LAST_DAY
    interventions: bool = False

    @property
    def area(self) -> str:
        """Counties of another size, seed or profile are other areas; a later week is the same one."""
        profile = re.sub(r"[^\w-]", "-", Path(self.profile).stem)
        visits = "-visits" if self.interventions else ""
        return f"{AREA}-{profile}-{self.students}-s{self.seed}{visits}"


def write_county(
    out: Path,
    county: County,
    *,
    fmt: Format = "parquet",
    told: Callable[[int, int], None] | None = None,
) -> dict[str, int]:
    """Write the extract folder of a synthetic county and return the rows of each table.

    ``told(done, of)`` is called after each lot. Raises ``Refusal`` for arguments without an answer.
    """
    if county.students < 1 or county.weeks < 1:
        raise Refusal("人数和周数都至少为1。", "pupils and weeks must be at least 1")
    effects, where = load_effects(county.profile), span(county.last_day, county.weeks)
    lots = places.chunks(county.students)
    with Folder(out, fmt) as folder:
        folder.add("calendar", calendar_rows(where))
        for k, lot in enumerate(lots):
            tables = lot_tables(
                lot, where, effects, seed=county.seed, interventions=county.interventions
            )
            for name, rows in with_old_numbers(tables).items():
                folder.add(name, rows)
            if told:
                told(k + 1, len(lots))
        _batch(county, effects).write(out)
        return folder.rows


def lot_tables(
    lot: list[Cluster],
    where: Span,
    effects: Effects,
    *,
    seed: int,
    interventions: bool = False,
) -> dict[str, pl.DataFrame]:
    """Every table of one lot of townships."""
    rng = partial(stream, seed, lot[0].number)
    people = pupils.make_pupils(lot, where, effects, seed=seed)
    scene = pupils.Scene(people, where, effects)
    course = make_course(scene, rng("course"))
    shut = closures.draw(people, where, rng("closures"))
    quiet = attendance.silent(people, where, effects, rng("silent"))
    practice = None
    if interventions:
        practice = practised(scene, course, shut, quiet, rng=rng)
        course, lived = practice.course, practice.days
        scene = visiting.uncorrected(scene)
    else:
        lived = lived_days(scene, course, shut, rng)
    entered = attendance.marks(lived, quiet, where, effects, rng("marks"))
    missing = (lived.status >= attendance.SICK) | ~lived.expected
    work, handed = set_work.set_work(scene, course, lived, rng("work"))
    papers = grades.grade_rows(scene, course, missing, rng("grades"))
    calls = aid.contacts(people, where, entered, rng("contacts"))
    tables = {
        "schools": places.schools(lot, effects),
        "classes": moves.classes(people, where, rng("classes")),
        "students": pupils.students(people, lot, effects, seed=seed),
        "students_restricted": pupils.restricted(people, lot, seed=seed),
        "student_aliases": pupils.aliases(people, where, effects, rng("aliases")),
        "enrolments": moves.enrolments(people, course, where, rng("enrolments")),
        "status_changes": moves.status_changes(people, course, where, rng("status")),
        "term_registration": moves.term_registration(
            scene, course, lived.status, rng("registration")
        ),
        "attendance": attendance.attendance_rows(scene, entered, rng("entries")),
        "roll_calls": attendance.roll_calls(scene, lived, quiet, rng("calls")),
        "calendar": closures.rows(people, where, shut),
        "grades": pl.concat([papers, handed], how="diagonal_relaxed"),
        "assignments": work,
        "activity": activity.activity(scene, course, lived, rng("activity")),
        "poverty": registers.poverty(people, where, rng("poverty")),
        "left_behind": registers.left_behind(people, where, effects, rng("left_behind")),
        "care": registers.care(people, where, rng("care")),
        "disability": registers.disability(people, where, effects, rng("disability")),
        "home_teaching": registers.home_teaching(people, where, rng("home_teaching")),
        "aid": aid.aid(people, course, where, rng("aid")),
        "contacts": calls,
        "household_registry": households.registry(people, lot, where, rng("households")),
    }
    if practice is None:
        return tables
    return tables | {
        "interventions": visiting.interventions(scene, practice, rng("interventions")),
        "contacts": visiting.contacts(scene, practice, calls, rng("visits")),
    }


def lived_days(scene: Scene, course: Course, shut: Closures, rng: Topic) -> attendance.Days:
    """What happens on every school day if nobody visits."""
    lived = attendance.live(scene, course, rng("days"), shut=shut.schools)
    lived.status[shut.classes & lived.expected] = attendance.CLOSED
    return lived


def practised(
    scene: Scene, course: Course, shut: Closures, quiet: Bools, *, rng: Topic
) -> visiting.Practice:
    """The visiting practice of a lot, and what became of its pupils."""
    _, where, effects = scene
    t = len(where.days)
    course = visiting.once(course, t)
    worlds = []
    for one in (course, visiting.stayed(course, t)):
        days = lived_days(scene, one, shut, rng)
        known = attendance.known_days(days, quiet, where, effects, rng("marks"))
        worlds.append(visiting.World(days, known, visiting.half_days(scene)))
    return visiting.practise(scene, course, *worlds, rng=rng("practice"))


def with_old_numbers(tables: dict[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
    """Rows entered while a pupil had a temporary number keep that number, as in real extracts."""
    old = tables["student_aliases"].rename({"known_on": "until"})
    out = dict(tables)
    for name in ("attendance", "term_registration"):
        rows = tables[name].join(old, on="student_id", how="left", maintain_order="left")
        early = pl.col("known_on") < pl.col("until")
        number = pl.when(early).then("old_student_id").otherwise("student_id")
        out[name] = rows.with_columns(student_id=number).drop("old_student_id", "until")
    return out


def _batch(county: County, effects: Effects) -> Batch:
    ratio = effects.visits["hazard_ratio"]
    return Batch(
        area=county.area,
        received_on=county.last_day,
        mode="full",
        attendance_mode="exceptions",
        synthetic=True,
        truth={"visit_hazard_ratio": ratio} if county.interventions else {},
    )
