"""One small county, written once for the folder's tests."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from features.synthetic.county import County, write_county


class Made:
    """A written county and its tables."""

    def __init__(self, folder: Path, rows: dict[str, int]) -> None:
        self.folder, self.rows = folder, rows

    def read(self, name: str) -> pl.DataFrame:
        """One of its tables."""
        return pl.read_parquet(self.folder / f"{name}.parquet")


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """A hard county of 3,000 pupils with the default weeks."""
    folder = tmp_path_factory.mktemp("county")
    return Made(folder, write_county(folder, County(3000)))
