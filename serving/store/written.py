"""Statements written out once, for a transaction that takes place hundreds of times a second.

SQLAlchemy says a statement anew at every execution: names to places, types to processors, rows to types.
That takes several times as long as the database does. A ``Written`` is translated at its first use and then
handed to the driver. Values are given as Python's; what comes back is what the driver makes of it (SQLite
knows no booleans, days or JSON), so ask for texts and numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Dialect, Insert, Select, Update
from sqlalchemy.engine.interfaces import DBAPICursor

Values = Mapping[str, object]


@dataclass(frozen=True)
class Direct:
    """The driver's own cursor inside a transaction, and the kind of database."""

    cursor: DBAPICursor
    dialect: Dialect


class Written:
    """A statement with its text and its values' processors, by kind of database."""

    def __init__(self, statement: Select[Any] | Insert | Update) -> None:
        """``statement``: all its values are named and single."""
        self._statement = statement
        self._said: dict[str, _Said] = {}

    def rows(self, direct: Direct, values: Values) -> Sequence[Any]:
        """All rows, as the driver gives them."""
        said = self._of(direct.dialect)
        direct.cursor.execute(said.text, said.given(values))
        return direct.cursor.fetchall()

    def each(self, direct: Direct, rows: Sequence[Values]) -> None:
        """Do it once for each of ``rows``."""
        said = self._of(direct.dialect)
        if rows:
            direct.cursor.executemany(said.text, [said.given(row) for row in rows])

    def _of(self, dialect: Dialect) -> _Said:
        said = self._said.get(dialect.name)
        if said is None:
            said = self._said[dialect.name] = _Said(self._statement, dialect)
        return said


class _Said:
    """A statement as one kind of database is told it."""

    def __init__(self, statement: Select[Any] | Insert | Update, dialect: Dialect) -> None:
        compiled = statement.compile(dialect=dialect)
        self.text = compiled.string
        self._order = compiled.positiontup
        #: Values that the statement itself holds.
        self._own = {n: v for n, v in compiled.params.items() if v is not None}
        self._processors: list[tuple[str, Callable[[Any], Any]]] = []
        for name, bind in compiled.binds.items():
            process = bind.type.dialect_impl(dialect).bind_processor(dialect)
            if process is not None:
                self._processors.append((name, process))

    def given(self, values: Values) -> Any:
        """The values as the driver wants them."""
        said = {**self._own, **values}
        for name, process in self._processors:
            said[name] = process(said[name])
        return said if self._order is None else tuple([said[name] for name in self._order])
