"""The week of a city, end to end, against the obvious way's."""

from __future__ import annotations

import tempfile
from pathlib import Path

from benchmarks import apart, city, rooms, shape
from benchmarks.bars import SIZES, Bar, Bound, Figure, Place

#: What the least is measured of.
LIMIT_IS = (
    "CPU-s: decoding what came, attendance and roll calls before it, and the raw score of everyone"
)


def measure(place: Place) -> Figure:
    """Seconds by the clock of one ``baoxue weekly``; the ratio is of processor seconds, imports on both sides.

    What arrives is checked and folded, the sixty indicators of the model are worked out, lists are published
    and audited; the obvious way reads the whole extract, works out the same sixty, and writes lists. It holds
    all of it in memory: of a province it is not asked. Neither is looked at while it is timed, but
    for a province's one run.
    """
    room = rooms.weekly(place)
    told = city.run(place.pupils, room)
    own = {"cpu": told["cpu"], "peak_mib": told["peak_mib"]}
    if place.pupils > SIZES["city"]:
        return Figure(told["wall"], "s", None, _limit(room, place), LIMIT_IS, own)
    with tempfile.TemporaryDirectory() as aside:
        model = Path(aside) / "model.txt"
        model.write_text(shape.model(), encoding="utf-8")
        command = ["-m", "benchmarks.obvious", str(room / "whole"), "--as-of", str(city.LAST)]
        theirs = apart.run([*command, "--model", str(model)], look=False)
    cost = theirs.json()["total"]
    return Figure(
        told["wall"], "s", theirs.cpu / told["cpu"], _limit(room, place), LIMIT_IS,
        own | {
            "obvious_cpu": theirs.cpu, "obvious_wall": theirs.wall, "obvious_peak_mib": theirs.peak_mib,
            "by_the_clock": theirs.wall / told["wall"], "obvious_without_imports": cost["cpu"],
        },
    )  # fmt: skip


def _limit(room: Path, place: Place) -> float:
    """Processor seconds of what no weekly run can go without."""
    import lightgbm
    import polars as pl

    booster = lightgbm.Booster(model_str=shape.model())
    few = min(place.pupils, 20_000)
    x = shape.rows_like(shape.NAMES, few, 5)
    score = apart.least(lambda: booster.predict(x, raw_score=True, num_threads=2)) / few

    def decode() -> None:
        pl.collect_all(
            [pl.scan_parquet(room / "history" / f"{t}.parquet") for t in ("attendance", "roll_calls")]
        )  # fmt: skip
        for path in (room / "delta").glob("*.csv"):
            pl.read_csv(path, infer_schema=False)

    return apart.least(decode) + score * place.pupils


BAR = Bar(
    "weekly",
    "一个城市的一周，从收到数据到名单",
    "a city's week, from what arrived to lists",
    "pandas + scikit-learn wrapper + shap.TreeExplainer",
    (
        Bound("ratio", "least", {"small": 0.4, "tenth": 5, "city": 12}),
        Bound("by_the_clock", "least", {"city": 12}),
        Bound("value", "most", {"city": 30}),
        Bound("peak_mib", "most", {"city": 3072, "province": 24 * 1024}),
    ),
    measure,
    tuple(SIZES),
)
