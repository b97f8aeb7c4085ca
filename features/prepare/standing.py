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


def standard(rows: Frame, *, result: str, paper: list[str]) -> Frame:
    """Add ``z``: (result - mean) / standard deviation x 1000 among rows of the same ``paper``.

    ``result`` is a whole-number column. Null where fewer than ten have a result; 0 where all are equal.
    """
    x = col(result)
    sums = rows.filter(~x.is_null()).with_columns(square=x * x)
    sums = sums.group_by(*paper).agg(
        n=x.count().cast(nw.Int64),
        sx=x.sum().cast(nw.Int64),
        sxx=col("square").sum().cast(nw.Int64),
    )
    rows = rows.join(sums, on=paper, how="left")
    spread = col("n") * col("sxx") - col("sx") * col("sx")
    distance = (col("n") * x - col("sx")).cast(nw.Float64)
    # never a quotient by zero: some engines raise where others give infinity
    root = when(spread > 0).then(spread).otherwise(lit(1)).cast(nw.Float64).sqrt()
    enough = (col("n") >= MIN_PEERS) & ~x.is_null()
    return rows.with_columns(z=when(enough).then(whole(distance / root, 1000))).drop(
        "n", "sx", "sxx"
    )
