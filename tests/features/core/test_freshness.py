"""How old an extract may be for a day."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from features.batch import Batch
from features.facts import check_fresh
from features.facts.freshness import REFUSE_AFTER_DAYS, WARN_AFTER_DAYS
from features.refusal import Refusal

RECEIVED = date(2026, 10, 9)


def on(days: int) -> date:
    """So many days after the extract was received."""
    return RECEIVED + timedelta(days=days)


@pytest.mark.parametrize("days", [-400, 0, WARN_AFTER_DAYS])
def test_a_fresh_extract_needs_no_word(days: int) -> None:
    """Up to a week after it was received with no school day since, and on any earlier day, nothing is said."""
    assert check_fresh(Batch(received_on=RECEIVED), on(days)) is None


@pytest.mark.parametrize("days", [1, WARN_AFTER_DAYS])
def test_school_days_since_are_named(days: int) -> None:
    """Within the week both languages name the day and how many school days are not in the extract."""
    stale = check_fresh(Batch(received_on=RECEIVED), on(days), unheard=3)
    assert stale is not None
    assert stale.days == days
    for said in (stale.zh, stale.en):
        assert "2026-10-09" in said
        assert "3" in said.replace("2026-10", "")
    assert check_fresh(Batch(received_on=RECEIVED), on(0), unheard=3) is None


@pytest.mark.parametrize("days", [WARN_AFTER_DAYS + 1, REFUSE_AFTER_DAYS])
def test_an_old_extract_is_named(days: int) -> None:
    """Beyond a week both languages name the day it was received, and how long ago."""
    stale = check_fresh(Batch(received_on=RECEIVED), on(days))
    assert stale is not None
    assert stale.days == days
    for said in (stale.zh, stale.en):
        assert "2026-10-09" in said
        assert str(days) in said


def test_too_old_an_extract_is_refused_with_the_remedy() -> None:
    """One day beyond the limit the day is refused, naming received_on and a newer extract."""
    with pytest.raises(Refusal, match=r"received_on.*导入更新的数据批次"):
        check_fresh(Batch(received_on=RECEIVED), on(REFUSE_AFTER_DAYS + 1))


def test_an_undated_batch_is_not_judged() -> None:
    """Without received_on there is nothing to compare with."""
    assert check_fresh(Batch(), on(4000)) is None
