"""Sentences about files that are no tables. The readers find them; here they are only said."""

from __future__ import annotations

from features.check.rule import Rule

_AS_CSV_ZH = "请用电子表格打开后“另存为”.xlsx，或导出为 UTF-8 编码的 .csv。"
_AS_CSV_EN = "Open it in a spreadsheet and save it as .xlsx, or export .csv in UTF-8."


def _file(
    name: str,
    title: tuple[str, str],
    zh: str,
    en: str,
    remedies: tuple[str, str] = (_AS_CSV_ZH, _AS_CSV_EN),
) -> Rule:
    return Rule(
        name=name,
        title_zh=title[0],
        title_en=title[1],
        zh=zh,
        en=en,
        remedy_zh=remedies[0],
        remedy_en=remedies[1],
    )


_AGAIN = (
    "文件可能没有传完，请重新导出或重新复制。",
    "The file may not have been copied to its end: export or copy it again.",
)
_SMALLER = (
    "请删去表格数据区以外的单元格（选中空白行列，整行整列删除）后另存，或改用 .csv。",
    "Delete the cells outside the table (whole empty rows and columns) and save, or use .csv.",
)

RULES = (
    _file(
        "empty_file",
        ("空文件", "empty file"),
        "文件是空的，连表头也没有。",
        "The file is empty, without even a header.",
        (
            "请重新导出；没有数据时也要保留表头一行。",
            "Export it again; keep the header row even where there are no data.",
        ),
    ),
    _file(
        "disguised_workbook",
        ("文件名与内容不符", "misnamed file"),
        "文件名是 .csv，内容却是 Excel 工作簿。",
        "It is named .csv but is an Excel workbook.",
        ("请把文件名改为 .xlsx，或另存为 CSV。", "Rename it to .xlsx, or save it as CSV."),
    ),
    _file(
        "disguised_parquet",
        ("文件名与内容不符", "misnamed file"),
        "文件名是 .csv，内容却是 Parquet。",
        "It is named .csv but is Parquet.",
        ("请把文件名改为 .parquet。", "Rename it to .parquet."),
    ),
    _file(
        "disguised_text",
        ("文件名与内容不符", "misnamed file"),
        "文件名是 .xlsx，内容却是文字（可能是把 CSV 改了名）。",
        "It is named .xlsx but is text, perhaps a CSV that was renamed.",
        (
            "请把文件名改回 .csv，或用电子表格打开后“另存为”.xlsx。",
            "Rename it to .csv, or open it in a spreadsheet and save it as .xlsx.",
        ),
    ),
    _file(
        "no_permission",
        ("没有权限", "no permission"),
        "没有读取这个文件的权限。",
        "There is no permission to read the file.",
        (
            "请在文件属性中允许读取，或复制一份再检查；文件正在别的程序中打开时请先关闭。",
            "Allow reading in the file's properties, or copy it; close it where another program holds it.",
        ),
    ),
    _file(
        "old_or_locked_workbook",
        ("加密或旧格式", "locked or old workbook"),
        "工作簿有打开密码，或是旧的 .xls 格式，不能读取。",
        "The workbook has a password or is of the old .xls format; it cannot be read.",
        (
            "请去掉密码（文件→信息→保护工作簿）并另存为 .xlsx。",
            "Remove the password (File, Info, Protect) and save it as .xlsx.",
        ),
    ),
    _file(
        "html",
        ("内容是网页", "web page"),
        "内容是网页，不是表格（有的系统导出的“Excel”其实是网页）。",
        "The content is a web page, not a table (some systems export pages named as Excel).",
    ),
    _file(
        "encoding",
        ("文字编码不明", "unknown encoding"),
        "第{row}行起有不能识别的文字编码。",
        "From row {row} on, the text encoding is unknown.",
        ("请另存为“CSV UTF-8（逗号分隔）”。", "Save it as “CSV UTF-8 (comma delimited)”."),
    ),
    _file(
        "mixed_encodings",
        ("混有两种编码", "mixed encodings"),
        "文件里混有两种文字编码，第{row}行起不同。",
        "Two text encodings are mixed; they differ from row {row} on.",
        (
            "请不要用不同软件拼接文件；分别打开后合到一张表，另存为“CSV UTF-8”。",
            "Do not join files of different programs as text; put them into one sheet and save it as "
            "“CSV UTF-8”.",
        ),
    ),
    _file(
        "unclosed_quote",
        ("引号没有配对", "unclosed quotation mark"),
        "第{row}行附近的引号没有配对，后面的行无法分开。",
        "Near row {row} a quotation mark is not closed; later rows cannot be told apart.",
        ('请补上或删去该行多余的引号（"）。', 'Close or delete the stray quotation mark (").'),
    ),
    _file(
        "torn",
        ("不能分列", "torn file"),
        "各行不能按表头分列。",
        "The rows cannot be split after the header.",
        _AGAIN,
    ),
    _file(
        "broken_workbook",
        ("文件损坏", "damaged file"),
        "工作簿已损坏，打不开。",
        "The workbook is damaged and cannot be opened.",
        _AGAIN,
    ),
    _file(
        "broken_parquet",
        ("文件损坏", "damaged file"),
        "Parquet 文件已损坏，打不开。",
        "The Parquet file is damaged and cannot be opened.",
        _AGAIN,
    ),
    _file(
        "too_large",
        ("工作簿过大", "workbook too large"),
        "工作簿过大：很远处有单元格，或压缩内容异常。",
        "The workbook is too large: a cell far away, or abnormally packed content.",
        _SMALLER,
    ),
    _file(
        "old_format",
        ("不支持的格式", "format not read"),
        "不读取 {ending} 格式的文件。",
        "Files of the format {ending} are not read.",
    ),
    Rule(
        name="further_sheets",
        title_zh="有未读的工作表",
        title_en="sheets not read",
        level="warning",
        zh="只读取第一张工作表；另有工作表未读：{sheets}。",
        en="Only the first sheet is read; not read: {sheets}.",
        remedy_zh="如其中有数据，请各存为一个文件。",
        remedy_en="If they hold data, save each as a file of its own.",
    ),
)
