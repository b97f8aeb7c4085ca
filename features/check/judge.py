"""The rules about rows, put to a sheet stage by stage; what they find is marked on it."""

from __future__ import annotations

from collections.abc import Iterator

from features.check.hits import Hits
from features.check.rule import RowRule
from features.check.rules import load
from features.check.sheet import Extract, Sheet
from features.tables import TABLES

#: A finding's place in a report among equals: stage (0: single values), table, rule.
Order = tuple[int, int, int]
Judged = tuple[Order, str, Hits]
#: Within a row, between the rows of a table, between tables.
STAGES = (1, 2, 3)
_PLACES = {name: place for place, name in enumerate(TABLES)}


def mark(sheet: Sheet, rule: str, hits: Hits) -> None:
    """Set aside the rows that a rule names, or only their use, as the rule says."""
    if load()[rule].level == "fault":
        sheet.bad[hits.index] = True
    elif load()[rule].unused:
        sheet.unused[hits.index] = True


def values(sheet: Sheet, breaches: list[tuple[str, Hits]]) -> Iterator[Judged]:
    """What was found in single values, marked."""
    for place, (rule, hits) in enumerate(breaches):
        mark(sheet, rule, hits)
        yield (0, _PLACES[sheet.name], place), rule, hits


def judged(sheet: Sheet, extract: Extract, stage: int) -> Iterator[Judged]:
    """What the rules of a stage find, marked."""
    for place, rule in enumerate(load().values()):
        if isinstance(rule, RowRule) and rule.stage == stage:
            for hits in list(rule.find(sheet, extract)):
                mark(sheet, rule.name, hits)
                yield (stage, _PLACES[sheet.name], place), rule.name, hits
