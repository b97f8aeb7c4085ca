"""Files to save: their types, their names in any script, and which one a caller prefers."""

from __future__ import annotations

from typing import Literal
from urllib.parse import quote

from fastapi import Request
from fastapi.responses import Response

CSV = "text/csv"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def asked_for(request: Request) -> Literal["json", "csv", "xlsx"]:
    """What the ``Accept`` header names; JSON where it names neither file."""
    accepted = request.headers.get("accept", "")
    if CSV in accepted:
        return "csv"
    return "xlsx" if XLSX in accepted else "json"


def csv(request: Request, body: bytes, stem: str) -> Response:
    """A CSV file."""
    return _file(body, f"{CSV}; charset=utf-8", f"{stem}.csv")


def xlsx(request: Request, body: bytes, stem: str) -> Response:
    """A workbook."""
    return _file(body, XLSX, f"{stem}.xlsx")


def _file(body: bytes, media_type: str, name: str) -> Response:
    told = f"attachment; filename=\"list\"; filename*=UTF-8''{quote(name, safe='')}"
    return Response(body, media_type=media_type, headers={"Content-Disposition": told})
