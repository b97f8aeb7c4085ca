"""What no table shows, for benchmarks only: the true hazard if nobody visits, and whom visits saved."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import numpy as np
import polars as pl

from features.synthetic import attendance, closures, county, places, pupils
from features.synthetic.county import County, Topic
from features.synthetic.course import Course, make_course
from features.synthetic.draws import stream
from features.synthetic.effects import load_effects
from features.synthetic.terms import span


def _lots(asked: County) -> Iterator[tuple[pupils.Scene, Course, Topic]]:
    """Each lot's pupils and their course if nobody visits, from the draws of the written county."""
    effects, where = load_effects(asked.profile), span(asked.last_day, asked.weeks)
    for lot in places.chunks(asked.students):
        rng = partial(stream, asked.seed, lot[0].number)
        scene = pupils.Scene(
            pupils.make_pupils(lot, where, effects, seed=asked.seed), where, effects
        )
        yield scene, make_course(scene, rng("course")), rng


def untreated_hazard(asked: County) -> pl.DataFrame:
    """student_id, week (0 from the first Monday), hazard: the chance of beginning to leave in the week.

    It is that county's own; visits change nothing in it.
    """
    frames = []
    for (people, where, _), course, _ in _lots(asked):
        frames.append(
            pl.DataFrame(
                {
                    "student_id": pl.Series(np.repeat(people.ids, where.weeks).tolist()),
                    "week": np.tile(np.arange(where.weeks), len(people)),
                    "hazard": course.hazard.ravel(),
                }
            )
        )
    return pl.concat(frames)


def saved(asked: County) -> list[str]:
    """The pupils whose outcome did not come because of a visit, where the practice is on."""
    found: list[str] = []
    for scene, course, rng in _lots(asked):
        shut = closures.draw(scene.people, scene.where, rng("closures"))
        quiet = attendance.silent(scene.people, scene.where, scene.effects, rng("silent"))
        practice = county.practised(scene, course, shut, quiet, rng=rng)
        found += scene.people.ids[practice.saved].tolist()
    return found
