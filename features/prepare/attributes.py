"""``attributes``: declared numbers that a source offers beyond the contract, one column each."""

from __future__ import annotations

import narwhals as nw

from features.prepare.day import Day, Frame

col, when = nw.col, nw.when

ONE_ROW = True


def prepare(day: Day) -> Frame:
    """student_id and one Float64 column a declared attribute (the value as known on the day)."""
    names = sorted(day.batch.attributes)
    rows = day.cut("attributes").filter(col("name").is_in([*names, ""]))
    value = col("value").cast(nw.Float64)
    columns = {name: when(col("name") == name).then(value).max() for name in names}
    frame = rows.with_columns(one=nw.lit(1)).group_by("student_id")
    return frame.agg(one=col("one").max(), **columns)
