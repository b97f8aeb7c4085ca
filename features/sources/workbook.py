"""XLSX: read by a child process with little memory and little time, handed over as text."""

from __future__ import annotations

import codecs
import json
import re
import subprocess
import sys
import tempfile
import zipfile
import zlib
from pathlib import Path

import numpy as np
import polars as pl

from features.sources import workbook_child
from features.sources.encoding import looks_like_html
from features.sources.raw import Raw, Unreadable

MEGABYTES, SECONDS = 2048, 120
#: Uncompressed size that a workbook of the contract never reaches, and what only bombs compress to.
MAX_BYTES, MAX_RATIO = 2 << 30, 1000
#: A sheet of explanations that the templates carry; it is no data.
EXPLANATIONS = ("说明", "填写说明", "Notes")
#: Cells that a sheet may claim: more columns than any table has, or more rows, are a slip far away.
MAX_COLUMNS, MAX_CELLS = 500, 60_000_000
_DIMENSION = re.compile(rb'<dimension ref="(?:[A-Z]+\d+:)?([A-Z]+)(\d+)"')
#: Bytes that no text holds in any encoding that is read; an archive's head is full of them.
_NO_TEXT = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_OLE = b"\xd0\xcf\x11\xe0"


def read_xlsx(path: Path) -> Raw:
    """The cells of the first sheet as text; raises ``Unreadable``."""
    _look(path)
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "cells.csv"
        names = _run(path, out)
        raw = _load(out)
    further = tuple(name for name in names[1:] if name not in EXPLANATIONS)
    return Raw(raw.headers, raw.frame, raw.gaps, (), further)


def _look(path: Path) -> None:
    """What can be said without opening the workbook."""
    with path.open("rb") as file:
        head = file.read(2048)
    if not head:
        raise Unreadable("empty_file")
    if looks_like_html(head):
        raise Unreadable("html")
    if head.startswith(_OLE):
        raise Unreadable("old_or_locked_workbook")
    if _is_text(head):
        raise Unreadable("disguised_text")
    try:
        with zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
            claims = [_claim(archive, part) for part in parts]
    except (zipfile.BadZipFile, OSError, RuntimeError, NotImplementedError, zlib.error):
        raise Unreadable("broken_workbook") from None
    size, packed = sum(p.file_size for p in parts), sum(p.compress_size for p in parts)
    if size > MAX_BYTES or (size > 64 << 20 and size > MAX_RATIO * max(packed, 1)):
        raise Unreadable("too_large")
    if any(columns > MAX_COLUMNS or rows * columns > MAX_CELLS for rows, columns in claims):
        raise Unreadable("too_large")


def _is_text(head: bytes) -> bool:
    """Whether the file begins as a text does: no such sign as every archive has among its first."""
    marked = head.startswith((codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    return marked or not _NO_TEXT.search(head)


def _claim(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> tuple[int, int]:
    """Rows and columns that a worksheet says it has; what lies about it meets the child's limit."""
    if not part.filename.startswith("xl/worksheets/"):
        return 0, 0
    with archive.open(part) as file:
        found = _DIMENSION.search(file.read(4096))
    if found is None:
        return 0, 0
    columns = 0
    for letter in found[1]:
        columns = columns * 26 + letter - ord("A") + 1
    return int(found[2]), columns


def _run(path: Path, out: Path) -> list[str]:
    child = [sys.executable, "-I", workbook_child.__file__, str(path), str(out), str(MEGABYTES)]
    try:
        done = subprocess.run(child, capture_output=True, timeout=SECONDS, check=False)
    except subprocess.TimeoutExpired:
        raise Unreadable("too_large") from None
    if done.returncode == 0:
        names: list[str] = json.loads(done.stdout)["sheets"]
        return names
    if done.returncode == workbook_child.LOCKED:
        raise Unreadable("old_or_locked_workbook")
    # a negative code: ended by a signal, as an allocation that fails does
    far = done.returncode == workbook_child.FAR or done.returncode < 0
    raise Unreadable("too_large" if far else "broken_workbook")


def _load(cells: Path) -> Raw:
    if not cells.stat().st_size:
        raise Unreadable("empty_file")
    frame = pl.read_csv(cells, has_header=False, infer_schema=False)
    frame = frame.rename({name: str(i) for i, name in enumerate(frame.columns)})
    frame = frame.with_columns(pl.all().replace("", None))
    headers = tuple((value or "").strip() for value in frame.row(0))
    body = frame.slice(1)
    blank = body.select(pl.all_horizontal(pl.all().is_null())).to_series()
    if not any(headers):
        raise Unreadable("empty_file")
    if not blank.any():
        return Raw(headers, body)
    left_out = np.flatnonzero(blank.to_numpy())
    return Raw(headers, body.filter(~blank), left_out - np.arange(len(left_out)))
