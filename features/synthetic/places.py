"""Counties, townships and schools: which pupils could sit where."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from features.synthetic.effects import Effects
from features.synthetic.ids import county_code, school_code

CLUSTER_PUPILS = 2000
CLUSTERS_A_COUNTY = 64
CLUSTERS_A_CHUNK = 8
#: Of a cluster's four schools: which stage, the type digits of the code, share of primary and junior pupils.
KINDS = (
    ("primary", "21", "中心小学", 0.55, 0.0),
    ("primary", "21", "小学", 0.25, 0.0),
    ("nine_year", "31", "九年一贯制学校", 0.20, 0.4),
    ("junior", "31", "初级中学", 0.0, 0.6),
)
_PLACES = "云岭青石白沙龙泉桃源松林柳河清溪红岩金坪双桥古城新塘南山北坡东湖西峡"


@dataclass(frozen=True)
class Cluster:
    """A township with its four schools: ``number`` in the whole, ``within`` its county, pupils on the roll."""

    number: int
    county: int
    within: int
    pupils: int

    @property
    def township(self) -> str:
        """Nine digits."""
        return f"{county_code(self.county)}{100 + self.within:03d}"

    @property
    def name(self) -> str:
        """An invented name, told apart by number where the words run out."""
        stem = _PLACES[2 * (self.number % 18) : 2 * (self.number % 18) + 2]
        turn = self.number // 18
        return stem if turn == 0 else f"{stem}{turn + 1}"


def clusters(pupils: int) -> list[Cluster]:
    """The county's townships; pupils on the roll of the last school year add up to ``pupils``."""
    count = max(1, round(pupils / CLUSTER_PUPILS))
    return [
        Cluster(
            n, n // CLUSTERS_A_COUNTY, n % CLUSTERS_A_COUNTY, pupils // count + (n < pupils % count)
        )
        for n in range(count)
    ]


def chunks(pupils: int) -> list[list[Cluster]]:
    """Townships in lots that are made and written together."""
    every = clusters(pupils)
    return [every[k : k + CLUSTERS_A_CHUNK] for k in range(0, len(every), CLUSTERS_A_CHUNK)]


def school_ids(cluster: Cluster) -> list[str]:
    """The codes of the cluster's four schools."""
    return [
        school_code(digits, cluster.number * len(KINDS) + k)
        for k, (_, digits, *_) in enumerate(KINDS)
    ]


def schools(lot: list[Cluster], effects: Effects) -> pl.DataFrame:
    """The ``schools`` table of one lot of townships."""
    settings = effects.profile.settings
    rows = [
        (
            code, f"{c.name}{word}", stage, county_code(c.county), c.township,
            settings[k % len(settings)],
        )
        for c in lot
        for k, (code, (stage, _, word, *_)) in enumerate(zip(school_ids(c), KINDS, strict=True))
    ]  # fmt: skip
    names = ["school_id", "name", "stage", "county_code", "township_code", "setting"]
    return pl.DataFrame(rows, schema=dict.fromkeys(names, pl.String), orient="row")


def share_of(stage: str) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """The shares of primary or junior pupils by the cluster's schools."""
    return np.array([k[3] if stage == "primary" else k[4] for k in KINDS])
