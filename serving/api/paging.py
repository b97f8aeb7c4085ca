"""Cursors: an opaque place in one list; a cursor of another list is refused, not misread."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Sequence
from typing import Annotated, TypeVar

from fastapi import Query

from features.refusal import Refusal

T = TypeVar("T")
LARGEST = 200
_FORM = re.compile(r"([A-Za-z0-9._:-]{0,80})\|(\d{1,7})")


class StaleCursor(Refusal):
    """A cursor that belongs to no place in this list: 409 with what to do."""

    def __init__(self) -> None:
        """The same words for a torn cursor and for one of an older list."""
        super().__init__(
            "游标无效或名单已更新；请从第一页重新读取。",
            "The cursor is not valid or the list has changed; read again from the first page.",
        )


class Slice:
    """Which part of a list is asked for."""

    def __init__(
        self,
        cursor: Annotated[str | None, Query(max_length=200, description="from ``next``")] = None,
        limit: Annotated[int, Query(ge=1, le=LARGEST)] = 100,
    ) -> None:
        """``cursor`` as given by the page before, ``limit`` rows at most."""
        self.cursor = cursor
        self.limit = limit


def page_of(rows: Sequence[T], *, place: Slice, list_id: str) -> tuple[list[T], str | None]:
    """The rows of ``place``, and the cursor of the next page (None at the end)."""
    start = _start(place.cursor, list_id) if place.cursor else 0
    end = start + place.limit
    more = _cursor(list_id, end) if end < len(rows) else None
    return list(rows[start:end]), more


def _cursor(list_id: str, at: int) -> str:
    return base64.urlsafe_b64encode(f"{list_id}|{at}".encode()).decode().rstrip("=")


def _start(cursor: str, list_id: str) -> int:
    try:
        text = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode("ascii")
    except (binascii.Error, ValueError) as error:
        raise StaleCursor from error
    found = _FORM.fullmatch(text)
    if found is None or found[1] != list_id:
        raise StaleCursor
    return int(found[2])
