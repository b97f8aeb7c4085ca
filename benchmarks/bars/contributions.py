"""Exact contributions for all."""

from __future__ import annotations

from benchmarks.apart import least
from benchmarks.bars import Bar, Bound, Figure, Place

#: Rows that the slow ways are asked about: they cost the same a row however many there are.
FEW = {"small": 500, "tenth": 5_000, "city": 20_000}
#: Rows enough that the block is compiled and not NumPy asked.
COMPILED = 10_000
ROWS = {"small": 20_000, "tenth": 85_000, "city": 850_000}


def measure(place: Place) -> Figure:
    """Microseconds of processor a pupil; the slow ways are asked about few, a row always costs the same."""
    from benchmarks import shape

    times = 1 if place.size == "city" else 2
    return compared(shape.model(), rows=ROWS[place.size], few=FEW[place.size], times=times)


def compared(text: str, *, rows: int, few: int, times: int, threads: int = 2) -> Figure:
    """Both ways on one model of the columns of ``shape.NAMES``, in this process."""
    import lightgbm
    import numpy as np

    from benchmarks import shape
    from training.bundle.tables import build, contributions

    booster, told = lightgbm.Booster(model_str=text), build(text, len(shape.NAMES))
    x = shape.rows_like(shape.NAMES, rows, 5)
    contributions(told, x[:COMPILED], threads=threads)  # compiled before anything is timed
    fast = least(lambda: contributions(told, x, threads=threads), times) / rows
    slow = (
        least(lambda: booster.predict(x[:few], pred_contrib=True, num_threads=threads), times) / few
    )
    score = least(lambda: booster.predict(x[:few], raw_score=True, num_threads=threads)) / few
    ours = contributions(told, x[:few], threads=threads)[1]
    theirs = np.asarray(booster.predict(x[:few], pred_contrib=True))[:, :-1]
    memory = least(lambda: (x + 1.0).sum()) / rows
    return Figure(
        1e6 * fast, "us CPU a pupil", slow / fast, 1e6 * memory,
        "reading the rows once and writing as many numbers",
        {
            "rows": rows, "pred_contrib_us": 1e6 * slow, "raw_score_us": 1e6 * score,
            "off": float(np.abs(ours - theirs).max()),
        },
    )  # fmt: skip


BAR = Bar(
    "contributions",
    "全体学生的精确贡献",
    "exact contributions for all",
    "LightGBM pred_contrib",
    (
        Bound("ratio", "least", {"small": 20, "tenth": 60, "city": 60}),
        Bound("off", "most", dict.fromkeys(ROWS, 1e-5)),
    ),
    measure,
)
