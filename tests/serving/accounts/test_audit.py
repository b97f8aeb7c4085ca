"""The audit chain: an edit, a gap, a swap, a cut tail; and what happens when it cannot be written."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import delete, text, update

from serving.accounts import AuditUnwritable, Entry
from serving.store import audit as audits
from serving.store.audit import AUDIT, StoredAudit
from serving.store.database import Database
from tests.serving.factories import Clock


def entry(n: int) -> Entry:
    return Entry("wang", "counselor", "pupil", f"pupil:p{n}", {"list_id": "L1", "rows": n})


@pytest.fixture
def audit(database: Database) -> StoredAudit:
    kept = StoredAudit(database, Clock())
    for n in range(1, 6):
        kept.write(entry(n))
    return kept


def test_an_untouched_chain_holds(audit: StoredAudit) -> None:
    """What was written reads back, newest first, and the chain holds."""
    assert audit.problems() == []
    assert [e.subject for _, _, e in audit.tail(2)] == ["pupil:p5", "pupil:p4"]


@pytest.mark.parametrize(
    "change", [{"actor": "li"}, {"subject": "pupil:p9"}, {"detail": {"rows": 0}}, {"action": "x"}]
)
def test_an_edit_shows(audit: StoredAudit, database: Database, change: dict[str, object]) -> None:
    """Changing any field of an entry breaks the chain at that entry."""
    with database.write() as connection:
        connection.execute(update(AUDIT).where(AUDIT.c.number == 3).values(**change))
    assert any("第 3 条被改动" in said for said in audit.problems())


def test_a_deleted_entry_shows(audit: StoredAudit, database: Database) -> None:
    """A gap is named by its number."""
    with database.write() as connection:
        connection.execute(delete(AUDIT).where(AUDIT.c.number == 2))
    assert any("第 2 条缺失" in said for said in audit.problems())


def test_swapped_entries_show(audit: StoredAudit, database: Database) -> None:
    """Two entries that change places break the chain."""
    with database.write() as connection:
        for old, new in [(2, 99), (3, 2), (99, 3)]:
            connection.execute(update(AUDIT).where(AUDIT.c.number == old).values(number=new))
    assert audit.problems()


def test_a_cut_tail_shows_against_the_anchor(audit: StoredAudit, database: Database) -> None:
    """A shorter chain holds by itself, but not against the anchor kept outside."""
    anchor = audit.anchor()
    with database.write() as connection:
        connection.execute(delete(AUDIT).where(AUDIT.c.number == 5))
    assert audit.problems() == []
    assert audit.anchor() != anchor


def test_several_entries_are_one_transaction(audit: StoredAudit, database: Database) -> None:
    """Where one of several entries cannot be kept, none is."""
    bad = Entry("wang", "counselor", "pupil", "pupil:p7", {"list_id": object()})  # type: ignore[dict-item]
    with pytest.raises(Exception, match=r"JSON|object"):
        audit.write(entry(6), bad)
    assert len(audit.tail(99)) == 5


def test_an_unwritable_audit_is_a_refusal(audit: StoredAudit, database: Database) -> None:
    """No table, no entry: the caller learns it and shows nothing."""
    with database.write() as connection:
        connection.execute(text("drop table audit"))
    with pytest.raises(AuditUnwritable):
        audit.write(entry(6))


def test_writers_at_once_make_one_chain(audit: StoredAudit) -> None:
    """Eight at the same time: every entry is kept, numbered once, and the chain holds."""
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: audit.write(entry(n)), range(40)))
    assert len(audit.tail(99)) == 45
    assert audit.problems() == []


def test_a_long_chain_is_read_in_pages(
    audit: StoredAudit, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many pages a chain has, it holds, and a fault on any of them shows."""
    monkeypatch.setattr(audits, "PAGE", 2)
    assert audit.problems() == []
    with database.write() as connection:
        connection.execute(update(AUDIT).where(AUDIT.c.number == 5).values(actor="li"))
        connection.execute(delete(AUDIT).where(AUDIT.c.number == 3))
    said = "".join(audit.problems())
    assert "第 3 条缺失" in said
    assert "第 5 条被改动" in said
