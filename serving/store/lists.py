"""Published lists: which run stands for a week, and the leases that keep two runners apart."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Connection,
    Date,
    ForeignKey,
    Index,
    Integer,
    Row,
    Select,
    Table,
    Text,
    and_,
    delete,
    func,
    insert,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.exc import IntegrityError

from features.refusal import Refusal
from serving.accounts import Clock, Entry
from serving.ports import Note, Publication, SchoolCount
from serving.store.audit import append
from serving.store.database import Database, UtcTime, metadata
from serving.store.holders import is_dead

publications = Table(
    "publications",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=True),
    Column("list_id", Text, nullable=False, index=True),
    Column("area", Text, nullable=False),
    Column("week", Text, nullable=False),
    Column("as_of", Date, nullable=False),
    Column("model_name", Text, nullable=False),
    Column("model_version", Text, nullable=False),
    Column("model_kind", Text, nullable=False),
    Column("run_digest", Text, nullable=False),
    Column("extract_digest", Text, nullable=False),
    Column("bundle_digest", Text, nullable=False),
    Column("code_digest", Text, nullable=False),
    Column("folder", Text, nullable=False),
    Column("retrospective", Boolean, nullable=False),
    Column("synthetic", Boolean, nullable=False),
    Column("published_at", UtcTime, nullable=False),
    Column("published_by", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("superseded_at", UtcTime),
    Column("notes", JSON, nullable=False),
    Column("counts", JSON, nullable=False),
)
#: One list stands for a week: the database itself refuses a second one.
Index(
    "ux_publications_standing",
    publications.c.area,
    publications.c.week,
    publications.c.model_name,
    unique=True,
    sqlite_where=text("superseded_at IS NULL"),
    postgresql_where=text("superseded_at IS NULL"),
)
publication_schools = Table(
    "publication_schools",
    metadata,
    Column("seq", Integer, ForeignKey("publications.seq"), primary_key=True),
    Column("school_id", Text, primary_key=True, index=True),
    Column("name", Text, nullable=False),
    Column("stage", Text, nullable=False),
    Column("cohort", Integer, nullable=False),
    Column("capacity", Integer, nullable=False),
    Column("listed", Integer, nullable=False),
    Column("alerts", Integer, nullable=False),
    Column("no_data", Integer, nullable=False),
)
leases = Table(
    "leases",
    metadata,
    Column("key", Text, primary_key=True),
    Column("holder", Text, nullable=False),
    Column("until", UtcTime, nullable=False),
)
_STANDING = publications.c.superseded_at.is_(None)
_OWN = {"schools", "notes", "counts"}
#: One row, a ``Count``.
COUNTED = select(
    func.count(publications.c.seq).label("rows"),
    func.max(publications.c.seq).label("newest"),
    func.count(publications.c.superseded_at).label("superseded"),
)


class Count(NamedTuple):
    """Rows, the newest of them, and how many are superseded."""

    rows: int
    newest: int | None
    superseded: int


def lease_key(area: str, week: str, model: str) -> str:
    """What a weekly run holds while it works."""
    return f"weekly/{area}/{week}/{model}"


class SqlLists:
    """``serving.ports.Lists`` on a database."""

    def __init__(self, database: Database) -> None:
        """Keep the database."""
        self.database = database
        self._kept: tuple[Count, str, tuple[Publication, ...]] | None = None

    def mark(self) -> str:
        """Names all standing lists at once: it changes when any is published or superseded."""
        with self.database.read() as connection:
            return self._every(connection)[1]

    def mark_at(self, count: Count) -> str:
        """The mark where ``count`` was just read."""
        kept = self._kept
        return kept[1] if kept is not None and kept[0] == count else self.mark()

    def _every(self, connection: Connection) -> tuple[Count, str, tuple[Publication, ...]]:
        """All that stand, oldest week first; read anew only where the table has changed.

        Rows are added and superseded once, so three counts tell whether anything has happened.
        """
        count = Count(*connection.execute(COUNTED).one())
        kept = self._kept
        if kept is None or kept[0] != count:
            c = publications.c
            rows = connection.execute(select(publications).where(_STANDING).order_by(c.week, c.seq))
            every = tuple(_read_all(connection, rows.all()))
            said = "\n".join(f"{p.list_id} {p.published_at.isoformat()}" for p in every)
            kept = (count, hashlib.sha256(said.encode()).hexdigest(), every)
            self._kept = kept
        return kept

    def current(self, area: str, week: str, model: str) -> Publication | None:
        """The publication that stands for this area, week and model name."""
        c = publications.c
        where = and_(c.area == area, c.week == week, c.model_name == model, _STANDING)
        return self._one(select(publications).where(where))

    def latest(
        self, *, area: str | None = None, model: str | None = None, before_week: str | None = None
    ) -> Publication | None:
        """The standing publication of the newest week."""
        every = self.standing(area=area, model=model)
        return next(
            (p for p in reversed(every) if before_week is None or p.week < before_week), None
        )

    def of_school(
        self,
        school_id: str,
        *,
        week: str | None = None,
        model: str | None = None,
        area: str | None = None,
    ) -> Publication | None:
        """The standing publication that holds this school, newest week first."""
        every = [p for p in self.standing(area=area, model=model) if week in (None, p.week)]
        return next((p for p in reversed(every) if _holds(p, school_id)), None)

    def areas(self, *, school_id: str | None = None) -> list[str]:
        """The areas with a standing publication (that holds this school), by name."""
        every = self.standing()
        return sorted({p.area for p in every if school_id is None or _holds(p, school_id)})

    def by_id(self, list_id: str) -> Publication | None:
        """One publication by its list id; the newest row of that id."""
        c = publications.c
        return self._one(
            select(publications).where(c.list_id == list_id).order_by(c.seq.desc()).limit(1)
        )

    def standing(self, *, area: str | None = None, model: str | None = None) -> list[Publication]:
        """All standing publications, oldest week first."""
        with self.database.read() as connection:
            every = self._every(connection)[2]
        return [p for p in every if area in (None, p.area) and model in (None, p.model_name)]

    def publish(self, publication: Publication, *, revise: bool, holder: str) -> None:
        """Make it stand, in one transaction: the old one is superseded or the new one refused."""
        p = publication
        key = lease_key(p.area, p.week, p.model_name)
        try:
            with self.database.write() as connection:
                _check_lease(connection, key, holder)
                if revise:
                    connection.execute(_supersede(p))
                seq = _insert(connection, p)
                _insert_schools(connection, seq, p.schools)
        except IntegrityError as error:
            raise already_published(p.week) from error

    def withdraw(self, publication: Publication, entry: Entry, *, clock: Clock) -> None:
        """It stands no more, in one transaction with its entry in the audit; the list of the week before is the
        newest again. Refusal where another stands already in its place."""
        c, p = publications.c, publication
        mine = and_(
            c.list_id == p.list_id, c.area == p.area, c.model_name == p.model_name, _STANDING
        )
        with self.database.write() as connection:
            done = connection.execute(
                update(publications).where(mine).values(superseded_at=clock())
            )
            if not done.rowcount:
                raise Refusal(
                    f"{p.week} 周的这份名单（{p.list_id}）已被更正或撤回。请用 baoxue status 查看现有名单。",
                    f"The list {p.list_id} of {p.week} stands no more already. See `baoxue status`.",
                )
            append(connection, [entry], clock)

    def take_lease(self, key: str, holder: str, *, now: datetime, seconds: int) -> bool:
        """Take or renew a lease; one that has run out, or whose process died here, is free."""
        until = now + timedelta(seconds=seconds)
        with self.database.write() as connection:
            other = connection.scalar(select(leases.c.holder).where(leases.c.key == key))
            if other is not None and other != holder and is_dead(other):
                connection.execute(delete(leases).where(leases.c.key == key))
            free = or_(leases.c.holder == holder, leases.c.until < now)
            taken = connection.execute(
                update(leases).where(leases.c.key == key, free).values(holder=holder, until=until)
            )
            if taken.rowcount:
                return True
            if connection.scalar(select(leases.c.key).where(leases.c.key == key)):
                return False
            try:
                connection.execute(insert(leases).values(key=key, holder=holder, until=until))
            except IntegrityError:
                return False
            return True

    def lease_holder(self, key: str) -> str | None:
        """Who holds it, run out or not."""
        with self.database.read() as connection:
            return connection.scalar(select(leases.c.holder).where(leases.c.key == key))

    def drop_lease(self, key: str, holder: str) -> None:
        """Give it back; another's stays."""
        with self.database.write() as connection:
            connection.execute(delete(leases).where(leases.c.key == key, leases.c.holder == holder))

    def _one(self, query: Select[Any]) -> Publication | None:
        with self.database.read() as connection:
            row = connection.execute(query).first()
            return None if row is None else _read_all(connection, [row])[0]


def already_published(week: str) -> Refusal:
    """The refusal of a second list for a published week."""
    return Refusal(
        f"{week} 周的名单已经发布，数据、模型或程序与当时不同。原名单保持不变；"
        "确需更正请加 --revise 并写明理由。",
        f"The list of {week} is published, from other data, another model or another program. It "
        "stands; to correct it, give --revise with the reason.",
    )


def _holds(publication: Publication, school_id: str) -> bool:
    return any(school.school_id == school_id for school in publication.schools)


def _check_lease(connection: Connection, key: str, holder: str) -> None:
    if connection.scalar(select(leases.c.holder).where(leases.c.key == key)) != holder:
        raise Refusal(
            "另一个进程接手了本周的运行，本次结果未发布。请查看 baoxue status。",
            "Another process has taken over this week's run; nothing was published. See "
            "`baoxue status`.",
        )


def _supersede(p: Publication) -> Any:
    c = publications.c
    mine = and_(c.area == p.area, c.week == p.week, c.model_name == p.model_name, _STANDING)
    return update(publications).where(mine).values(superseded_at=p.published_at)


def _insert(connection: Connection, p: Publication) -> int:
    values = {k: v for k, v in asdict(p).items() if k not in _OWN}
    values["notes"] = [asdict(note) for note in p.notes]
    values["counts"] = dict(p.counts)
    result = connection.execute(insert(publications).values(**values))
    key = result.inserted_primary_key
    assert key is not None
    return int(key[0])


def _insert_schools(connection: Connection, seq: int, schools: Iterable[SchoolCount]) -> None:
    rows = [{"seq": seq, **asdict(school)} for school in schools]
    if rows:
        connection.execute(insert(publication_schools), rows)


def _read_all(connection: Connection, rows: Sequence[Row[Any]]) -> list[Publication]:
    """The publications of these rows, their schools in one more query."""
    s = publication_schools.c
    query = select(publication_schools).where(s.seq.in_([row.seq for row in rows]))
    schools: dict[int, list[SchoolCount]] = {row.seq: [] for row in rows}
    for seq, *counted in connection.execute(query.order_by(s.seq, s.school_id)):
        schools[seq].append(SchoolCount(*counted))
    return [_publication(row, tuple(schools[row.seq])) for row in rows]


def _publication(row: Row[Any], schools: tuple[SchoolCount, ...]) -> Publication:
    values = dict(row._mapping)
    del values["seq"]
    notes = tuple(Note(**note) for note in values.pop("notes"))
    return Publication(**values, schools=schools, notes=notes)
