"""A column among some texts, however many: one value of a statement, not one for each.

A statement with a place for each text is planned anew for each number of them, and by PostgreSQL at every
execution; one with an array is planned once.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, Boolean, ColumnElement, Dialect, Text, TypeDecorator, bindparam
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeEngine


class Texts(TypeDecorator[list[str]]):
    """A list of texts as a value: an array, or JSON where there are no arrays."""

    impl = JSON
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """An array where there are arrays."""
        own = ARRAY(Text) if dialect.name == "postgresql" else JSON()
        return dialect.type_descriptor(own)


class _Among(FunctionElement[bool]):
    type = Boolean()
    inherit_cache = True
    name = "among"


def among(column: ColumnElement[str], name: str) -> ColumnElement[bool]:
    """True where ``column`` is one of the texts that the value ``name`` lists."""
    return _Among(column, bindparam(name, type_=Texts))


@compiles(_Among)
def _by_json(element: _Among, compiler: SQLCompiler, **more: Any) -> str:
    column, texts = (compiler.process(one, **more) for one in element.clauses)
    return f"{column} IN (SELECT value FROM json_each({texts}))"


@compiles(_Among, "postgresql")
def _by_array(element: _Among, compiler: SQLCompiler, **more: Any) -> str:
    column, texts = (compiler.process(one, **more) for one in element.clauses)
    return f"{column} = ANY ({texts})"
