"""Sentences about tables and headers. ``intake`` finds them; here they are only said."""

from __future__ import annotations

from features.check.rule import Rule

RULES = (
    Rule(
        name="no_tables",
        zh="文件夹里没有数据表。", en="The folder holds no tables.",
        remedy_zh="请放入各表（如 students.csv、attendance.xlsx）；"
        "空白模板：baoxue sample --templates 文件夹。",
        remedy_en="Put the tables there (students.csv, attendance.xlsx ...); blank templates: "
        "baoxue sample --templates DIR.",
    ),
    Rule(
        name="missing_table",
        zh="缺少“{label}”表（{name}）。", en="The table {name} is missing.",
        remedy_zh="请补上 {name}.csv、{name}.xlsx 或 {name}.parquet；"
        '只补充数据时，在 batch.toml 写 mode = "delta"。',
        remedy_en='Add {name}.csv, {name}.xlsx or {name}.parquet; for additions alone write '
        'mode = "delta" in batch.toml.',
    ),
    Rule(
        name="expected_table", level="warning",
        zh="没有“{label}”表（{name}），相关依据将不可用。",
        en="There is no table {name}; what rests on it will not be available.",
        remedy_zh="如有数据请补上。", remedy_en="Add it if there are data.",
    ),
    Rule(
        name="two_files",
        zh="“{label}”表有两个文件：{files}。", en="The table {name} comes in two files: {files}.",
        remedy_zh="请只留一个。", remedy_en="Keep only one.",
    ),
    Rule(
        name="near_table",
        zh="文件名“{name}”不是表名，是否应为“{nearest}”？",
        en="The file name {name!r} is no table; did you mean {nearest!r}?",
        remedy_zh="请改正文件名。", remedy_en="Mend the file's name.",
    ),
    Rule(
        name="unknown_table", level="warning",
        zh="文件“{name}”不是已知的表，没有读取。",
        en="The file {name!r} is no known table; it is not read.",
        remedy_zh="如是要导入的数据，请按模板改名。",
        remedy_en="If it is to be read, name it after a template.",
    ),
    Rule(
        name="never_imported",
        zh="“{header}”属于不得导入的内容。", en="{header!r} must never be imported.",
        remedy_zh="请从文件中删去后再交；本系统不保存此类信息。",
        remedy_en="Delete it from the file; this system does not keep such facts.",
    ),
    Rule(
        name="missing_column",
        zh="缺少必需的列“{label}”（{name}）{hint_zh}。",
        en="The required column {name} is missing{hint_en}.",
        remedy_zh="请按模板补上或改正列名。", remedy_en="Add it, or mend its name after the template.",
    ),
    Rule(
        name="duplicate_column",
        zh="列“{label}”出现了多次：{headers}。", en="The column {name} appears more than once: {headers}.",
        remedy_zh="请只留一列。", remedy_en="Keep only one.",
    ),
    Rule(
        name="near_column",
        zh="列名“{header}”不认识，是否应为“{nearest}”？",
        en="The column name {header!r} is unknown; did you mean {nearest!r}?",
        remedy_zh="请改正列名；确实无关的列请删去。", remedy_en="Mend the name, or delete the column.",
    ),
    Rule(
        name="unknown_column", level="warning",
        zh="列“{header}”不在数据说明中，没有读取。",
        en="The column {header!r} is not of the contract; not read.",
        remedy_zh="不需要时可删去；要用于估计的其他信息请放入 attributes 表。",
        remedy_en="Delete it if it is not needed; other facts for a model go to the table attributes.",
    ),
    Rule(
        name="unnamed_column", level="warning",
        zh="第{place}列没有列名，没有读取。",
        en="Column {place} has no name; it is not read.",
        remedy_zh="请补上列名或删去该列。", remedy_en="Name it or delete it.",
    ),
    Rule(
        name="fields",
        zh="该行有{fields}列，表头有{expected}列。", en="The row has {fields} fields, the header {expected}.",
        remedy_zh="请检查该行是否缺少内容、多了逗号，或文件没有传完。",
        remedy_en="Look for a missing field, a comma too many, or a file not copied to its end.",
    ),
    Rule(
        name="too_many_faults",
        zh="{bad}行有误，占{percent}，超过{limit}，整张表不予接收。",
        en="{bad} rows are faulty, {percent}, more than {limit}: the whole table is refused.",
        remedy_zh="请先按上面各条更正，再重新检查。", remedy_en="Mend the faults above and check again.",
    ),
    Rule(
        name="batch",
        zh="{said_zh}", en="{said_en}",
        remedy_zh="请改正 batch.toml。", remedy_en="Mend batch.toml.",
    ),
)  # fmt: skip
