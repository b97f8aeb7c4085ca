"""Texts -> types, over the distinct values of a column; what cannot be read becomes null."""

from __future__ import annotations

import polars as pl

from features.batch import Batch
from features.tables import Column

_DATE = r"^(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?:[ T]00:00(?::00(?:\.0+)?)?Z?)?$"
_COMPACT = r"^(\d{4})(\d{2})(\d{2})$"
_TERM = r"^(\d{4})\s*[-—–~至]\s*(\d{4})\s*-?(?:学年)?-?(?:第?([一二])学期|(上|下)学期|([12]))$"
_YEAR = r"^(\d{4})(?:-\d{4})?(?:学年|学年度)?$"
_SECOND = ("二", "下", "2")
#: Plainly absurd days, which no register holds.
FIRST_YEAR, LAST_YEAR = 1900, 2100


def width(values: pl.Series) -> pl.Series:
    """Full-width digits and letters made plain (numbers, dates, codes, ids; never names)."""
    wide = (values.str.len_bytes() != values.str.len_chars()).any()
    return values.str.normalize("NFKC") if wide else values


def dates(values: pl.Series) -> pl.Series:
    """ISO 8601, 2026/9/1, 20260901, 2026年9月1日 -> Date; null where it is none of these."""
    text = width(values)
    iso = text.str.replace(_COMPACT, "$1-$2-$3").str.replace(_DATE, "$1-$2-$3")
    found = iso.str.to_date("%Y-%m-%d", strict=False)
    years = found.dt.year()
    return found.to_frame().select(
        pl.when((years >= FIRST_YEAR) & (years <= LAST_YEAR)).then(pl.first())
    ).to_series()  # fmt: skip


def numbers(values: pl.Series) -> pl.Series:
    """Text -> Float64; null where it is no finite number."""
    found = width(values).str.replace(",", "", literal=True).cast(pl.Float64, strict=False)
    return found.replace([float("inf"), float("-inf"), float("nan")], None)


def code_book(column: Column) -> dict[str, str]:
    """Every word read for a code, in lower case -> the code."""
    book = {word.lower(): key for key, words in column.codes.items() for word in (key, *words)}
    if column.type == "flag":
        book |= {"true": "1", "false": "0", "yes": "1", "no": "0", "y": "1", "n": "0"}
    return book


def coded(values: pl.Series, column: Column, *, free: bool = False) -> pl.Series:
    """Codes and their Chinese words -> codes; other words pass where ``free``, else null."""
    book = code_book(column)
    lower = width(values).str.to_lowercase()
    if free:
        found = lower.replace(book)
        return found.zip_with(lower.is_in(list(book)), values)
    return lower.replace_strict(book, default=None, return_dtype=pl.String)


def shaped(values: pl.Series, column: Column, batch: Batch) -> pl.Series:
    """Ids, terms and years in their one spelling; texts as they are."""
    if column.form is None:
        return values
    if column.form in ("term", "school_year"):
        return terms(values) if column.form == "term" else width(values).str.replace(_YEAR, "$1")
    plain = width(values)
    upper = column.form in ("student_id", "person_id") and batch.id_scheme == "national"
    return plain.str.to_uppercase() if upper else plain


def terms(values: pl.Series) -> pl.Series:
    """2026-2027学年第一学期 and the like -> 2026-2027-1; others as they are."""
    plain = width(values)
    parts = plain.str.extract_groups(_TERM).struct.unnest()
    which = parts.select(pl.coalesce("3", "4", "5")).to_series()
    half = which.is_in(_SECOND).replace_strict({True: "2", False: "1"}, return_dtype=pl.String)
    joined = parts["1"] + "-" + parts["2"] + "-" + half
    return joined.zip_with(which.is_not_null(), plain)


def is_free(column: Column, batch: Batch) -> bool:
    """True where words outside the code list pass."""
    return column.open or (column.loose and batch.population == "any")


def typed(values: pl.Series, column: Column, batch: Batch) -> pl.Series:
    """The distinct texts of a column as values of its type; null where they cannot be."""
    match column.type:
        case "date":
            return dates(values)
        case "float":
            return numbers(values)
        case "int":
            found = numbers(values)
            return found.replace(found.filter(found != found.round()), None).cast(
                pl.Int32, strict=False
            )
        case "flag":
            return coded(values, column).cast(pl.Int8)
        case "code":
            return coded(values, column, free=is_free(column, batch))
        case "text":
            return shaped(values, column, batch)
