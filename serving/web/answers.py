"""How an answer leaves: JSON with an ETag, files as attachments."""

from __future__ import annotations

from fastapi import Request
from fastapi.responses import Response
from pydantic import BaseModel
from starlette.types import Send

from serving.ports import Ready, tag
from serving.web import attachment
from serving.web.headers import RAW

__all__ = ["answer", "attachment", "held", "send_ready", "tagged"]
_KEEPING = {"Cache-Control": "private, no-cache", "Vary": "Cookie, Authorization"}
_KEEPING_RAW = [(name.lower().encode(), value.encode()) for name, value in _KEEPING.items()]


def answer(request: Request, said: BaseModel, *, status: int = 200) -> Response:
    """``said`` as JSON; 304 without a body where the caller already has it."""
    body = said.model_dump_json().encode()
    return tagged(request, Response(body, status, media_type="application/json"))


def tagged(request: Request, made: Response) -> Response:
    """The answer with a strong ETag of its bytes, or 304.

    What was asked for is read and logged either way: 304 tells that nothing changed.
    """
    if request.method != "GET" or made.status_code != 200:
        return made
    etag = tag(bytes(made.body))
    headers = {"ETag": etag, **_KEEPING}
    if held(request, etag):
        return Response(status_code=304, headers=headers)
    made.headers.update(headers)
    return made


async def send_ready(request: Request, ready: Ready, send: Send) -> None:
    """``ready`` as ``answer`` would send it, or 304; with the headers of every answer."""
    headers = [(b"etag", ready.etag.encode()), *_KEEPING_RAW, *RAW]
    unchanged = held(request, ready.etag)
    if not unchanged:
        size = str(len(ready.body)).encode()
        headers += [(b"content-type", b"application/json"), (b"content-length", size)]
    status = 304 if unchanged else 200
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if unchanged else ready.body})


def held(request: Request, etag: str) -> bool:
    """Whether the caller says that it has what ``etag`` names."""
    said = request.headers.get("if-none-match", "")
    tags = {one.strip().removeprefix("W/") for one in said.split(",")} if said else ()
    return etag in tags or "*" in tags
