"""Answers made ready: who asks, what may be seen and what is logged in one transaction; then bytes.

The same rules as ``web.seen``, in the same order: session, right, scope, mask, audit. What is kept
ready is already cut and masked, and found only under the cut of whoever asks.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from fastapi import Request
from pydantic import BaseModel
from starlette.concurrency import run_in_threadpool

from serving.accounts import Entry, Look
from serving.permissions import Actor, Right, Scope
from serving.ports import Place, Ready, Shelf
from serving.services.views import Explanation, SchoolWeek
from serving.web import seen
from serving.web.doors import Doors
from serving.web.guard import NotLoggedIn, session_token

#: Who finds an answer missing makes it; others who want one of the same stripe wait for that.
_MAKING = tuple(threading.Lock() for _ in range(64))


@dataclass(frozen=True)
class Missing:
    """Nothing is ready under this place of this edition."""

    scope: Scope
    edition: str
    place: Place


class Asked(Protocol):
    """What a request asks for."""

    @property
    def place(self) -> Place:
        """Where its answer lies, but for the cut."""
        ...

    def placed(self, scope: Scope) -> Place:
        """Where it lies for ``scope``; raises what ``scope`` may not ask at all."""
        ...

    def shown(self, actor: Actor, ready: Ready) -> Entry:
        """The audit entry of showing ``ready``; raises ``Unknown`` where it is out of scope."""
        ...

    def make(self, doors: Doors, scope: Scope) -> Ready | None:
        """The answer for ``scope``; None where there is nothing."""
        ...


@dataclass(frozen=True)
class AboutPupil:
    """Something about one pupil's estimate."""

    place: Place
    say: Callable[[Explanation], BaseModel]

    def placed(self, scope: Scope) -> Place:
        """A pupil's answer is the same for all who may see estimates."""
        scope.check(Right.SEE_PUPIL)
        return replace(self.place, cut="estimate" if scope.can(Right.SEE_ESTIMATE) else "")

    def shown(self, actor: Actor, ready: Ready) -> Entry:
        """As ``seen.explanation`` logs it."""
        actor.scope.check_child_of(ready.school_id, ready.class_id)
        return seen.pupil_entry(actor, self.place.kind, self.place.subject, ready.list_id)

    def make(self, doors: Doors, scope: Scope) -> Ready | None:
        """From the view, cut and masked."""
        found = doors.views.explanation(self.place.subject, self.place.week or None)
        if found is None:
            return None
        cut = seen.cut_explanation(scope, found)
        body = self.say(cut).model_dump_json().encode()
        pupil = found.pupil
        return Ready.of(body, found.head.list_id, pupil.school_id, pupil.class_id)


@dataclass(frozen=True)
class AboutSchool:
    """Something about one school's week; ``action`` is what the audit calls it."""

    place: Place
    action: str
    say: Callable[[SchoolWeek], BaseModel]

    def placed(self, scope: Scope) -> Place:
        """A school's answer holds the rows of the classes in scope."""
        scope.check(Right.SEE_ALERTS)
        scope.check_school(self.place.subject)
        return replace(self.place, cut=seen.cut_key(scope))

    def shown(self, actor: Actor, ready: Ready) -> Entry:
        """As ``seen.week`` logs it."""
        school = self.place.subject
        return seen.school_entry(actor, self.action, school, ready.list_id, rows=ready.rows)

    def make(self, doors: Doors, scope: Scope) -> Ready | None:
        """From the view, cut and masked."""
        found = doors.views.week(self.place.subject, self.place.week or None)
        if found is None:
            return None
        cut = seen.cut_week(scope, found)
        body = self.say(cut).model_dump_json().encode()
        own = self.place.subject
        return Ready.of(body, cut.head.list_id, own, rows=len(cut.rows))


async def ready_answer(request: Request, doors: Doors, right: Right, asked: Asked) -> Ready | None:
    """What is asked for, logged; None where it must be made the long way.

    Raises what the long way raises: ``NotLoggedIn``, ``Forbidden``, ``Unknown``, ``AuditUnwritable``.
    """
    quick = doors.quick
    if quick is None:
        return None
    token, _ = session_token(request)
    look = _look(right, asked, quick.shelf)
    found = await quick.reception.ask(token, look, demo=doors.demo)
    if isinstance(found, Missing):
        if not await run_in_threadpool(_make, doors, asked, found):
            return None
        found = await quick.reception.ask(token, look, demo=doors.demo)
    return found if isinstance(found, Ready) else None


def _look(right: Right, asked: Asked, shelf: Shelf) -> Look[Ready | Missing]:
    def look(actor: Actor | None, edition: str) -> tuple[Sequence[Entry], Ready | Missing]:
        if actor is None:
            raise NotLoggedIn
        actor.scope.check(right)
        place = asked.placed(actor.scope)
        ready = shelf.get(edition, place)
        if ready is None:
            return (), Missing(actor.scope, edition, place)
        return (asked.shown(actor, ready),), ready

    return look


def _make(doors: Doors, asked: Asked, missing: Missing) -> bool:
    """Make it and keep it; nobody has seen it yet, so nothing is logged.

    False where there is nothing, or another list came to stand meanwhile.
    """
    quick = doors.quick
    assert quick is not None
    with _MAKING[hash(missing.place) % len(_MAKING)]:
        if quick.shelf.get(missing.edition, missing.place) is not None:
            return True
        made = asked.make(doors, missing.scope)
        if made is None or quick.mark() != missing.edition:
            return False
        quick.shelf.put(missing.edition, missing.place, made)
    return True
