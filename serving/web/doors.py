"""What the composition root hands to every route."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, cast

from fastapi import Request

from serving.accounts import Accounts, Audit, Clock, Reception, Sessions
from serving.ports import SchoolCount, Shelf
from serving.scoring.ask import ScoredRow
from serving.services.health import Report
from serving.services.models import ModelCard
from serving.services.views import Explanation, ListHead, PupilPage, SchoolWeek

COOKIE = "baoxue_session"


@dataclass(frozen=True)
class DemoLogin:
    """A login of the demonstration, shown on the login page of a synthetic county only."""

    name: str
    password: str
    role: str
    about_zh: str
    about_en: str


class Views(Protocol):
    """Full, unmasked views of what was published; only ``web.seen`` may call it."""

    def schools(self) -> tuple[ListHead | None, Sequence[SchoolCount]]:
        """The newest standing list and its schools; (None, ()) before the first."""
        ...

    def week(self, school_id: str, week: str | None) -> SchoolWeek | None:
        """One school's week, the newest where ``week`` is None; None where there is no list."""
        ...

    def explanation(self, pupil_id: str, week: str | None) -> Explanation | None:
        """What ``page`` explains, without the weeks before."""
        ...

    def page(self, pupil_id: str, week: str | None) -> PupilPage | None:
        """One pupil's page; None where nobody has this opaque id in that week's list."""
        ...


class Models(Protocol):
    """The champion, and what it says about rows that other systems send."""

    def cards(self) -> Sequence[ModelCard]:
        """The models that serve; empty before the first promotion."""
        ...

    def score(self, rows: Sequence[Mapping[str, float | None]]) -> Sequence[ScoredRow]:
        """One answer a row; raises ``Refusal`` where indicators are missing or no model serves."""
        ...


class Exports(Protocol):
    """Files made of a school's week, which is already cut to the actor and masked."""

    def csv(self, week: SchoolWeek) -> bytes:
        """UTF-8 with a byte-order mark; cells that look like formulas are made text."""
        ...

    def xlsx(self, week: SchoolWeek) -> bytes:
        """A workbook; nothing in it is a formula."""
        ...

    def alerts_csv(self, week: SchoolWeek) -> bytes:
        """The duty alerts of the week, as ``csv``."""
        ...

    def alerts_xlsx(self, week: SchoolWeek) -> bytes:
        """The duty alerts of the week, as ``xlsx``."""
        ...


@dataclass(frozen=True)
class Quick:
    """Answers made ready, and the one transaction that many requests share."""

    reception: Reception
    shelf: Shelf
    #: names all standing lists, as ``reception`` does for a look
    mark: Callable[[], str]


@dataclass(frozen=True)
class Doors:
    """The services and stores that routes may call; ``clock`` gives aware UTC moments."""

    accounts: Accounts
    sessions: Sessions
    audit: Audit
    views: Views
    models: Models
    exports: Exports
    clock: Clock
    demo: bool = False
    demo_logins: Callable[[], Sequence[DemoLogin]] = tuple
    #: the newest health report of every area
    health: Callable[[], Sequence[Report]] = tuple
    #: what is not ready, one code each; empty when everything is
    unready: Callable[[], Sequence[str]] = tuple
    #: None: every answer is made the long way
    quick: Quick | None = None


def doors_of(request: Request) -> Doors:
    """The doors of the application that answers ``request``."""
    return cast(Doors, request.app.state.doors)
