"""Results as whole numbers, and as distances from the mean of those who sat the same paper.

Sums of whole numbers do not depend on the order of rows, so that two runs agree to the last bit.
"""

from __future__ import annotations

import narwhals as nw

from features.indicator import MIN_PEERS
from features.prepare.day import Frame

col, lit, when = nw.col, nw.lit, nw.when


def whole(value: nw.Expr, times: int) -> nw.Expr:
    """``value`` x ``times`` as the nearest whole number (halves go up, on every engine)."""
    return (value.cast(nw.Float64) * times + 0.5).floor().cast(nw.Int64)


def flag(condition: nw.Expr) -> nw.Expr:
    """1 where it holds, 0 where it does not or is not known."""
    return when(condition).then(lit(1, nw.Int64)).otherwise(lit(0, nw.Int64))


def laid_out(frame: Frame, columns: dict[str, bool], **values: nw.Expr) -> Frame:
    """student_id, on_no and all of ``columns`` as whole numbers.

    What ``values`` does not name is 0, or null where ``columns`` says that nothing is no number.
    """
    zero = lit(0, nw.Int64)
    null = when(zero == 1).then(zero)
    blank = {name: null if is_open else zero for name, is_open in columns.items()}
    filled = {name: value.cast(nw.Int64) for name, value in values.items()}
    return frame.select("student_id", col("on_no").cast(nw.Int32), **(blank | filled))


def added_up(result: str) -> dict[str, nw.Expr]:
    """What a whole-number column adds up to in a group: ``RESULT_n``, ``RESULT_sx``, ``RESULT_sxx``."""
    x = col(result).cast(nw.Int64)
    return {
        f"{result}_n": x.count().cast(nw.Int64),
        f"{result}_sx": x.sum().cast(nw.Int64),
        f"{result}_sxx": (x * x).sum().cast(nw.Int64),
    }


def distance(x: nw.Expr, *, n: nw.Expr, sx: nw.Expr, sxx: nw.Expr) -> nw.Expr:
    """(x - mean) / standard deviation x 1000 by the sums of a group.

    Null where fewer than ten have a result; 0 where all are equal.
    """
    spread = n * sxx - sx * sx
    away = (n * x - sx).cast(nw.Float64)
    # never a quotient by zero: some engines raise where others give infinity
    root = when(spread > 0).then(spread).otherwise(lit(1)).cast(nw.Float64).sqrt()
    enough = (n >= MIN_PEERS) & ~x.is_null()
    return when(enough).then(whole(away / root, 1000))


def standard(rows: Frame, *, result: str, paper: list[str]) -> Frame:
    """Add ``z``: (result - mean) / standard deviation x 1000 among rows of the same ``paper``.

    ``result`` is a whole-number column. Null where fewer than ten have a result; 0 where all are equal.
    """
    sums = rows.group_by(*paper).agg(**added_up(result))
    n, sx, sxx = (f"{result}_{part}" for part in ("n", "sx", "sxx"))
    z = distance(col(result), n=col(n), sx=col(sx), sxx=col(sxx))
    return rows.join(sums, on=paper, how="left").with_columns(z=z).drop(n, sx, sxx)
