"""Publications and leases: one list stands for a week, of two runners one wins."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from features.refusal import Refusal
from serving.ports import Full, Note, Publication, SchoolCount
from serving.store.database import Database, downgrade, open_database, upgrade
from serving.store.holders import is_dead, this_process
from serving.store.lists import SqlLists, lease_key

NOW = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)
AREA, WEEK, NAME = "990121", "2026-W47", "dropout-risk"


def publication(list_id: str = "L1", **changes: object) -> Publication:
    """A publication of one school."""
    own = Publication(
        list_id=list_id, area=AREA, week=WEEK, as_of=date(2026, 11, 20), model_name=NAME, model_version="1",
        model_kind="model", run_digest=list_id * 3, extract_digest="e", bundle_digest="b", code_digest="c",
        folder=f"{AREA}/{WEEK}/{list_id}", retrospective=False, synthetic=True, published_at=NOW,
        schools=(SchoolCount("s1", "一中", "junior", 100, 3, 4, 1, 0),), notes=(Note("n", "句。", "S."),),
        counts={"listed": 4},
    )  # fmt: skip
    return replace(own, **changes)  # type: ignore[arg-type]


@pytest.fixture
def lists(database: Database) -> SqlLists:
    """No list published."""
    return SqlLists(database)


def publish(lists: SqlLists, own: Publication, *, revise: bool = False, holder: str = "h") -> None:
    """Publish under a lease."""
    key = lease_key(own.area, own.week, own.model_name)
    assert lists.take_lease(key, holder, now=NOW, seconds=60)
    lists.publish(own, revise=revise, holder=holder)
    lists.drop_lease(key, holder)


def test_what_is_published_reads_back(lists: SqlLists) -> None:
    """Everything said of a publication comes back, by every way of asking."""
    own = publication()
    publish(lists, own)
    assert lists.current(AREA, WEEK, NAME) == own
    assert lists.by_id("L1") == own
    assert lists.latest() == own
    assert lists.latest(area=AREA, model=NAME, before_week="2026-W48") == own
    assert lists.latest(before_week=WEEK) is None
    assert lists.of_school("s1", week=WEEK, model=NAME) == own
    assert lists.of_school("s2") is None
    assert lists.standing(area=AREA) == [own]
    assert lists.current("x", WEEK, NAME) is None


def test_a_week_publishes_once(lists: SqlLists) -> None:
    """A second list of a published week is refused and the old one stands."""
    publish(lists, publication())
    with pytest.raises(Refusal, match="revise"):
        publish(lists, publication("L2"))
    assert lists.current(AREA, WEEK, NAME) == publication()


def test_a_revision_supersedes(lists: SqlLists) -> None:
    """With a reason the new list stands, the old one is still found by its id, and may come back."""
    publish(lists, publication())
    publish(lists, publication("L2", reason="补录"), revise=True)
    assert [p.list_id for p in lists.standing()] == ["L2"]
    old = lists.by_id("L1")
    assert old is not None
    assert old.superseded_at == NOW
    publish(lists, publication(), revise=True)
    assert [p.list_id for p in lists.standing()] == ["L1"]


def test_other_models_and_weeks_stand_beside(lists: SqlLists) -> None:
    """Each model name has its own list of a week; the newest week is the latest."""
    publish(lists, publication())
    publish(lists, publication("L2", model_name="other"))
    publish(lists, publication("L3", week="2026-W48"))
    assert [p.list_id for p in lists.standing()] == ["L1", "L2", "L3"]
    assert lists.latest(model="other").list_id == "L2"  # type: ignore[union-attr]
    assert lists.latest().list_id == "L3"  # type: ignore[union-attr]


def test_without_the_lease_nothing_is_published(lists: SqlLists) -> None:
    """Who lost the lease does not publish."""
    with pytest.raises(Refusal):
        lists.publish(publication(), revise=False, holder="h")
    assert lists.standing() == []


def test_of_two_runners_one_wins(database: Database) -> None:
    """At a barrier, two runners: one holds the lease, the other does not."""
    barrier, won = threading.Barrier(2), []

    def run(holder: str) -> None:
        lists = SqlLists(database)
        barrier.wait()
        won.append(lists.take_lease("k", holder, now=NOW, seconds=60))

    threads = [threading.Thread(target=run, args=(f"h{n}",)) for n in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(won) == [False, True]


def test_a_lease_runs_out(lists: SqlLists) -> None:
    """A lease is renewed by its holder, free after its time, and given back only by its holder."""
    assert lists.take_lease("k", "a", now=NOW, seconds=60)
    assert lists.take_lease("k", "a", now=NOW, seconds=60)
    assert not lists.take_lease("k", "b", now=NOW + timedelta(seconds=59), seconds=60)
    lists.drop_lease("k", "b")
    assert lists.lease_holder("k") == "a"
    assert lists.take_lease("k", "b", now=NOW + timedelta(seconds=61), seconds=60)


def test_a_dead_process_holds_nothing(lists: SqlLists) -> None:
    """The lease of a process of this host that is gone is free at once; a living one's is not."""
    mine = this_process()
    host, _, started, nonce = mine.split("|")
    dead = "|".join((host, "4194300", started, nonce))
    assert not is_dead(mine)
    assert is_dead(dead)
    assert is_dead("|".join((host, mine.split("|")[1], "1", nonce)))
    assert not is_dead("elsewhere|1|1|x")
    assert not is_dead("anything")
    assert not is_dead("|".join((host, "none", started, nonce)))
    assert lists.take_lease("k", dead, now=NOW, seconds=60)
    assert lists.take_lease("k", mine, now=NOW, seconds=60)
    assert not lists.take_lease("k", "other", now=NOW, seconds=60)


def test_migrations_go_down_and_up_again(database: Database) -> None:
    """Down to nothing and up again, the database is at the newest revision and works."""
    downgrade(database, "base")
    assert not database.at_head()
    upgrade(database)
    assert database.at_head()
    publish(SqlLists(database), publication())


def test_a_failed_write_leaves_nothing(database: Database) -> None:
    """An error inside a transaction takes everything back."""
    lists = SqlLists(database)
    twice = publication(schools=(SchoolCount("s1"), SchoolCount("s1")))
    with pytest.raises(Refusal):
        publish(lists, twice)
    assert lists.standing() == []


def test_a_database_that_cannot_be_opened_is_refused(tmp_path: Path) -> None:
    """A file that is no folder gives one sentence."""
    (tmp_path / "file").write_text("x")
    with pytest.raises(Refusal, match="BAOXUE_DATABASE_URL"):
        open_database(f"sqlite:///{tmp_path / 'file' / 'baoxue.db'}")


def test_a_full_disk_is_a_refusal_and_nothing_is_written(tmp_path: Path) -> None:
    """Where nothing more fits one sentence says so, the transaction is undone and the next one works."""
    database = open_database(f"sqlite:///{tmp_path / 'baoxue.db'}")
    large = "insert into audit_of_size values (zeroblob(1000000))"
    with database.write() as connection:
        connection.exec_driver_sql("create table audit_of_size (x)")
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        connection.exec_driver_sql(f"PRAGMA max_page_count={pages}")  # as if the disk ended here
    with pytest.raises(Full, match="磁盘已满"), database.write() as connection:
        connection.exec_driver_sql(large)
    with pytest.raises(Full), database.direct() as direct:
        direct.cursor.execute(large)
    with database.read() as connection:
        assert connection.exec_driver_sql("select count(*) from audit_of_size").scalar_one() == 0
    database.close()
    again = open_database(f"sqlite:///{tmp_path / 'baoxue.db'}")
    with again.write() as connection:
        connection.exec_driver_sql(large)


def test_times_without_a_zone_are_refused(lists: SqlLists) -> None:
    """Nobody knows which time a naive one is."""
    with pytest.raises(Exception, match="zone"):
        lists.take_lease("k", "a", now=datetime(2026, 11, 20), seconds=1)  # noqa: DTZ001 - the point


def test_the_migrations_make_what_the_code_declares(database: Database) -> None:
    """The tables after all migrations are those of the metadata: nothing forgotten on either side."""
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    import serving.store.accounts
    import serving.store.audit
    import serving.store.sessions  # noqa: F401 - declares its tables
    from serving.store.database import metadata

    with database.read() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
