"""Too many rows to hold: everybody who left, some schools whole, and of the others some pupils.

Lists are a few places long in each school. Among pupils drawn one by one nobody knows who would have stood
above whom, and a list of two places filled from a tenth of a school finds more of those who left than it
would (they are all there, those above them are not). So lists are judged in schools of which every pupil
is there, and everything is learned from all rows, weighted for those left out.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

_ALL = 2**64 - 1
#: Schools that are whole where there is room: with fewer an interval over schools means little (``paired``).
ENOUGH = 20


@dataclass(frozen=True)
class Sample:
    """``share``: of the pupils who neither left nor are at one of ``schools`` (school_id), drawn by ``seed``.

    ``leavers``: student_id of whoever had the outcome at any time. All rows are kept where ``share`` is 1.
    """

    share: float = 1.0
    seed: int = 0
    leavers: pl.Series | None = None
    schools: pl.Series | None = None

    @classmethod
    def of(cls, keep: float, seed: int, leavers: pl.Series, schools: pl.DataFrame) -> Sample:
        """One that keeps about the share ``keep`` of all rows, half of them of whole schools.

        ``schools``: school_id and pupils. Which are whole follows from their ids and the seed; one is in any
        case. Where half the room holds fewer than ``ENOUGH``, two thirds are given to them.
        """
        named = schools.sort(pl.col("school_id").hash(seed), "school_id")
        share = (named["pupils"].cum_sum() / named["pupils"].sum()).to_numpy()
        half, most = int((share <= keep / 2).sum()), int((share <= keep * 2 / 3).sum())
        many = min(max(half, min(ENOUGH, most), 1), named.height)
        part = float(share[many - 1])
        others = max(keep - part, 0.0) / max(1.0 - part, 1e-9)
        # a tenth of what was asked for in any case: those who left would teach nothing of the others
        share_of_others = min(1.0, max(others, keep / 10))
        return cls(share_of_others, seed, leavers, named["school_id"].head(many).sort())

    def of_rows(self, frame: pl.DataFrame) -> pl.DataFrame:
        """The rows kept, with ``weight`` (for how many each stands) and ``whole`` (its school is all there).

        Pupils are drawn and not rows: of whoever is kept every week is, so that last week's list is not known
        by who is missing from it.
        """
        if self.leavers is None or self.schools is None:
            return frame.with_columns(weight=pl.lit(1.0), whole=pl.lit(value=True))
        whole = pl.col("school_id").is_in(self.schools.implode())
        left = (pl.col("label") == 1) | pl.col("student_id").is_in(self.leavers.implode())
        lucky = pl.col("student_id").hash(self.seed) < pl.lit(
            min(int(self.share * _ALL), _ALL), pl.UInt64
        )
        weight = pl.when(whole | left).then(1.0).otherwise(1.0 / self.share)
        return frame.filter(whole | left | lucky).with_columns(weight=weight, whole=whole)
