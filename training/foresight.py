"""Does any indicator look past its day? The same day built again from facts without what came later."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import narwhals as nw
import polars as pl

from features.asof import follow, known
from features.build import build_shares
from features.facts import Facts, room_beside
from features.past import past
from training.material import Looked
from training.rows import Order, Rows, catalogue_of

#: Values are rounded to nine digits; a last digit may fall either way.
TOLERANCE = 2e-9
#: A pupil who is in the rows and not in the cohort of the facts of that day.
COHORT = "cohort"


def look(facts: Sequence[Facts], order: Order, rows: Rows) -> Looked:
    """Compare the rows of a few days of every area with what its facts of those days alone give.

    Days are taken evenly from those on which there is an outcome to come: without one there is nothing
    that a look ahead could find.
    """
    told: list[tuple[date, int, dict[str, int]]] = []
    for one in facts:
        own = rows.frame.filter(pl.col("area") == one.batch.area)
        for day in _days(own, order.recipe.gates["no_future"]["days"]):
            here = own.filter(pl.col("as_of") == day)
            told.append((day, here.height, differing(here, _again(one, facts, order, here=here))))
    names = {name for _, _, found in told for name in found}
    return Looked(
        tuple(sorted({str(day) for day, _, _ in told})),
        sum(height for _, height, _ in told),
        {name: sum(found.get(name, 0) for _, _, found in told) for name in sorted(names)},
    )


def _days(rows: pl.DataFrame, count: int) -> list[date]:
    days = rows.filter(pl.col("label") == 1)["as_of"].unique().sort().to_list()
    # the middles of as many equal parts of the course
    at = sorted({(2 * n + 1) * len(days) // (2 * count) for n in range(count)})
    return [days[n] for n in at] if days else []


def _again(one: Facts, facts: Sequence[Facts], order: Order, *, here: pl.DataFrame) -> pl.DataFrame:
    """The indicators of the rows ``here``, of one day, from facts that hold nothing later; lasting ids.

    Some schools at a time, and only pupils of the rows are kept: where rows were thinned, few are.
    """
    day = here.item(0, "as_of")
    aliases = nw.from_native(known(one.scan("student_aliases"), order.until))
    own = here.lazy().select("student_id")
    parts = []
    with room_beside(one.folder) as folder:
        then = past(one, day, folder)
        catalogue = catalogue_of(facts)
        for built in build_shares(
            then, day, order.at_once, engine=order.engine, catalogue=catalogue
        ):
            told: pl.LazyFrame = follow(nw.from_native(built.lazy()), aliases).to_native()
            parts.append(told.join(own, on="student_id", how="semi").collect())
    return pl.concat(parts)


def differing(rows: pl.DataFrame, again: pl.DataFrame) -> dict[str, int]:
    """Rows by column whose value is another in ``again``; ``cohort`` for pupils it does not have.

    Who stands twice (two numbers of that day that became one later) is left out: which row is which
    cannot be told.
    """
    twice = pl.concat(
        [f.filter(pl.col("student_id").is_duplicated()).select("student_id") for f in (rows, again)]
    )
    rows, again = (f.join(twice, on="student_id", how="anti") for f in (rows, again))
    names = [n for n in again.columns if n in rows.columns and n not in ("student_id", "as_of")]
    beside = again.select(
        "student_id", pl.lit(True).alias("_there"), *[pl.col(n).alias(f"_{n}") for n in names]
    )
    both = rows.join(beside, on="student_id", how="left")
    gone = int(both["_there"].null_count())
    both = both.filter("_there")
    counts = both.select(_apart(n, rows.schema[n]).sum().alias(n) for n in names).row(0, named=True)
    return {n: int(c) for n, c in {COHORT: gone, **counts}.items() if c}


def _apart(name: str, kind: pl.DataType) -> pl.Expr:
    a, b = pl.col(name), pl.col(f"_{name}")
    if not kind.is_float():
        return a.ne_missing(b)
    # rounding differs in proportion to the number
    far = (a - b).abs() > TOLERANCE * pl.max_horizontal(a.abs(), b.abs(), pl.lit(1.0))
    return far.fill_null(False) | (a.is_null() != b.is_null())
