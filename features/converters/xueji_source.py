"""Reading the national register's export: CSV or XLSX to text under the register's headers."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import polars as pl

from features.refusal import Refusal
from features.sources import Raw, Source, Unreadable

_MEMBER = (
    "姓名", "关系", "关系说明", "现住址", "户口所在地行政区划", "联系电话", "是否监护人",
    "身份证件类型", "身份证件号", "民族", "工作单位", "职务",
)  # fmt: skip
#: The export's columns in file order.
COLUMNS = (
    "学校标识码", "姓名", "性别", "出生日期", "出生地行政区划代码", "籍贯", "民族", "国籍/地区",
    "身份证件类型", "港澳台侨外", "健康状况", "政治面貌", "身份证件号", "户口性质",
    "户口所在地行政区划", "班号", "入学年月", "入学方式", "就读方式", "现住址", "通信地址",
    "家庭地址", "联系电话", "邮政编码", "是否独生子女", "是否受过学前教育", "是否留守儿童",
    "是否需要申请资助", "是否享受一补", "是否孤儿", "是否烈士或优抚子女", "上下学距离",
    "上下学方式", "是否需要乘坐校车", "曾用名", "身份证件有效期", "血型", "特长", "学籍辅号",
    "班内学号", "学生来源", "电子信箱", "主页地址", "残疾类型", "是否由政府购买学位", "随班就读",
    *(f"成员{n}{word}" for n in (1, 2) for word in _MEMBER),
    "是否进城务工人员随迁子女",
)  # fmt: skip
#: Columns that some exports carry besides and that are read where they are there.
ADDED = ("全国学籍号", "年级", "班级名称", "学校名称")
ROW = "行"
_SAME = {
    "学籍号": "全国学籍号", "学籍主号": "全国学籍号", "学生姓名": "姓名", "班级": "班级名称",
    "国籍地区": "国籍/地区", "是否随迁子女": "是否进城务工人员随迁子女", "班级编号": "班号",
    "身份证号": "身份证件号", "身份证件号码": "身份证件号", "学校": "学校名称",
    "出生地行政区划": "出生地行政区划代码", "户口所在地行政区划代码": "户口所在地行政区划",
}  # fmt: skip
_NEEDED = ("姓名", "出生日期", "班号")
_IDS = ("身份证件号", "全国学籍号", "学校标识码")
_TITLE_ROWS = 10
_LOSSY = r"^\d(?:\.\d+)?[eE]\+?\d+$"
_SAVE_AS = (
    "old_format",
    "old_or_locked_workbook",
    "html",
    "disguised_workbook",
    "disguised_parquet",
    "disguised_text",
)


def read_export(path: Path) -> pl.DataFrame:
    """The pupils of the export: text under the register's own headers, and ``行`` (the file's row).

    Raises ``Refusal`` where the file cannot be read, has no such header, repeats a column, holds no
    pupil, or has ids stored as numbers (their last digits are lost).
    """
    raw = _raw(path)
    header, frame, rows = _under_header(path, raw)
    _check_header(path, header)
    places = {name: str(place) for place, name in enumerate(header) if name}
    text = (pl.col(at).cast(pl.String).str.strip_chars(" \t\u3000'") for at in places.values())
    body = frame.select(text).rename({at: name for name, at in places.items()})
    body = body.with_columns(pl.all().replace("", None)).insert_column(0, rows)
    body = body.filter(~pl.all_horizontal(pl.exclude(ROW).is_null()))
    if body.is_empty():
        raise Refusal(
            f"{path.name} 里只有表头，没有学生。请重新导出。",
            f"{path.name} has a header and no pupils. Export it again.",
        )
    _check_numbers(path, body)
    return body


def _raw(path: Path) -> Raw:
    if not path.is_file():
        raise Refusal(f"找不到文件“{path}”。", f"There is no file {path}.")
    try:
        raw = Source(path).read()
    except Unreadable as error:
        raise _unreadable(path, error) from None
    if raw.ragged:
        row, fields = raw.ragged[0]
        raise Refusal(
            f"{path.name} 第 {row} 行有 {fields} 列，表头有 {len(raw.headers)} 列。"
            "请删去表头上方的标题行，或重新导出。",
            f"{path.name}: row {row} has {fields} fields, the header {len(raw.headers)}. Delete any"
            " title above the header, or export the file again.",
        )
    return raw


def _unreadable(path: Path, error: Unreadable) -> Refusal:
    where = f"（第 {error.row} 行）" if error.row else ""
    row = f" (row {error.row})" if error.row else ""
    if "encod" in error.rule:
        return Refusal(
            f"{path.name} 的文字编码读不了{where}。请另存为 UTF-8 的 CSV 或 .xlsx。",
            f"{path.name} has an encoding that cannot be read{row}. Save as UTF-8 CSV or .xlsx.",
        )
    if error.rule in _SAVE_AS:
        return Refusal(
            f"{path.name} 的格式读不了。请在 Excel 或 WPS 中另存为 .xlsx（不加密码）或 .csv。",
            f"{path.name} has no format that can be read. Save it as .xlsx (no password) or .csv.",
        )
    return Refusal(
        f"{path.name} 不完整，读不了{where}。请重新导出。",
        f"{path.name} is torn or empty{row}. Export it again.",
    )


def _under_header(path: Path, raw: Raw) -> tuple[list[str], pl.DataFrame, pl.Series]:
    """Exports put a title above; the header is the first row that names a pupil's columns."""
    numbers = raw.rows if raw.rows is not None else range(2, raw.frame.height + 2)
    rows = pl.Series(ROW, numbers, dtype=pl.Int32)
    titles = [raw.headers, *raw.frame.head(_TITLE_ROWS).rows()]
    for at, row in enumerate(titles):
        header = [_name(str(cell or "")) for cell in row]
        if "姓名" in header and len(set(header) & set(COLUMNS)) >= len(_NEEDED):
            return header, raw.frame.slice(at), rows.slice(at)
    raise Refusal(
        f"{path.name} 前{_TITLE_ROWS}行里没有“姓名、出生日期、班号……”这样的表头。"
        "请使用全国学籍系统导出的“学生基本信息表”。",
        f"{path.name} has no header such as 姓名, 出生日期, 班号 in its first {_TITLE_ROWS} rows."
        " Use the register's export of pupils' basic data.",
    )


def _name(cell: str) -> str:
    bare = re.sub(r"[\s★*＊]|[（(\[【].*$", "", cell)
    bare = re.sub(r"^(?:家庭)?成员(?:或监护人)?([12一二])[-—_：:.]?", _member, bare)
    return _SAME.get(bare, bare)


def _member(found: re.Match[str]) -> str:
    return f"成员{found[1].translate(str.maketrans('一二', '12'))}"


def _check_header(path: Path, header: Sequence[str]) -> None:
    twice = sorted({name for name in header if name and header.count(name) > 1})
    if twice:
        raise Refusal(
            f"{path.name} 的列名重复：{'、'.join(twice)}。请只保留一列。",
            f"{path.name} has columns twice: {', '.join(twice)}. Keep one of each.",
        )
    missing = [name for name in _NEEDED if name not in header]
    if not {"全国学籍号", "身份证件号"} & set(header):
        missing.append("全国学籍号（或身份证件号）")
    if missing:
        raise Refusal(
            f"{path.name} 缺少列：{'、'.join(missing)}。请在学籍系统导出时勾选这些列。",
            f"{path.name} lacks columns {', '.join(missing)}. Tick them when exporting.",
        )


def _check_numbers(path: Path, body: pl.DataFrame) -> None:
    """A number of 18 digits in a spreadsheet keeps 15; it comes back as 1.2E+17."""
    for name in (name for name in body.columns if name.endswith(_IDS)):
        wrong = body.filter(pl.col(name).str.contains(_LOSSY))[ROW].to_list()
        if wrong:
            places = "、".join(map(str, wrong[:5])) + ("等" if len(wrong) > 5 else "")
            raise Refusal(
                f"{path.name} 的“{name}”在第 {places} 行存成了数字，末几位已丢失。"
                "请把该列设为文本格式后重新导出，不要手工补齐。",
                f"{path.name}: column {name} holds numbers in rows {places}; their last digits are"
                " lost. Set the column to text and export again; do not fill in by hand.",
            )
