"""Bytes of a text file -> UTF-8: byte order mark, else strict UTF-8, else strict GB18030."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
import polars as pl

from features.sources.raw import Unreadable
from features.sources.records import blocks

_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_THREE_BYTES = re.compile(rb"[\xe0-\xf7]")
_NEITHER_WESTERN = re.compile(rb"[\xc4-\xdf]")
_NOT_TEXT = {
    b"PK\x03\x04": "disguised_workbook",
    b"\xd0\xcf\x11\xe0": "old_or_locked_workbook",
    b"PAR1": "disguised_parquet",
}


def sniff(data: bytes) -> None:
    """Raise ``Unreadable`` where the first bytes say that this is no text table."""
    for mark, rule in _NOT_TEXT.items():
        if data.startswith(mark):
            raise Unreadable(rule)
    if looks_like_html(data):
        raise Unreadable("html")


def looks_like_html(data: bytes) -> bool:
    """True where the bytes begin like a web page (what many systems export as .xls)."""
    head = data[:2048].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    return head.startswith((b"<html", b"<!doctype", b"<table", b"<?xml", b"<meta"))


def to_utf8(data: bytes) -> bytes:
    """The same text as UTF-8 without a byte order mark, lines ending in LF or CR LF.

    Raises ``Unreadable`` ('encoding', 'mixed_encodings') with the first row that cannot be read.
    """
    if data.startswith(_UTF16):
        try:
            return _lines(data.decode("utf-16").encode())
        except UnicodeDecodeError:
            raise Unreadable("encoding", 1) from None
    marked = data.startswith(codecs.BOM_UTF8)
    body = data[3:] if marked else data
    if b"\0" in body:
        raise Unreadable("encoding", body[: body.index(b"\0")].count(b"\n") + 1)
    first_bad = _not_utf8(body)
    if first_bad is None:
        return _lines(body if marked else _chinese_after_all(body))
    if marked:
        raise Unreadable("mixed_encodings", first_bad)
    return _lines(_from_gb18030(body, first_bad))


def _chinese_after_all(body: bytes) -> bytes:
    """Bytes valid as UTF-8 without one Chinese character, but Chinese throughout as GB18030.

    A short file may be so by accident: 一 is D2 BB, which is a Cyrillic letter in UTF-8. The signs of
    Western scripts (the · of Uyghur names) are taken as what UTF-8 says.
    """
    if body.isascii() or _THREE_BYTES.search(body) or not _NEITHER_WESTERN.search(body):
        return body
    try:
        text = body.decode("gb18030")
    except UnicodeDecodeError:
        return body
    strange = (character for character in text if not character.isascii())
    return text.encode() if all("\u4e00" <= c <= "\u9fff" for c in strange) else body


def _from_gb18030(body: bytes, first_bad: int) -> bytes:
    row = _mixed_row(body, first_bad)
    if row is not None:
        raise Unreadable("mixed_encodings", row)
    try:
        return body.decode("gb18030").encode()
    except UnicodeDecodeError as error:
        raise Unreadable("encoding", body[: error.start].count(b"\n") + 1) from None


def _mixed_row(body: bytes, first_bad: int) -> int | None:
    """The first row of the second encoding, where some rows are plainly UTF-8 and others are not.

    Two Chinese characters in a row that is valid UTF-8 as a whole do not happen in GB18030 text.
    """
    signs = np.frombuffer(body, np.uint8)
    first, later = (signs >= 0xE4) & (signs <= 0xE9), (signs & 0xC0) == 0x80
    characters = np.flatnonzero(first[:-2] & later[1:-1] & later[2:])
    ends = np.append(np.flatnonzero(signs == ord("\n")), len(signs))
    rows = np.searchsorted(ends, characters)
    twice: list[int] = np.unique(rows[1:][rows[1:] == rows[:-1]]).tolist()
    for row in twice:
        if _is_utf8(body[ends[row - 1] + 1 if row else 0 : ends[row]]):
            return max(row + 1, first_bad)
    return None


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _lines(data: bytes) -> bytes:
    return data.replace(b"\r", b"\n") if b"\r" in data and b"\n" not in data else data


@dataclass(frozen=True)
class Stored:
    """A long text where it lies: its first byte behind any mark, and its encoding."""

    path: Path
    begin: int
    encoding: str

    def open(self) -> BinaryIO:
        """The bytes as stored, from the first on."""
        file = self.path.open("rb")
        file.seek(self.begin)
        return file

    def read(self, low: int, high: int) -> bytes:
        """Those bytes in UTF-8."""
        with self.path.open("rb") as file:
            file.seek(low)
            data = file.read(high - low)
        return data if self.encoding == "utf-8" else data.decode(self.encoding).encode()


def in_a_long_file(path: Path) -> Stored | None:
    """How a long text is stored, looked at block by block; raises ``Unreadable`` as ``to_utf8`` does.

    None where it must be looked at as a whole: UTF-16, line ends of old, Chinese that may be Cyrillic.
    """
    with path.open("rb") as file:
        head = file.read(2048)
        sniff(head)
        marked = head.startswith(codecs.BOM_UTF8)
        stored = Stored(path, len(codecs.BOM_UTF8) if marked else 0, "utf-8")
        file.seek(stored.begin)
        first = next(blocks(file), b"")
        if head.startswith(_UTF16) or b"\n" not in first or not first.strip():
            return None
    first_bad, largest = _utf8_throughout(stored)
    if first_bad is None:
        return stored if marked or not 0xC4 <= largest <= 0xDF else None
    if marked:
        raise Unreadable("mixed_encodings", first_bad)
    _gb18030_throughout(stored, first_bad)
    return Stored(path, 0, "gb18030")


def _utf8_throughout(stored: Stored) -> tuple[int | None, int]:
    """The first row that is no UTF-8, if any, and the largest byte."""
    rows, largest, first_bad = 0, 0, None
    with stored.open() as file:
        for block in blocks(file):
            if b"\0" in block:
                raise Unreadable("encoding", rows + block[: block.index(b"\0")].count(b"\n") + 1)
            largest = max(largest, int(np.frombuffer(block, np.uint8).max()))
            if first_bad is None and (bad := _not_utf8(block)) is not None:
                first_bad = rows + bad
            rows += block.count(b"\n")
    return first_bad, largest


def _not_utf8(block: bytes) -> int | None:
    """The first row of a block that is no UTF-8."""
    try:
        pl.Series([block]).cast(pl.String)  # says no more than that, ten times as fast as decoding
    except pl.exceptions.PolarsError:
        try:
            block.decode()
        except UnicodeDecodeError as error:
            return block[: error.start].count(b"\n") + 1
    return None


def _gb18030_throughout(stored: Stored, first_bad: int) -> None:
    """Raise ``Unreadable`` where the text is no GB18030, or some of its rows are plainly UTF-8."""
    rows, broken = 0, None
    with stored.open() as file:
        for block in blocks(file):
            row = _mixed_row(block, first_bad - rows)
            if row is not None:
                raise Unreadable("mixed_encodings", rows + row)
            try:
                block.decode("gb18030")
            except UnicodeDecodeError as error:
                broken = broken or rows + block[: error.start].count(b"\n") + 1
            rows += block.count(b"\n")
    if broken is not None:
        raise Unreadable("encoding", broken)
