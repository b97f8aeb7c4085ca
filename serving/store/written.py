"""Statements written out once, for a transaction that takes place hundreds of times a second.

SQLAlchemy says a statement anew at every execution: names to places, types to processors, rows to types.
That takes several times as long as the database does. A ``Written`` is translated at its first use and then
handed to the driver. A server is told many new rows in one statement: at each statement the driver lets go
of the interpreter, and in a crowd waits to be let in again. Values are given as Python's; what comes back is
what the driver makes of it (SQLite knows no booleans, days or JSON), so ask for texts and numbers.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    Dialect,
    Insert,
    Select,
    Text,
    Update,
    bindparam,
    cast,
    column,
    func,
    select,
)
from sqlalchemy.engine.interfaces import DBAPICursor

Values = Mapping[str, object]
#: Characters of new rows in one statement; a crowd of 256 that look at a page each are about so many.
PIECE = 65_536


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
        """Do it once for each of ``rows``; new rows name every column of their table."""
        if rows:
            self._of(direct.dialect).each(direct.cursor, rows)

    def _of(self, dialect: Dialect) -> _Said:
        said = self._said.get(dialect.name)
        if said is None:
            said = self._said[dialect.name] = _said(self._statement, dialect)
        return said


def _said(statement: Select[Any] | Insert | Update, dialect: Dialect) -> _Said:
    if dialect.name == "postgresql" and isinstance(statement, Insert):
        return _Together(statement, dialect)
    return _Said(statement, dialect)


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

    def each(self, cursor: DBAPICursor, rows: Sequence[Values]) -> None:
        """One statement a row."""
        cursor.executemany(self.text, [self.given(row) for row in rows])


class _Together(_Said):
    """New rows as one text of JSON, read by the types of their columns; a statement to every ``PIECE`` of it.

    psycopg's pipeline hands a statement over in a few goes and then only waits for the answer: of one that
    the way to the server does not take in at once (some megabytes) the rest would never be sent.
    """

    def __init__(self, statement: Insert, dialect: Dialect) -> None:
        columns = statement.table.columns
        rows = cast(bindparam("rows", type_=Text), JSON)
        told = func.json_to_recordset(rows).table_valued(*(column(c.name, c.type) for c in columns))
        typed = told.render_derived(with_types=True)
        super().__init__(
            statement.from_select(columns.keys(), select(*typed.columns)),
            dialect,
        )

    def each(self, cursor: DBAPICursor, rows: Sequence[Values]) -> None:
        """All of them at once, or as many as a piece holds."""
        piece, size = list[str](), 0
        for text in map(_encode, rows):
            if piece and size + len(text) > PIECE:
                self._say(cursor, piece)
                piece, size = [], 0
            piece.append(text)
            size += len(text)
        self._say(cursor, piece)

    def _say(self, cursor: DBAPICursor, piece: Sequence[str]) -> None:
        cursor.execute(self.text, self.given({"rows": f"[{','.join(piece)}]"}))


def _moment(value: object) -> str:
    """A time with its zone; as elsewhere a naive one is refused: nobody knows which one it is."""
    if not isinstance(value, datetime) or value.tzinfo is None:
        raise ValueError(f"no time with a zone, and no value of JSON: {type(value).__name__}")
    return value.isoformat()


_encode = json.JSONEncoder(separators=(",", ":"), default=_moment).encode
