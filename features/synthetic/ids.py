"""Identifiers that are well formed and cannot be anybody's: province 99 does not exist in GB/T 2260."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import polars as pl

from features.synthetic.draws import Array, Ints

#: GB/T 2260 gives provinces 11-65, 71, 81, 82; no area code begins with 99.
CITY = "9901"
_WEIGHTS = np.array([7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2])
_CHECKS = np.array(list("10X98765432"))


def county_code(number: int) -> str:
    """The six digits of the county with this number, from 0."""
    return f"{CITY}{21 + number:02d}"


def identity_numbers(county: Ints, born: npt.NDArray[np.datetime64], serial: Ints) -> pl.Series:
    """18-character numbers (GB 11643-1999) from county number, day of birth and serial 1-999."""
    ymd = _compact(born)
    stem = (int(CITY) * 100 + 21 + county) * 10**11 + ymd * 1000 + serial
    digits = (stem[:, None] // 10 ** np.arange(16, -1, -1, dtype=np.int64)) % 10
    check = _CHECKS[(digits * _WEIGHTS).sum(axis=1) % 11]
    return pl.select(pl.Series(stem).cast(pl.String) + pl.Series(check)).to_series()


def temporary_numbers(county: Ints, born: npt.NDArray[np.datetime64], four: Ints) -> pl.Series:
    """L + area + day of birth + four digits: what a school gives until the register answers."""
    stem = (int(CITY) * 100 + 21 + county) * 10**8 + _compact(born)
    return pl.select(
        pl.lit("L") + pl.Series(stem).cast(pl.String) + pl.Series(four).cast(pl.String).str.zfill(4)
    ).to_series()


def school_code(kind: str, number: int) -> str:
    """学校标识码: two digits of type, province 99, serial."""
    return f"{kind}99{number + 1:06d}"


def phones(rng: np.random.Generator, size: int) -> pl.Series:
    """Eleven digits beginning 120: no mobile network has them."""
    return pl.Series(12_000_000_000 + rng.integers(0, 10**8, size)).cast(pl.String)


def _compact(born: Array) -> Ints:
    days = pl.Series(born.astype("datetime64[D]"))
    return (days.dt.year().cast(pl.Int64) * 10000 + days.dt.month().cast(pl.Int64) * 100
            + days.dt.day().cast(pl.Int64)).to_numpy()  # fmt: skip
