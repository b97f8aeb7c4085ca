"""The weekly run: digest, lease, frames, lists, a folder that stands, one transaction that publishes.

Killed anywhere, the published list stands: tables are written aside and renamed, and only the last
step, one transaction, makes them the week's list. A rerun takes up what stands complete.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, timedelta

import polars as pl

from features.build import KEYS, build_details, details_of
from features.catalogue import Catalogue
from features.facts import Facts, check_fresh
from features.prepare import Day
from features.refusal import Refusal
from serving.ports import Clock, Note, Publication, Runs, SchoolCount
from serving.scoring import words
from serving.scoring.draw import Frames, LastRun, Terms, Week, draw
from serving.scoring.identity import digest, list_id
from serving.scoring.model import Model
from serving.scoring.rules import Duty, plain
from serving.scoring.week import iso_week
from serving.services.desk import Desk
from serving.services.today import Today, opened, today_of
from training.bundle.manifest import SHADOW

#: A run that has not come back after so long is taken to be dead on another machine.
LEASE_SECONDS = 3600
_LAST_TABLES = ("roster", "list", "features", "details", "alerts", "schools")
#: Stands where nothing has been published yet.
_NEVER = datetime(1, 1, 1, tzinfo=UTC)
Say = Callable[[str, float], None]


@dataclass(frozen=True)
class Order:
    """What to run: facts and day, model, and the settings that shape a list."""

    facts: Facts
    as_of: date
    model: Model
    catalogue: Catalogue
    duties: Mapping[str, Duty]
    capacity: Callable[[str, int], int]
    settings: Mapping[str, object]
    pupil_key: str
    engine: str = "polars"
    workers: int = 1
    revise: str = ""
    holder: str = "weekly"
    by: str = ""
    #: List ids that changes are told against, newest first; None: those standing now.
    follows: tuple[str, ...] | None = None

    @property
    def week(self) -> str:
        """The ISO week of the day."""
        return iso_week(self.as_of)

    @property
    def retrospective(self) -> bool:
        """The model knows later data than the list's day."""
        return self.model.manifest.trained_until > self.as_of.isoformat()

    @property
    def code(self) -> str:
        """What the program and its settings are: same code, same data, same list."""
        said = [self.catalogue.fingerprint, version(), dict(self.settings)]
        duties = {code: asdict(duty) for code, duty in self.duties.items()}
        key = digest(self.pupil_key)
        return digest([*said, duties, key])

    @property
    def digest(self) -> str:
        """digest(area, week, as_of, extract, bundle, code)."""
        return digest(
            {
                "area": self.facts.batch.area,
                "week": self.week,
                "as_of": self.as_of.isoformat(),
                "extract": self.facts.digest,
                "model": self.model.label,
                "bundle": self.model.bundle.digest,
                "code": self.code,
            }
        )


@dataclass(frozen=True)
class Done:
    """The publication, and whether this call made it (False: it stood already)."""

    publication: Publication
    fresh: bool


def version() -> str:
    """The program's version; 'source' where it is not installed."""
    from importlib.metadata import PackageNotFoundError
    from importlib.metadata import version as installed

    try:
        return installed("baoxue")
    except PackageNotFoundError:
        return "source"


def publish_week(order: Order, desk: Desk, *, clock: Clock, say: Say) -> Done:
    """Run and publish one week of one area.

    The same digest is a no-op. Another digest in a published week raises ``Refusal`` unless
    ``order.revise`` gives a reason, and the old list stands until the new one takes its place.
    ``say(stage, seconds)`` is called after each stage.
    """
    area, name = order.facts.batch.area, order.model.name
    standing = desk.lists.current(area, order.week, name)
    if standing is not None and standing.run_digest == order.digest:
        return Done(standing, fresh=False)
    if standing is not None and not order.revise:
        raise _published(order.week)
    check_fresh(order.facts.batch, order.as_of)
    with _lease(order, desk, clock):
        drafted = _take_up(order, desk) or make(order, desk, say, into=desk.runs)
        publication = _signed(drafted, order, clock, revises=standing is not None)
        desk.lists.publish(publication, revise=standing is not None, holder=order.holder)
    return Done(publication, fresh=True)


def _signed(drafted: Publication, order: Order, clock: Clock, *, revises: bool) -> Publication:
    said = vars(drafted) | {
        "published_at": clock(),
        "published_by": order.by,
        "reason": order.revise if revises else "",
    }
    return Publication(**said)


def _published(week: str) -> Refusal:
    return Refusal(
        f"{week} 周的名单已经发布，而本次的数据、模型、设置或程序与当时不同。原名单保持不变。"
        "确需更正请加 --revise 并写明理由，例如 --revise 补录考勤。",
        f"The list of {week} is published, from other data, another model, settings or program. It "
        'stands. To correct it, give a reason: --revise "late attendance entered".',
    )


@contextmanager
def _lease(order: Order, desk: Desk, clock: Clock) -> Iterator[None]:
    key = f"weekly/{order.facts.batch.area}/{order.week}/{order.model.name}"
    if not desk.lists.take_lease(key, order.holder, now=clock(), seconds=LEASE_SECONDS):
        raise Refusal(
            f"另一个进程正在生成 {order.week} 周的名单。请等它结束后用 baoxue status 查看。",
            f"Another process is making the list of {order.week}. Wait for it, then see "
            "`baoxue status`.",
        )
    try:
        yield
    finally:
        desk.lists.drop_lease(key, order.holder)


def _folder(order: Order) -> str:
    return f"{order.facts.batch.area}/{order.week}/{list_id(order.digest)}"


def _take_up(order: Order, desk: Desk) -> Publication | None:
    """What a killed run had already written completely."""
    folder = _folder(order)
    if not desk.runs.exists(folder):
        return None
    return read_manifest(desk.runs.text(folder, "manifest.json"))


def make(order: Order, desk: Desk, say: Say, *, into: Runs) -> Publication:
    """Draw the week's lists and write the run's folder to ``into``; nothing is published."""
    clock = _Stages(say)
    with opened(order.facts, order.as_of) as day:
        indicators, details = _indicators(order, day)
        clock.done("indicators")
        today = today_of(day, order.duties)
        clock.done("alerts")
    week = Week(
        order.facts.batch.area,
        order.week,
        order.as_of,
        list_id(order.digest),
        order.model,
        order.retrospective,
    )
    frames = Frames(indicators, details, today.pupils, today.schools, today.alerts)
    terms = Terms(order.capacity, order.pupil_key, order.catalogue, order.workers)
    before = followed(desk, order)
    last = last_runs(desk, order, before)
    made = draw(week, frames, last, terms=terms) | {"marks": today.marks}
    clock.done("scores and lists")
    publication = _drafted(order, made, today)
    told = manifest(publication, order, follows=[p.list_id for p in before])
    files = {"manifest.json": told, "bundle.json": order.model.words()}
    into.write(_folder(order), made, files)
    clock.done("written")
    return publication


def _indicators(order: Order, day: Day) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Indicators and details of today's cohort; of an earlier day where the model asks for it."""
    now, details = _built(order, order.as_of, day)
    weeks = order.model.manifest.lag_weeks
    if not weeks:
        return now, details
    then, said = _built(order, order.as_of - timedelta(weeks=weeks))
    # who joined since has no values: unknown, and never taken for safe
    values = then.drop(name for name in KEYS if name != "student_id")
    keyed = now.select(KEYS).join(values, on="student_id", how="left", maintain_order="left")
    both = now.select("student_id").join(said, on="student_id", how="left", maintain_order="left")
    return keyed, both.select(details.columns)


def _built(
    order: Order, as_of: date, opened_day: Day | None = None
) -> tuple[pl.DataFrame, pl.DataFrame]:
    if opened_day is not None and order.engine == "polars":
        # what alerts look at is prepared once for both
        return details_of(opened_day, order.catalogue)
    return build_details(order.facts, as_of, engine=order.engine, catalogue=order.catalogue)


class _Stages:
    """Says how long each stage took."""

    def __init__(self, say: Say) -> None:
        self._say = say
        self._since = time.perf_counter()

    def done(self, stage: str) -> None:
        now = time.perf_counter()
        self._say(stage, now - self._since)
        self._since = now


def followed(desk: Desk, order: Order) -> list[Publication]:
    """The lists before this week that changes are told against, newest first."""
    if order.follows is not None:
        found = [desk.lists.by_id(one) for one in order.follows]
        return [p for p in found if p is not None]
    area, name = order.facts.batch.area, order.model.name
    standing = [p for p in desk.lists.standing(area=area, model=name) if p.week < order.week]
    needed, seen = [], set[str]()
    for publication in reversed(standing):
        schools = {s.school_id for s in publication.schools}
        if schools - seen:
            needed.append(publication)
            seen |= schools
    return needed


def last_runs(desk: Desk, order: Order, before: Sequence[Publication]) -> list[LastRun]:
    """The last published run of each school before this week, newest first, each school once."""
    found, seen = [], set[str]()
    for publication in before:
        schools = frozenset(s.school_id for s in publication.schools) - seen
        seen |= schools
        tables = {t: desk.table(publication, t).collect() for t in _LAST_TABLES}
        same = publication.bundle_digest == order.model.bundle.digest
        found.append(LastRun(schools, tables, same))
    return found


def _drafted(order: Order, made: Mapping[str, pl.DataFrame], today: Today) -> Publication:
    schools = tuple(SchoolCount(**row) for row in made["schools"].iter_rows(named=True))
    roster = made["roster"]
    counts = {
        "schools": len(schools),
        "pupils": roster.height,
        "cohort": int((roster["in_cohort"] == 1).sum()),
        "listed": int(roster["listed"].sum()),
        "alerts": made["alerts"].height,
        "no_data": sum(school.no_data for school in schools),
    }
    return Publication(
        list_id=list_id(order.digest),
        area=order.facts.batch.area,
        week=order.week,
        as_of=order.as_of,
        model_name=order.model.name,
        model_version=order.model.version,
        model_kind=order.model.kind,
        run_digest=order.digest,
        extract_digest=order.facts.digest,
        bundle_digest=order.model.bundle.digest,
        code_digest=order.code,
        folder=_folder(order),
        retrospective=order.retrospective,
        synthetic=order.facts.batch.synthetic,
        published_at=_NEVER,
        schools=schools,
        notes=tuple(notes(order, today, counts)),
        counts=counts,
    )


def notes(order: Order, today: Today, counts: Mapping[str, int]) -> list[Note]:
    """What people must know about this run, and what to do next."""
    said = order.model.manifest
    found = []
    if order.facts.batch.synthetic:
        found.append(words.SYNTHETIC)
    if order.model.kind == "rule" or said.notice_zh:
        zh = said.notice_zh or "模型未通过检验，本名单按出勤规则生成。"
        en = said.notice_en or "No model has passed its gates; this list follows the rule."
        found.append(Note("rule" if order.model.kind == "rule" else "model", zh, en))
    if order.model.name.endswith(SHADOW):
        found.append(words.SHADOW)
    if order.retrospective:
        found.append(words.RETROSPECTIVE)
    stale = check_fresh(order.facts.batch, order.as_of)
    if stale is not None:
        found.append(words.stale_extract(stale))
    if counts["pupils"] == 0:
        return [*found, words.EMPTY]
    if order.facts.calendar_estimated:
        found.append(words.CALENDAR_ESTIMATED)
    if not today.in_term:
        found.append(words.HOLIDAY)
    elif counts["cohort"] and counts["no_data"] == counts["cohort"]:
        found.append(words.NO_ATTENDANCE)
    elif today.first_weeks:
        found.append(words.TERM_START)
    if not order.facts.batch.alerts:
        found.append(words.NO_ALERTS)
    return found


def manifest(publication: Publication, order: Order, *, follows: Sequence[str] = ()) -> str:
    """The run about itself, without a moment or a machine in it: canonical JSON.

    With the extracts, the bundle and the program it names, it is all that a replay needs.
    """
    said = asdict(publication)
    for name in ("published_at", "published_by", "reason", "superseded_at"):
        del said[name]
    bundle = order.model.manifest
    said["as_of"] = publication.as_of.isoformat()
    said["model_found"] = order.model.found
    said["extracts"] = list(order.facts.extracts)
    said["base_rate"] = bundle.base_rate
    said["horizon_weeks"] = bundle.horizon_weeks
    said["outcome"] = list(bundle.outcome or order.facts.batch.outcome)
    said["trained_until"] = bundle.trained_until
    said["calendar_estimated"] = order.facts.calendar_estimated
    said["follows"] = list(follows)
    said["program"] = version()
    said["fingerprint"] = order.catalogue.fingerprint
    said["settings"] = dict(order.settings)
    said["duties"] = plain(order.duties)
    return json.dumps(said, ensure_ascii=False, sort_keys=True, indent=1) + "\n"


def read_manifest(text: str) -> Publication:
    """The publication that ``manifest`` wrote; not yet published."""
    said = json.loads(text)
    known = {k: v for k, v in said.items() if k in Publication.__dataclass_fields__}
    known["as_of"] = date.fromisoformat(known["as_of"])
    known["schools"] = tuple(SchoolCount(**s) for s in known["schools"])
    known["notes"] = tuple(Note(**n) for n in known["notes"])
    return Publication(**known, published_at=_NEVER)
