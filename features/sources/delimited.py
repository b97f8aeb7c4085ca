"""CSV: every field as text, every record with its number; torn records are named, never guessed."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import numpy as np
import polars as pl

from features.sources.encoding import sniff, to_utf8
from features.sources.raw import Raw, Unreadable

QUOTE, NEWLINE = ord('"'), ord("\n")


def read_csv(path: Path) -> Raw:
    """The cells of a CSV file (comma, semicolon or tab), as text; raises ``Unreadable``."""
    data = path.read_bytes()
    sniff(data)
    data = to_utf8(data)
    if not data.strip():
        raise Unreadable("empty_file")
    starts, ends = _records(data)
    headers, separator = _header(data[: ends[0]])
    fields = _fields(data, (starts, ends), separator)
    return _cells(data, (starts, ends, fields), headers, separator)


def _header(record: bytes) -> tuple[tuple[str, ...], str]:
    text = record.decode().rstrip("\r")
    separator = max(",\t;", key=text.count)
    names = next(csv.reader([text], delimiter=separator), [])
    return tuple(name.strip() for name in names), separator


def _outside_quotes(array: np.ndarray) -> np.ndarray | None:
    """True where a byte is not within quotes; None where the file has no quotes at all."""
    quotes = array == QUOTE
    if not quotes.any():
        return None
    inside = np.logical_xor.accumulate(quotes)
    if inside[-1]:
        opened = np.flatnonzero(quotes)[-1]
        raise Unreadable("unclosed_quote", int((array[:opened] == NEWLINE).sum()) + 1)
    return ~inside


def _records(data: bytes) -> tuple[np.ndarray, np.ndarray]:
    """Where each record starts and ends (without its newline)."""
    array = np.frombuffer(data, np.uint8)
    breaks = array == NEWLINE
    outside = _outside_quotes(array)
    ends = np.flatnonzero(breaks if outside is None else breaks & outside)
    if not len(ends) or ends[-1] != len(array) - 1:
        ends = np.append(ends, len(array))
    return np.concatenate(([0], ends[:-1] + 1)), ends


def _fields(data: bytes, bounds: tuple[np.ndarray, np.ndarray], separator: str) -> np.ndarray:
    """Number of fields of each record; 0 where the record is blank."""
    array = np.frombuffer(data, np.uint8)
    commas = array == ord(separator)
    outside = _outside_quotes(array)
    places = np.flatnonzero(commas if outside is None else commas & outside)
    starts, ends = bounds
    counts = np.searchsorted(places, ends) - np.searchsorted(places, starts) + 1
    lengths = ends - starts
    returns = array[np.maximum(ends - 1, 0)] == ord("\r")
    counts[(lengths == 0) | ((lengths == 1) & returns)] = 0
    result: np.ndarray = counts
    return result


def _cells(
    data: bytes,
    records: tuple[np.ndarray, np.ndarray, np.ndarray],
    headers: tuple[str, ...],
    separator: str,
) -> Raw:
    starts, ends, fields = records
    torn = np.flatnonzero((fields != len(headers)) & (fields != 0))
    torn = torn[torn > 0]
    # one column: a blank record is a field left empty, and only the last line end is none
    keep = fields == len(headers)
    keep[0] = False
    regular = bool(keep[1:].all())
    body = data[starts[1] :] if regular and len(starts) > 1 else _pick(data, starts, ends, keep)
    rows = None if regular else pl.Series(np.flatnonzero(keep) + 1, dtype=pl.UInt32)
    ragged = tuple((int(i) + 1, int(fields[i])) for i in torn)
    return Raw(headers, _parse(body, len(headers), separator, int(keep.sum())), rows, ragged)


def _pick(data: bytes, starts: np.ndarray, ends: np.ndarray, keep: np.ndarray) -> bytes:
    edges = np.flatnonzero(np.diff(np.concatenate(([0], keep.view(np.int8), [0]))))
    pieces = zip(edges[::2], edges[1::2], strict=True)
    return b"".join(data[starts[a] : ends[b - 1]] + b"\n" for a, b in pieces)


def _parse(body: bytes, width: int, separator: str, expected: int) -> pl.DataFrame:
    names = [str(i) for i in range(width)]
    if not body:
        return pl.DataFrame(schema=dict.fromkeys(names, pl.String))
    try:
        frame = pl.read_csv(
            io.BytesIO(body), has_header=False, new_columns=names, separator=separator,
            infer_schema=False,
        )  # fmt: skip
    except pl.exceptions.PolarsError:
        raise Unreadable("torn") from None
    if frame.height != expected or frame.width != width:
        raise Unreadable("torn")
    return frame
