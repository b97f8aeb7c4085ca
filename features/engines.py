"""DuckDB, Polars, Spark: how a frame is opened, kept and collected; nothing else knows the engine."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Literal, Protocol

import narwhals as nw
import numpy as np
import polars as pl
from numpy.typing import NDArray

from features.refusal import Refusal

EngineName = Literal["duckdb", "polars", "spark"]


def _lazy(native: Any) -> nw.LazyFrame[Any]:
    frame: nw.LazyFrame[Any] = nw.from_native(native)
    return frame


def _files(path: Path) -> str:
    """What an engine reads of a table: its file, or the files of its folder."""
    return str(path / "*.parquet") if path.is_dir() else str(path)


class Session(Protocol):
    """Opens tables as narwhals lazy frames and brings results back as polars frames."""

    #: Everything is held in this process: days may be laid out as a grid instead of joined.
    in_memory: bool

    def read(self, path: Path) -> nw.LazyFrame[Any]:
        """A Parquet file, or a folder of them, as a lazy frame."""

    def frame(self, data: pl.DataFrame) -> nw.LazyFrame[Any]:
        """A small polars frame as a lazy frame of this engine."""

    def persist(self, frame: nw.LazyFrame[Any]) -> nw.LazyFrame[Any]:
        """Compute once, keep, and go on lazily."""

    def collect(self, frame: nw.LazyFrame[Any]) -> pl.DataFrame:
        """Compute and bring back."""

    def beside(
        self, frame: nw.LazyFrame[Any], others: Sequence[nw.LazyFrame[Any]]
    ) -> nw.LazyFrame[Any]:
        """``frame``, and beside each row what the others, of a row a pupil, say of its ``student_id``; by
        ``student_id`` where an engine keeps an order."""

    def close(self) -> None:
        """Let go of what was kept."""


def _joined(frame: nw.LazyFrame[Any], others: Sequence[nw.LazyFrame[Any]]) -> nw.LazyFrame[Any]:
    for other in others:
        frame = frame.join(other, on="student_id", how="left")
    return frame


class PolarsSession:
    """In memory, in this process: the quickest for a school or a county."""

    in_memory = True

    def read(self, path: Path) -> nw.LazyFrame[Any]:
        """A Parquet file, or a folder of them, as a lazy frame."""
        return _lazy(pl.scan_parquet(_files(path)))

    def frame(self, data: pl.DataFrame) -> nw.LazyFrame[Any]:
        """A polars frame as a lazy frame."""
        return _lazy(data.lazy())

    def persist(self, frame: nw.LazyFrame[Any]) -> nw.LazyFrame[Any]:
        """Collect now and go on lazily."""
        return _lazy(frame.to_native().collect().lazy())

    def collect(self, frame: nw.LazyFrame[Any]) -> pl.DataFrame:
        """Collect."""
        result: pl.DataFrame = frame.to_native().collect()
        return result

    def beside(
        self, frame: nw.LazyFrame[Any], others: Sequence[nw.LazyFrame[Any]]
    ) -> nw.LazyFrame[Any]:
        """Each pupil's rows found by place: nothing is hashed, and what is in order is not sorted again."""
        rows = self.collect(frame).sort("student_id")
        places = _Places(rows["student_id"])
        found = [places.of(self.collect(other)) for other in others]
        return _lazy(pl.concat([rows, *found], how="horizontal").lazy())

    def close(self) -> None:
        """Nothing is held."""


def places_in(of: pl.Series, ids: pl.Series) -> NDArray[np.intp]:
    """The place of each id in ``of`` (each once), -1 where it is none of them; ``ValueError`` where they are
    told apart in different ways."""
    if not _same_kind(of, ids):
        raise ValueError("ids of another share")
    kind = of.dtype
    if not isinstance(kind, pl.Enum):
        numbered = of.to_frame("id").with_row_index("place")
        found = ids.to_frame("id").join(numbered, on="id", how="left", maintain_order="left")
        return found["place"].cast(pl.Int64).fill_null(-1).to_numpy()
    place = np.full(len(kind.categories), -1, np.intp)
    place[of.to_physical().to_numpy()] = np.arange(len(of))
    return place.take(ids.to_physical().to_numpy())


def _same_kind(one: pl.Series, other: pl.Series) -> bool:
    """Whether ids are told apart in one way; to look at ``dtype`` counts an Enum's categories."""
    try:
        one.head(0).append(other.head(0))
    except pl.exceptions.SchemaError:
        return False
    return True


class _Places:
    """Where the rows of each of ``ids`` stand in tables of a row a pupil."""

    def __init__(self, ids: pl.Series) -> None:
        self._ids = ids
        # asked once: of an Enum, Polars looks at every category to say what it is
        kind = ids.dtype
        self._coded = ids.to_physical().to_numpy() if isinstance(kind, pl.Enum) else None
        self._kinds = len(kind.categories) if isinstance(kind, pl.Enum) else 0

    def of(self, rows: pl.DataFrame) -> pl.DataFrame:
        """What ``rows`` (a row a pupil) say of each id, in the ids' order; null where they say nothing."""
        known, own = rows["student_id"], rows.drop("student_id")
        if known.has_nulls() or not _same_kind(self._ids, known):
            raise ValueError("rows of no pupil, or of another share's")
        if self._coded is None:
            found = self._ids.to_frame().join(
                rows, on="student_id", how="left", maintain_order="left", validate="m:1"
            )
            return found.drop("student_id")
        at = known.to_physical().to_numpy()
        if np.array_equal(at, self._coded):
            return own
        row_of = np.full(self._kinds, len(rows), np.uint32)
        row_of[at] = np.arange(len(rows), dtype=np.uint32)
        if np.count_nonzero(row_of < len(rows)) < len(rows):
            raise ValueError("several rows of one pupil")
        row = pl.Series(row_of[self._coded]).replace(len(rows), None)
        return own.select(pl.all().gather(row))


class DuckDBSession:
    """Out of core on one machine."""

    in_memory = False

    def __init__(self) -> None:
        """Opens an in-memory database that may spill to a temporary folder."""
        import duckdb

        self._spill = tempfile.TemporaryDirectory(prefix="baoxue-duckdb-")
        self._con = duckdb.connect()
        self._con.execute("set preserve_insertion_order = false")
        self._con.execute(f"set temp_directory = '{self._spill.name}'")
        self._kept = 0

    def read(self, path: Path) -> nw.LazyFrame[Any]:
        """A Parquet file, or a folder of them, as a lazy frame."""
        return _lazy(self._con.read_parquet(_files(path)))

    def frame(self, data: pl.DataFrame) -> nw.LazyFrame[Any]:
        """A polars frame as a lazy frame; copied, so that it outlives the caller's variable."""
        return self.persist(_lazy(self._con.from_arrow(data.to_arrow())))

    def persist(self, frame: nw.LazyFrame[Any]) -> nw.LazyFrame[Any]:
        """Compute into a temporary table."""
        self._kept += 1
        name = f"kept_{self._kept}"
        frame.to_native().create(name)
        return _lazy(self._con.table(name))

    def collect(self, frame: nw.LazyFrame[Any]) -> pl.DataFrame:
        """Compute and hand over through Arrow."""
        result = pl.from_arrow(frame.to_native().to_arrow_table())
        assert isinstance(result, pl.DataFrame)
        return result

    def beside(
        self, frame: nw.LazyFrame[Any], others: Sequence[nw.LazyFrame[Any]]
    ) -> nw.LazyFrame[Any]:
        """As joins, one after the other."""
        return _joined(frame, others)

    def close(self) -> None:
        """Drop the database and what was spilled."""
        self._con.close()
        self._spill.cleanup()


class SparkSession:
    """An existing cluster, or local mode in tests."""

    in_memory = False

    def __init__(self) -> None:
        """Takes the Spark session that runs, or starts one (``features.cluster``)."""
        from features.cluster import cluster

        self._spark = cluster()
        self._scratch = tempfile.TemporaryDirectory(prefix="baoxue-spark-")
        self._kept: list[Any] = []
        self._count = 0

    def read(self, path: Path) -> nw.LazyFrame[Any]:
        """A Parquet file, or a folder of them, as a lazy frame."""
        return _lazy(self._spark.read.parquet(_files(path)))

    def frame(self, data: pl.DataFrame) -> nw.LazyFrame[Any]:
        """Through a Parquet file: Spark's own conversion from memory turns nulls into NaN."""
        self._count += 1
        path = Path(self._scratch.name) / f"{self._count}.parquet"
        data.write_parquet(path)
        return self.read(path)

    def persist(self, frame: nw.LazyFrame[Any]) -> nw.LazyFrame[Any]:
        """Keep in the cluster and forget how it was made: plans of plans grow without bound."""
        kept = frame.to_native().localCheckpoint(eager=True)
        self._kept.append(kept)
        return _lazy(kept)

    def collect(self, frame: nw.LazyFrame[Any]) -> pl.DataFrame:
        """Bring back through Arrow."""
        result = pl.from_arrow(frame.to_native().toArrow())
        assert isinstance(result, pl.DataFrame)
        return result

    def beside(
        self, frame: nw.LazyFrame[Any], others: Sequence[nw.LazyFrame[Any]]
    ) -> nw.LazyFrame[Any]:
        """As joins, one after the other."""
        return _joined(frame, others)

    def close(self) -> None:
        """Let go of what was cached; the cluster itself belongs to somebody else."""
        for kept in self._kept:
            kept.unpersist()
        self._scratch.cleanup()


ENGINES: dict[str, Callable[[], Session]] = {
    "duckdb": DuckDBSession,
    "polars": PolarsSession,
    "spark": SparkSession,
}


def open_session(engine: str) -> Session:
    """A session of ``engine``.

    Raises ``Refusal`` for an unknown engine, or for Spark where it is not installed.
    """
    if engine not in ENGINES:
        known = ", ".join(ENGINES)
        raise Refusal(
            f"没有名为 {engine} 的计算引擎，可用：{known}。",
            f"There is no engine called {engine}; there are: {known}.",
        )
    return ENGINES[engine]()
