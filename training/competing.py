"""Exits compete with the outcome: who transfers away cannot be seen to leave school.

Rows of pupils who exited, or of whom nobody knows, are censored. Leaving them out is right where exits
come by chance; where some grades or weeks lose more pupils, those that remain stand for them here:
inverse probability of censoring weights (Robins and Finkelstein 2000, Biometrics 56:779-788).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

Array = NDArray[np.float64]
WEEK = 7
#: Standings that are censored at the day of the leave; others were never at risk, or not yet known.
CENSORED = ("exit", "unresolved")
SEEN = ("positive", "negative")
#: Rows of the whole that each stratum's rate is drawn towards: small classes have few exits.
SHRINK = 200.0
MOST = 20.0


@dataclass(frozen=True)
class Weights:
    """``weight`` by row (0 where the row is not used); ``largest`` of them, and rows censored."""

    weight: pl.Series
    largest: float
    censored: int


def weights(
    rows: pl.DataFrame, leaves: pl.DataFrame, *, by: Sequence[str] = ("grade", "as_of")
) -> Weights:
    """Weights for the rows of ``labels.label``: as_of, window_end, standing, event_on, student_id.

    ``leaves``: student_id, on (``interventions.panel.first_days``): the days of lawful and unexplained
    leaves; an unresolved row without one was gone already and counts nowhere. ``by``: columns within
    which pupils are alike in leaving lawfully, such as stage, grade, week. A positive weighs
    1 / P(not yet censored then), a negative 1 / P(not censored in the window).
    """
    told = _weeks(rows, leaves)
    chance = _uncensored(told, by)
    keys = [*by, "week"]
    seen = told.join(chance, on=keys, how="left", maintain_order="left", nulls_equal=True)
    used = pl.col("standing").is_in(SEEN)
    # a positive had to be there through the weeks before, a negative through its last week too
    stays = pl.when(pl.col("standing") == "positive").then("before").otherwise("through")
    weight = pl.when(used).then((1 / stays.fill_null(1.0)).clip(upper_bound=MOST))
    found = seen.select(weight.otherwise(0.0).alias("weight")).to_series()
    censored = told.filter(pl.col("standing").is_in(CENSORED) & pl.col("week").is_not_null())
    largest = found.max() if len(found) else 0.0
    return Weights(found, float(largest or 0.0), censored.height)  # type: ignore[arg-type]


def _weeks(rows: pl.DataFrame, leaves: pl.DataFrame) -> pl.DataFrame:
    """``week``: the number of the week since as_of in which a row ended; empty if never at risk."""
    days = leaves.select("student_id", pl.col("on").alias("leave_on")).sort("leave_on")
    told = (
        rows.with_row_index("row")
        .sort("as_of")
        .join_asof(
            days, left_on="as_of", right_on="leave_on", by="student_id", strategy="forward",
            allow_exact_matches=False, check_sortedness=False, coalesce=False,
        )
        .sort("row")
    )  # fmt: skip
    standing = pl.col("standing")
    end = (
        pl.when(standing == "positive")
        .then("event_on")
        .when(standing == "negative")
        .then("window_end")
        .when(standing.is_in(CENSORED) & (pl.col("leave_on") <= pl.col("window_end")))
        .then("leave_on")
    )
    return told.with_columns(week=((end - pl.col("as_of")).dt.total_days() - 1) // WEEK)


def _uncensored(told: pl.DataFrame, by: Sequence[str]) -> pl.DataFrame:
    """``by``, week, before, through: chance of not being censored until it begins, until it is over.

    Kaplan-Meier over weeks since as_of.
    """
    risk = told.filter(pl.col("week").is_not_null())
    if risk.is_empty():
        return pl.DataFrame(
            schema={
                **{k: told.schema[k] for k in by},
                "week": pl.Int64, "before": pl.Float64, "through": pl.Float64,
            }
        )  # fmt: skip
    last = int(risk.select(pl.col("week").max()).item())
    gone = pl.col("standing").is_in(CENSORED)
    every = pl.DataFrame({"k": range(last + 1)}, schema={"k": pl.Int64})

    def rates(keys: list[str]) -> pl.DataFrame:
        ended = risk.group_by(*keys, "week").agg(pl.len().alias("n"), gone.sum().alias("c"))
        at = pl.col("week") == pl.col("k")
        return (
            ended.join(every, how="cross")
            .filter(pl.col("week") >= pl.col("k"))
            .group_by(*keys, "k")
            .agg(pl.col("n").sum(), pl.col("c").filter(at).sum())
        )

    usual = rates([]).select("k", (pl.col("c") / pl.col("n")).alias("usual"))
    rate = (pl.col("c") + SHRINK * pl.col("usual")) / (pl.col("n") + SHRINK)
    stay = rates(list(by)).join(usual, on="k").with_columns(stay=1 - rate)
    stay = stay.sort(*by, "k").with_columns(
        through=pl.col("stay").cum_prod().over(list(by)) if by else pl.col("stay").cum_prod()
    )
    before = pl.col("through").shift(1, fill_value=1.0)
    stay = stay.with_columns(before=before.over(list(by)) if by else before)
    return stay.select(*by, pl.col("k").alias("week"), "before", "through")


def hazard_of_three(probabilities: Array) -> Array:
    """P(outcome, were there no exits) from a multinomial over (neither, outcome, exit), row by row.

    The competing-risk reading of a discrete hazard: exits are taken out of the denominator.
    """
    neither, outcome = probabilities[:, 0], probabilities[:, 1]
    found: Array = outcome / np.maximum(outcome + neither, 1e-300)
    return found


def classes(rows: pl.DataFrame) -> NDArray[np.int64]:
    """0 neither, 1 outcome, 2 exit or unresolved, -1 not used: what a multinomial is trained on."""
    told = (
        pl.when(pl.col("standing") == "negative")
        .then(0)
        .when(pl.col("standing") == "positive")
        .then(1)
        .when(pl.col("standing").is_in(CENSORED))
        .then(2)
        .otherwise(-1)
    )
    return rows.select(told.alias("c"))["c"].to_numpy().astype(np.int64)
