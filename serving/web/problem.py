"""How a refusal looks: RFC 9457 for programs, a page for people; what was sent is never echoed."""

from __future__ import annotations

import logging
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException

from features.refusal import Refusal
from serving.accounts import AuditUnwritable, LockedOut, LoginRefused
from serving.permissions import Forbidden, Unknown
from serving.ports import Unreachable
from serving.scoring.ask import UnfitRows
from serving.web.guard import Forged, NotLoggedIn
from serving.web.language import language

log = logging.getLogger("baoxue.web")

STATUS: dict[type[Refusal], int] = {
    NotLoggedIn: 401,
    LoginRefused: 401,
    Forbidden: 403,
    Forged: 403,
    Unknown: 404,
    UnfitRows: 422,
    LockedOut: 429,
    AuditUnwritable: 503,
    Unreachable: 503,
}
#: A refusal of any other kind: the request was understood but cannot be answered as things stand.
OTHER = 409
_HTTP_ZH = {
    404: "没有这个地址。请从首页重新进入。",
    405: "此地址不支持这种请求方式。",
    413: "内容过大，未接收。",
}


def status_of(refusal: Refusal) -> int:
    """The HTTP status of a refusal."""
    return next((STATUS[t] for t in type(refusal).__mro__ if t in STATUS), OTHER)


def problem(status: int, detail: str, **more: Any) -> JSONResponse:
    """An ``application/problem+json`` answer."""
    body = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status}
    return JSONResponse(
        {**body, "detail": detail, **more}, status, media_type="application/problem+json"
    )


def wants_page(request: Request) -> bool:
    """Whether a person's browser asks: everything outside ``/v1`` but the machine's own routes."""
    return not request.url.path.startswith(("/v1", "/livez", "/readyz", "/openapi"))


def install(app: FastAPI) -> None:
    """Answer every kind of error in one shape; ``app.state.error_page`` draws the page."""
    app.add_exception_handler(Refusal, _refusal)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(Exception, _unexpected)


async def _refusal(request: Request, exc: Exception) -> Response:
    assert isinstance(exc, Refusal)
    status = status_of(exc)
    answer = _answer(request, status, exc.say(language(request)))
    if isinstance(exc, LockedOut):
        answer.headers["Retry-After"] = str(exc.seconds)
    if status == HTTPStatus.UNAUTHORIZED and not wants_page(request):
        answer.headers["WWW-Authenticate"] = "Bearer"
    return answer


async def _invalid(request: Request, exc: Exception) -> Response:
    """Names the place and the rule, never the value."""
    assert isinstance(exc, RequestValidationError)
    faults = [
        {"place": _place(e["loc"], e["type"]), "rule": str(e["type"])} for e in exc.errors()[:50]
    ]
    said = {
        "zh": "请求不符合约定，未执行；各处见 errors。",
        "en": "The request does not fit the contract; nothing was done. See errors.",
    }
    if wants_page(request):
        said = {
            "zh": "有内容没有填写，或格式不对，未执行。请返回上一页检查后重试。",
            "en": "Something is missing or not in the right form; nothing was done. Go back, check it and "
            "try again.",
        }
    return _answer(request, 422, said[language(request)], errors=faults)


def _place(loc: tuple[int | str, ...], rule: str) -> str:
    """Where the fault is; a name that was sent and is not ours is not repeated."""
    ours = loc[:-1] if rule == "extra_forbidden" else loc
    return ".".join(map(str, ours[:3]))


async def _http(request: Request, exc: Exception) -> Response:
    assert isinstance(exc, HTTPException)
    english = HTTPStatus(exc.status_code).phrase
    chinese = _HTTP_ZH.get(exc.status_code, "请求未能完成。")
    return _answer(request, exc.status_code, english if language(request) == "en" else chinese)


async def _unexpected(request: Request, exc: Exception) -> Response:
    """The kind of error goes to the log, its text (which may hold data) does not."""
    log.error("unexpected %s", type(exc).__name__)
    said = {
        "zh": "系统出错，内容未显示。请稍后再试，并告知系统管理员。",
        "en": "Something failed and nothing is shown. Try later and tell the administrator.",
    }
    return _answer(request, 500, said[language(request)])


def _answer(request: Request, status: int, detail: str, **more: Any) -> Response:
    if wants_page(request):
        page: Response = request.app.state.error_page(request, status, detail)
        return page
    return problem(status, detail, **more)
