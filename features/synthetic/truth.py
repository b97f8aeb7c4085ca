"""What no table shows: each pupil's true hazard of leaving if nobody visited. For benchmarks only."""

from __future__ import annotations

import numpy as np
import polars as pl

from features.synthetic import places, pupils
from features.synthetic.county import County
from features.synthetic.course import make_course
from features.synthetic.draws import stream
from features.synthetic.effects import load_effects
from features.synthetic.terms import span


def untreated_hazard(county: County) -> pl.DataFrame:
    """student_id, week (0 from the first Monday), hazard: the chance of beginning to leave in the week.

    From the same draws as the written county, so it is that county's own; visits change nothing in it.
    """
    effects, where = load_effects(county.profile), span(county.last_day, county.weeks)
    frames = []
    for lot in places.chunks(county.students):
        people = pupils.make_pupils(lot, where, effects, seed=county.seed)
        scene = pupils.Scene(people, where, effects)
        course = make_course(scene, stream(county.seed, lot[0].number, "course"))
        weeks = np.arange(where.weeks)
        frames.append(
            pl.DataFrame(
                {
                    "student_id": pl.Series(np.repeat(people.ids, where.weeks).tolist()),
                    "week": np.tile(weeks, len(people)),
                    "hazard": course.hazard.ravel(),
                }
            )
        )
    return pl.concat(frames)
