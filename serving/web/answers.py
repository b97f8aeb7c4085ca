"""How an answer leaves: JSON with an ETag, files as attachments."""

from __future__ import annotations

from fastapi import Request
from fastapi.responses import Response
from pydantic import BaseModel

from serving.ports import tag
from serving.web import attachment

__all__ = ["answer", "attachment", "tagged", "tagged_body"]


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
    return _unless_held(request, made, tag(bytes(made.body)))


def tagged_body(request: Request, body: bytes, etag: str) -> Response:
    """JSON made before, under its ETag; 304 where the caller has it."""
    return _unless_held(request, Response(body, media_type="application/json"), etag)


def _unless_held(request: Request, made: Response, etag: str) -> Response:
    headers = {"ETag": etag, "Cache-Control": "private, no-cache", "Vary": "Cookie, Authorization"}
    held = {one.strip().removeprefix("W/") for one in _held(request).split(",")}
    if etag in held or "*" in held:
        return Response(status_code=304, headers=headers)
    made.headers.update(headers)
    return made


def _held(request: Request) -> str:
    return request.headers.get("if-none-match", "")
