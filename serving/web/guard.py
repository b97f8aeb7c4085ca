"""Who may call a route: each names its guard; an application with an open one will not start."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator

from fastapi import FastAPI, Request
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool

from features.refusal import Refusal
from serving.permissions import Actor, Right
from serving.web.doors import COOKIE, doors_of

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


class NotLoggedIn(Refusal):
    """Nobody, or a session that has ended: 401, or the login page."""

    def __init__(self) -> None:
        """One sentence whatever the cause."""
        super().__init__("请先登录。", "Please log in.")


class Forged(Refusal):
    """A form without the session's own token: 403."""

    def __init__(self) -> None:
        """One sentence for a missing and for a wrong token."""
        super().__init__(
            "页面已过期，操作未执行。请返回重新打开页面后再试。",
            "The page has expired and nothing was done. Open it again and retry.",
        )


class Anyone:
    """A guard that lets everybody through: for the login, liveness and static files only."""

    def __call__(self, request: Request) -> None:
        """Nothing to check."""


class May:
    """A guard: the actor must be logged in and hold ``right``.

    A cookie is accepted for what changes nothing; for the rest the form must bring the session's
    token, since browsers send cookies with other sites' forms too. A bearer token is no cookie.
    """

    def __init__(self, right: Right) -> None:
        """``right`` is what the route shows or does."""
        self.right = right

    async def __call__(self, request: Request) -> Actor:
        """The actor; raises ``NotLoggedIn``, ``Forged`` or ``Forbidden``."""
        token, by_cookie = session_token(request)
        doors = doors_of(request)
        actor = await run_in_threadpool(doors.sessions.actor, token, demo=doors.demo)
        if actor is None:
            raise NotLoggedIn
        if by_cookie and request.method not in SAFE:
            await check_form_token(request, form_token(token))
        actor.scope.check(self.right)
        return actor


def session_token(request: Request) -> tuple[str, bool]:
    """The token that came with the request, and whether a cookie brought it."""
    scheme, _, bearer = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return bearer.strip(), False
    return request.cookies.get(COOKIE, ""), True


def form_token(token: str) -> str:
    """The token that forms of this session carry; it does not give the session away."""
    return hashlib.sha256(f"form:{token}".encode()).hexdigest()


async def check_form_token(request: Request, expected: str) -> None:
    """Raise ``Forged`` unless the form or the header brings ``expected``."""
    sent = request.headers.get("x-form-token", "")
    if not sent and "form" in request.headers.get("content-type", ""):
        sent = str((await request.form()).get("form_token", ""))
    if not hmac.compare_digest(sent.encode(), expected.encode()):
        raise Forged


def guards(route: APIRoute) -> list[Anyone | May]:
    """The guards that a route declares, at any depth of its dependencies."""
    return [c for c in _calls(route.dependant) if isinstance(c, Anyone | May)]


def _calls(dependant: Dependant) -> Iterator[object]:
    for child in dependant.dependencies:
        yield child.call
        yield from _calls(child)


def check_guarded(app: FastAPI) -> None:
    """Raise ``RuntimeError`` where a route declares no guard, or more than one: default deny."""
    open_ = [r.path for r in app.routes if isinstance(r, APIRoute) and len(guards(r)) != 1]
    if open_:
        raise RuntimeError(f"routes without exactly one guard: {open_}")
