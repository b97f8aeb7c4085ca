"""Reading the Open University files: the public CSV or the same as Parquet, typed and complete."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from features.refusal import Refusal

PRESENTATION = ("code_module", "code_presentation")
ENROLMENT = (*PRESENTATION, "id_student")
#: Kinds of activity kept apart; every other kind of page counts as "other" (few clicks).
KINDS = (
    "homepage", "oucontent", "forumng", "subpage", "resource",
    "quiz", "url", "ouwiki", "oucollaborate", "other",
)  # fmt: skip

_TEXT = dict.fromkeys(PRESENTATION, pl.String())
_WHO = {**_TEXT, "id_student": pl.Int64()}
_FILES: dict[str, dict[str, pl.DataType]] = {
    "courses": {**_TEXT, "module_presentation_length": pl.Int32()},
    "studentInfo": {
        **_WHO,
        **dict.fromkeys(("gender", "highest_education", "imd_band"), pl.String()),
        "num_of_prev_attempts": pl.Int32(),
        "studied_credits": pl.Int32(),
        "disability": pl.String(),
        "final_result": pl.String(),
    },
    "studentRegistration": {
        **_WHO, "date_registration": pl.Int32(), "date_unregistration": pl.Int32(),
    },
    "assessments": {
        **_TEXT, "id_assessment": pl.Int64(), "assessment_type": pl.String(),
        "date": pl.Int32(), "weight": pl.Float64(),
    },
    "studentAssessment": {
        "id_assessment": pl.Int64(), "id_student": pl.Int64(), "date_submitted": pl.Int32(),
        "is_banked": pl.Int8(), "score": pl.Float64(),
    },
}  # fmt: skip
_DAILY = {**_WHO, "date": pl.Int32(), **dict.fromkeys(KINDS, pl.Int32())}
_CLICKS = {**_WHO, "id_site": pl.Int64(), "date": pl.Int32(), "sum_click": pl.Int32()}
_SITES = {**_TEXT, "id_site": pl.Int64(), "activity_type": pl.String()}


@dataclass(frozen=True)
class Source:
    """The files, cut to the presentations asked for; ``daily``: clicks a day and kind."""

    courses: pl.DataFrame
    enrolments: pl.DataFrame
    assessments: pl.DataFrame
    submissions: pl.DataFrame
    daily: pl.LazyFrame


def read_source(folder: Path, presentations: Sequence[str] = ()) -> Source:
    """Read the files of ``folder``; all presentations where none is named.

    Raises ``Refusal`` naming the files or columns that are missing, or an unknown presentation.
    """
    _check_files(folder)
    courses = _read(folder, "courses").collect()
    wanted = _presentations(courses, presentations)
    mine = pl.col("code_presentation").is_in(wanted)
    info, registration = (_read(folder, n) for n in ("studentInfo", "studentRegistration"))
    return Source(
        courses.filter(mine),
        info.filter(mine).join(registration, on=ENROLMENT, how="left").collect(),
        _read(folder, "assessments").filter(mine).collect(),
        _read(folder, "studentAssessment").collect(),
        _daily(folder).filter(mine),
    )


def _daily(folder: Path) -> pl.LazyFrame:
    """``studentVle_daily`` where it is there, else the sums of ``studentVle`` by kind of page."""
    if _path(folder, "studentVle_daily"):
        return _scan(folder, "studentVle_daily", _DAILY)
    named = pl.col("activity_type").is_in(KINDS)
    kind = pl.when(named).then("activity_type").otherwise(pl.lit("other")).alias("kind")
    sites = _scan(folder, "vle", _SITES).select("id_site", *PRESENTATION, kind)
    clicks = _scan(folder, "studentVle", _CLICKS).join(sites, on=("id_site", *PRESENTATION))
    sums = [
        pl.col("sum_click").filter(pl.col("kind") == word).sum().cast(pl.Int32).alias(word)
        for word in KINDS
    ]
    return clicks.group_by(*ENROLMENT, "date").agg(sums)


def _presentations(courses: pl.DataFrame, asked: Sequence[str]) -> list[str]:
    held = sorted(set(courses["code_presentation"]))
    unknown = sorted(set(asked) - set(held))
    if unknown:
        raise Refusal(
            f"数据里没有这些学期：{'、'.join(unknown)}。可选：{'、'.join(held)}。",
            f"No such presentation: {', '.join(unknown)}. Held: {', '.join(held)}.",
        )
    return sorted(set(asked)) or held


def _check_files(folder: Path) -> None:
    missing = [name for name in _FILES if not _path(folder, name)]
    if not _path(folder, "studentVle_daily"):
        missing += [name for name in ("studentVle", "vle") if not _path(folder, name)]
    if missing:
        raise Refusal(
            f"“{folder}”里缺少：{'、'.join(missing)}（.csv 或 .parquet）。"
            "请下载 OULAD 全部文件（analyse.kmi.open.ac.uk/open-dataset）放在同一文件夹。",
            f"{folder} lacks {', '.join(missing)} (.csv or .parquet). Put all files of OULAD"
            " (analyse.kmi.open.ac.uk/open-dataset) in one folder.",
        )


def _path(folder: Path, name: str) -> Path | None:
    paths = (folder / f"{name}.{ending}" for ending in ("parquet", "csv"))
    return next((path for path in paths if path.is_file()), None)


def _read(folder: Path, name: str) -> pl.LazyFrame:
    return _scan(folder, name, _FILES[name])


def _scan(folder: Path, name: str, schema: dict[str, pl.DataType]) -> pl.LazyFrame:
    path = _path(folder, name)
    if path is None:  # checked before; a file that vanishes meanwhile is still a sentence
        raise Refusal(f"找不到文件 {name}。", f"File {name} is missing.")
    try:
        frame = _open(path)
        held = frame.collect_schema().names()
    except (pl.exceptions.PolarsError, OSError) as error:
        raise Refusal(
            f"读不了 {path.name}，文件可能不完整。请重新下载。",
            f"{path.name} cannot be read; it may be torn. Download it again.",
        ) from error
    missing = [column for column in schema if column not in held]
    if missing:
        raise Refusal(
            f"{path.name} 缺少列：{'、'.join(missing)}。请使用原始文件。",
            f"{path.name} lacks columns {', '.join(missing)}. Use the original file.",
        )
    # the public CSV writes days of missing dates as "?", Parquet made from it as floats
    return frame.select(
        pl.col(c).cast(t if t == pl.String() else pl.Float64()).cast(t) for c, t in schema.items()
    )


def _open(path: Path) -> pl.LazyFrame:
    if path.suffix == ".parquet":
        return pl.scan_parquet(path)
    return pl.scan_csv(path, null_values=["", "?"], infer_schema=False)
