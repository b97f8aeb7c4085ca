"""What stands before the routes: plain questions whose answers are kept ready need no routing.

Ways are read from the routes: an endpoint that is marked, its address, and the right that its guard
names. Whatever is not plain or not well (no session, no right, out of scope, a file, a later page,
an audit that cannot be written) goes on to the route, which says so in its own words.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from fastapi import Request
from fastapi.routing import APIRoute
from pydantic import BaseModel
from starlette.types import Scope, Send

from features.refusal import Refusal
from serving.permissions import Right
from serving.ports import Place
from serving.services.views import Explanation, SchoolWeek
from serving.web import attachment
from serving.web.answers import send_ready
from serving.web.doors import Doors
from serving.web.guard import May, guards
from serving.web.ready import AboutPupil, AboutSchool, Asked, ready_answer

log = logging.getLogger("baoxue.web")
Endpoint = TypeVar("Endpoint", bound=Callable[..., Any])
#: (name of the endpoint, request, what the address names) -> what is asked; None: not plain.
Plain = Callable[[str, Request, Mapping[str, str]], Asked | None]
#: Opaque ids only: a register number is never a place on the shelf.
_PUPIL = re.compile(r"p[0-9a-f]{1,40}")
_WEEK = re.compile(rb"(?:week=(\d{4}-W\d{2}))?")
#: Longer than any school's id: no place on the shelf is looked for.
_LONGEST = 64


def pupil_ready(say: Callable[[Explanation], BaseModel]) -> Callable[[Endpoint], Endpoint]:
    """Mark an endpoint: what it says of a pupil, once cut and masked, is kept ready."""

    def asked(endpoint: str, request: Request, named: Mapping[str, str]) -> Asked | None:
        pupil, week = named["pupil_id"], _week(request)
        if week is None or _PUPIL.fullmatch(pupil) is None:
            return None
        return AboutPupil(Place(endpoint, pupil, week), say)

    return _marked(asked)


def school_ready(
    action: str, say: Callable[[SchoolWeek], BaseModel]
) -> Callable[[Endpoint], Endpoint]:
    """Mark an endpoint: what it says of a school's week, once cut and masked, is kept ready."""

    def asked(endpoint: str, request: Request, named: Mapping[str, str]) -> Asked | None:
        school, week = named["school_id"], _week(request)
        if week is None or len(school) > _LONGEST or attachment.asked_for(request) != "json":
            return None
        return AboutSchool(Place(endpoint, school, week), action, say)

    return _marked(asked)


def _marked(asked: Plain) -> Callable[[Endpoint], Endpoint]:
    def mark(endpoint: Endpoint) -> Endpoint:
        endpoint.__dict__["asked"] = asked
        return endpoint

    return mark


def _week(request: Request) -> str | None:
    """The week of a request that asks for nothing else; '' for the newest, None for more."""
    found = _WEEK.fullmatch(request.scope["query_string"])
    return None if found is None else (found[1] or b"").decode()


@dataclass(frozen=True)
class _Way:
    address: re.Pattern[str]
    name: str
    right: Right
    plain: Plain


class Front:
    """Answers what is ready; the rest is for the routes."""

    def __init__(self, routes: Iterable[object]) -> None:
        """``routes`` of the application; those whose endpoints are marked are ways."""
        self._ways = [way for route in routes if (way := _way(route)) is not None]

    async def answered(self, doors: Doors, scope: Scope, send: Send) -> bool:
        """Whether this request was answered here."""
        if doors.quick is None or scope["type"] != "http" or scope["method"] != "GET":
            return False
        for way in self._ways:
            found = way.address.match(scope["path"])
            if found is not None:
                return await _answered(way, found.groupdict(), doors, Request(scope), send)
        return False


async def _answered(
    way: _Way, named: Mapping[str, str], doors: Doors, request: Request, send: Send
) -> bool:
    wanted = way.plain(way.name, request, named)
    if wanted is None:
        return False
    try:
        ready = await ready_answer(request, doors, way.right, wanted)
    except Refusal:
        return False
    except Exception as error:  # the route meets it again, and says so without repeating its text
        log.error("not answered at once: %s", type(error).__name__)
        return False
    if ready is None:
        return False
    await send_ready(request, ready, send)
    return True


def _way(route: object) -> _Way | None:
    plain: Plain | None = getattr(getattr(route, "endpoint", None), "asked", None)
    if plain is None or not isinstance(route, APIRoute):
        return None
    rights = [guard.right for guard in guards(route) if isinstance(guard, May)]
    return _Way(route.path_regex, route.name, rights[0], plain) if rights else None
