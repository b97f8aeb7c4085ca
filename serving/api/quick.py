"""Routes whose answers are kept ready: no dependency is solved and nothing is encoded twice.

The guard that a route declares is the guard that holds here: its right is read from the route. A
request that asks for more than the plain answer (a file, a later page) goes the long way.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from fastapi import Request
from fastapi.responses import Response
from fastapi.routing import APIRoute
from pydantic import BaseModel

from serving.ports import Place
from serving.services.views import Explanation, SchoolWeek
from serving.web import attachment
from serving.web.answers import tagged_body
from serving.web.guard import May, guards
from serving.web.ready import AboutPupil, AboutSchool, Asked, ready_answer

Endpoint = TypeVar("Endpoint", bound=Callable[..., Any])
Handler = Callable[[Request], Coroutine[Any, Any, Response]]
_PUPIL = re.compile(r"p[0-9a-f]{20}")
_WEEK = re.compile(r"(?:week=(\d{4}-W\d{2}))?")
#: Whoever asks for a school makes a file of the shelf: nothing longer than an id is looked up.
_LONGEST = 64


def pupil_ready(say: Callable[[Explanation], BaseModel]) -> Callable[[Endpoint], Endpoint]:
    """Mark an endpoint: what it says of a pupil, once cut and masked, is kept ready."""

    def asked(endpoint: str, request: Request) -> Asked | None:
        pupil, week = request.path_params["pupil_id"], _week(request)
        if week is None or _PUPIL.fullmatch(pupil) is None:
            return None
        return AboutPupil(Place(endpoint, pupil, week), say)

    return _marked(asked)


def school_ready(
    action: str, say: Callable[[SchoolWeek], BaseModel]
) -> Callable[[Endpoint], Endpoint]:
    """Mark an endpoint: what it says of a school's week, once cut and masked, is kept ready."""

    def asked(endpoint: str, request: Request) -> Asked | None:
        school, week = request.path_params["school_id"], _week(request)
        if week is None or len(school) > _LONGEST or attachment.asked_for(request) != "json":
            return None
        return AboutSchool(Place(endpoint, school, week), action, say)

    return _marked(asked)


def _marked(asked: Callable[[str, Request], Asked | None]) -> Callable[[Endpoint], Endpoint]:
    def mark(endpoint: Endpoint) -> Endpoint:
        endpoint.__dict__["asked"] = asked
        return endpoint

    return mark


def _week(request: Request) -> str | None:
    """The week of a request that asks for nothing else; '' for the newest, None for more."""
    found = _WEEK.fullmatch(request.scope["query_string"].decode("latin-1"))
    return None if found is None else found[1] or ""


class QuickRoute(APIRoute):
    """An ``APIRoute`` that looks on the shelf first where its endpoint is marked."""

    def get_route_handler(self) -> Handler:
        """The long way, with the quick one before it."""
        long_way = super().get_route_handler()
        asked: Callable[[str, Request], Asked | None] | None
        asked = getattr(self.endpoint, "asked", None)
        guard = next(iter(guards(self)), None)
        if asked is None or not isinstance(guard, May):
            return long_way
        right, name, plain = guard.right, self.name, asked

        async def answer(request: Request) -> Response:
            wanted = plain(name, request)
            found = None if wanted is None else await ready_answer(request, right, wanted)
            if found is None:
                return await long_way(request)
            return tagged_body(request, found.body, found.etag)

        return answer
