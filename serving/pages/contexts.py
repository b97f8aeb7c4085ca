"""What each page is given: documented dataclasses, one a template, and nothing else.

Every field is named in its class's docstring; a test holds that.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime

from serving.pages.charts.attendance import Calendar
from serving.pages.charts.trend import Trend
from serving.pages.charts.waterfall import Waterfall
from serving.permissions import Actor
from serving.services.health import Report
from serving.services.models import ModelCard
from serving.services.views import (
    AlertView,
    Explanation,
    Factor,
    HistoryPoint,
    ListHead,
    PupilWeek,
    SchoolWeek,
)
from serving.web.doors import DemoLogin
from serving.web.language import Lang
from serving.web.seen import Revealed, SchoolSeen


@dataclass(frozen=True)
class Frame:
    """What surrounds every page.

    ``lang``: language of the page. ``path``: address without query, for the language switch.
    ``now``: the moment of the answer, aware UTC. ``actor``: who looks, None before a login.
    ``form_token``: what every form must carry. ``demo``: the demonstration is running.
    """

    lang: Lang
    path: str
    now: datetime
    actor: Actor | None = None
    form_token: str = ""
    demo: bool = False


@dataclass(frozen=True)
class Login:
    """``login.html``.

    ``logins``: the demonstration's logins, empty otherwise. ``said``: why the last attempt failed.
    ``going``: the page asked for before the login, a path of this site.
    """

    logins: tuple[DemoLogin, ...] = ()
    said: str = ""
    going: str = "/"


@dataclass(frozen=True)
class Failed:
    """``error.html``. ``status``: HTTP status. ``detail``: what is wrong and what to do."""

    status: int
    detail: str


@dataclass(frozen=True)
class Todo:
    """One thing to do today. ``count``: how many; ``zh``/``en``: what; ``href``: where."""

    count: int
    zh: str
    en: str
    href: str


@dataclass(frozen=True)
class SchoolToday:
    """One school on the home page. ``school``: counts; ``head``: its list; ``todos``: the work."""

    school: SchoolSeen
    head: ListHead
    todos: tuple[Todo, ...]


@dataclass(frozen=True)
class Home:
    """``home.html``: what do I do today.

    ``head``: the newest list, None before the first. ``schools``: the counts of those in scope.
    ``today``: the work of each school whose children the actor may see. ``models``: for those who
    look after models. ``audit_problems``: breaks in the audit chain, None for those who do not see
    it. ``age``: days between the list's data and today.
    """

    head: ListHead | None
    schools: tuple[SchoolSeen, ...] = ()
    today: tuple[SchoolToday, ...] = ()
    models: tuple[ModelCard, ...] = ()
    audit_problems: tuple[str, ...] | None = None
    age: int = 0


@dataclass(frozen=True)
class ClassRows:
    """One class's part of a list. ``label_zh``/``label_en``: its name; ``rows``: in list order."""

    label_zh: str
    label_en: str
    rows: tuple[PupilWeek, ...]


@dataclass(frozen=True)
class ClassAlert:
    """One alert and whose class it is of. ``label_zh``/``label_en``: the class; ``alert``: it."""

    label_zh: str
    label_en: str
    alert: AlertView


@dataclass(frozen=True)
class School:
    """``school.html``: a school's week.

    ``week``: cut to the actor and masked. ``classes``: the rows shown, by class. ``band``: the band
    they were narrowed to, empty for all. ``counts``: (band, pupils) of the whole list, for tabs.
    ``silent``: classes whose attendance was not taken. ``tasks``: those beside the list, of pupils who are
    not listed. ``estimate``: the actor may see bands and reasons. ``age``: days between data and today.
    """

    week: SchoolWeek
    classes: tuple[ClassRows, ...]
    band: str
    counts: tuple[tuple[str, int], ...]
    silent: tuple[ClassAlert, ...]
    tasks: tuple[ClassAlert, ...]
    estimate: bool
    age: int


@dataclass(frozen=True)
class Pupil:
    """``pupil.html``.

    ``explanation``: cut to the actor and masked. ``history``: past weeks, newest first.
    ``estimate``: the actor may see the estimate. ``picture``: the waterfall, None without an estimate.
    ``calendar``: the term's attendance, None where no day is known. ``revealed``: the full name and
    number, only in the answer to a reveal. ``class_zh``/``class_en``: the class's name.
    ``factors``: every record's part but background, the largest first; ``printed``: how many of
    them fit on paper; ``rest``: the sum of the others.
    ``background_zh``/``background_en``: the one background line, empty where there is none.
    ``dots``: how many of a hundred dots are filled. ``may_reveal``: the actor may ask for the full
    name and number. ``said``: why a reveal was refused.
    """

    explanation: Explanation
    history: tuple[HistoryPoint, ...]
    estimate: bool
    picture: Waterfall | None
    calendar: Calendar | None
    class_zh: str
    class_en: str
    factors: tuple[Factor, ...] = ()
    printed: int = 0
    rest: float = 0.0
    background_zh: str = ""
    background_en: str = ""
    dots: int = 0
    may_reveal: bool = False
    revealed: Revealed | None = None
    said: str = ""

    @property
    def alerts(self) -> tuple[AlertView, ...]:
        """The pupil's duty alerts."""
        return self.explanation.pupil.alerts


@dataclass(frozen=True)
class Models:
    """``models.html``. ``cards``: the models that serve; empty before the first promotion."""

    cards: tuple[ModelCard, ...]


@dataclass(frozen=True)
class AreaHealth:
    """One area on the health page. ``report``: its newest week. ``trends``: the lines, one a figure.
    ``age``: days between the list's data and today."""

    report: Report
    trends: tuple[Trend, ...]
    age: int


@dataclass(frozen=True)
class Health:
    """``health.html``. ``areas``: one an area; empty before the first report."""

    areas: tuple[AreaHealth, ...]


@dataclass(frozen=True)
class Line:
    """One audit entry. ``number``: in the chain; ``at``: aware UTC; ``actor``, ``role``: who;
    ``action``, ``subject``: what and whose, opaque ids only."""

    number: int
    at: datetime
    actor: str
    role: str
    action: str
    subject: str


@dataclass(frozen=True)
class AuditTrail:
    """``audit.html``. ``lines``: the newest entries, newest first. ``problems``: breaks, if any."""

    lines: tuple[Line, ...]
    problems: tuple[str, ...]


@dataclass(frozen=True)
class Operation:
    """One route of the API. ``method``, ``path``: address; ``summary``: one line; ``who``: the
    right it needs; ``parameters``: (name, place, required); ``answers``: (status, words)."""

    method: str
    path: str
    summary: str
    who: str
    parameters: tuple[tuple[str, str, bool], ...] = ()
    answers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Docs:
    """``docs.html``: the API read from its own OpenAPI. ``operations``: every route of ``/v1``."""

    operations: tuple[Operation, ...] = field(default=())


def age_in_days(as_of: date, today: date) -> int:
    """Days between the data and today; never negative (a list may be made for a day to come)."""
    return max(0, (today - as_of).days)
