"""Bytes of a text file -> UTF-8: byte order mark, else strict UTF-8, else strict GB18030."""

from __future__ import annotations

import codecs
import re

from features.sources.raw import Unreadable

_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_TWO_CHINESE = re.compile(rb"[\xe4-\xe9][\x80-\xbf]{2}.*[\xe4-\xe9][\x80-\xbf]{2}")
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
    try:
        body.decode("utf-8")
        return _lines(body if marked else _chinese_after_all(body))
    except UnicodeDecodeError as error:
        first_bad = body[: error.start].count(b"\n") + 1
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
    for number, line in enumerate(body.split(b"\n"), 1):
        if not line.isascii() and _TWO_CHINESE.search(line) and _is_utf8(line):
            return max(number, first_bad)
    return None


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _lines(data: bytes) -> bytes:
    return data.replace(b"\r", b"\n") if b"\r" in data and b"\n" not in data else data
