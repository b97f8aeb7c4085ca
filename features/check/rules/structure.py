"""Sentences about tables and headers. ``intake`` finds them; here they are only said."""

from __future__ import annotations

from features.check.rule import Rule

RULES = (
    Rule(
        name="no_tables",
        title_zh="没有数据表",
        title_en="no tables",
        zh="文件夹里没有数据表。",
        en="The folder holds no tables.",
        remedy_zh="请放入各表（如 students.csv、attendance.xlsx）；"
        "空白模板：baoxue sample --templates 文件夹。",
        remedy_en="Put the tables there (students.csv, attendance.xlsx ...); blank templates: "
        "baoxue sample --templates DIR.",
    ),
    Rule(
        name="missing_table",
        title_zh="缺少表",
        title_en="missing table",
        zh="缺少“{label}”表（{name}）。",
        en="The table {name} is missing.",
        remedy_zh="请补上 {name}.csv、{name}.xlsx 或 {name}.parquet；"
        '只补充数据时，在 batch.toml 写 mode = "delta"。',
        remedy_en="Add {name}.csv, {name}.xlsx or {name}.parquet; for additions alone write "
        'mode = "delta" in batch.toml.',
    ),
    Rule(
        name="expected_table",
        title_zh="建议补上的表",
        title_en="table expected",
        level="warning",
        zh="没有“{label}”表（{name}），相关依据将不可用。",
        en="There is no table {name}; what rests on it will not be available.",
        remedy_zh="如有数据请补上。",
        remedy_en="Add it if there are data.",
    ),
    Rule(
        name="blank_table",
        title_zh="只有表头的表",
        title_en="header alone",
        level="warning",
        zh="“{label}”表（{name}）只有表头，没有一行数据，相关依据将不可用。",
        en="The table {name} has a header and no row; what rests on it will not be available.",
        remedy_zh="请核对导出是否完整，补上数据后重新检查；没有缺勤记录不等于全部到校。",
        remedy_en="See whether the export is complete, add the rows and check again; no record of absence "
        "is not presence.",
    ),
    Rule(
        name="absences_missing",
        title_zh="缺少缺勤记录",
        title_en="absences missing",
        zh="按 batch.toml 只登记缺勤，点名表有 {short} 次实到少于应到，但“{label}”表（{name}）没有一行数据："
        "照此导入，缺勤的学生都会被当作到校。",
        en="By batch.toml absences alone are recorded, and at {short} roll calls fewer were present than "
        "expected, but the table {name} holds no row: as it is, those absent would count as present.",
        remedy_zh="请补上这些天的缺勤记录后重新检查；如只有人数、没有缺勤名单，请在 batch.toml 写 "
        'attendance_mode = "full"。',
        remedy_en="Add the absences of these days and check again; where there are counts and no names, write "
        'attendance_mode = "full" in batch.toml.',
    ),
    Rule(
        name="two_files",
        title_zh="一表两个文件",
        title_en="one table, two files",
        zh="“{label}”表有两个文件：{files}。",
        en="The table {name} comes in two files: {files}.",
        remedy_zh="请只留一个。",
        remedy_en="Keep only one.",
    ),
    Rule(
        name="near_table",
        title_zh="表名写错",
        title_en="misspelt table",
        zh="文件名“{name}”不是表名，是否应为“{nearest}”？",
        en="The file name {name!r} is no table; did you mean {nearest!r}?",
        remedy_zh="请改正文件名。",
        remedy_en="Mend the file's name.",
    ),
    Rule(
        name="unknown_table",
        title_zh="未知的表",
        title_en="unknown table",
        level="warning",
        zh="文件“{name}”不是已知的表，没有读取。",
        en="The file {name!r} is no known table; it is not read.",
        remedy_zh="如是要导入的数据，请按模板改名。",
        remedy_en="If it is to be read, name it after a template.",
    ),
    Rule(
        name="never_imported",
        title_zh="不得导入的内容",
        title_en="never imported",
        zh="“{header}”属于不得导入的内容。",
        en="{header!r} must never be imported.",
        remedy_zh="请从文件中删去后再交；本系统不保存此类信息。",
        remedy_en="Delete it from the file; this system does not keep such facts.",
    ),
    Rule(
        name="missing_column",
        title_zh="缺少列",
        title_en="missing column",
        zh="缺少必需的列“{label}”（{name}）{hint_zh}。",
        en="The required column {name} is missing{hint_en}.",
        remedy_zh="请按模板补上或改正列名。",
        remedy_en="Add it, or mend its name after the template.",
    ),
    Rule(
        name="duplicate_column",
        title_zh="列重复",
        title_en="doubled column",
        zh="列“{label}”出现了多次：{headers}。",
        en="The column {name} appears more than once: {headers}.",
        remedy_zh="请只留一列。",
        remedy_en="Keep only one.",
    ),
    Rule(
        name="near_column",
        title_zh="列名写错",
        title_en="misspelt column",
        zh="列名“{header}”不认识，是否应为“{nearest}”？",
        en="The column name {header!r} is unknown; did you mean {nearest!r}?",
        remedy_zh="请改正列名；确实无关的列请删去。",
        remedy_en="Mend the name, or delete the column.",
    ),
    Rule(
        name="unknown_column",
        title_zh="未知的列",
        title_en="unknown column",
        level="warning",
        zh="列“{header}”不在数据说明中，没有读取。",
        en="The column {header!r} is not of the contract; not read.",
        remedy_zh="不需要时可删去；要用于估计的其他信息请放入 attributes 表。",
        remedy_en="Delete it if it is not needed; other facts for a model go to the table attributes.",
    ),
    Rule(
        name="unnamed_column",
        title_zh="没有列名",
        title_en="unnamed column",
        level="warning",
        zh="第{place}列没有列名，没有读取。",
        en="Column {place} has no name; it is not read.",
        remedy_zh="请补上列名或删去该列。",
        remedy_en="Name it or delete it.",
    ),
    Rule(
        name="fields",
        title_zh="列数不对",
        title_en="number of fields",
        zh="该行有{fields}列，表头有{expected}列。",
        en="The row has {fields} fields, the header {expected}.",
        remedy_zh="请检查该行是否缺少内容、多了逗号，或文件没有传完。",
        remedy_en="Look for a missing field, a comma too many, or a file not copied to its end.",
    ),
    Rule(
        name="too_many_faults",
        title_zh="错误过多",
        title_en="too many faults",
        zh="{bad}行有误，占{percent}，超过{limit}，整张表不予接收。",
        en="{bad} rows are faulty, {percent}, more than {limit}: the whole table is refused.",
        remedy_zh="请先更正本表的各处错误，再重新检查。",
        remedy_en="Mend the faults of this table and check again.",
    ),
    Rule(
        name="batch",
        title_zh="batch.toml 有误",
        title_en="batch.toml",
        zh="{said_zh}",
        en="{said_en}",
        remedy_zh="请改正 batch.toml。",
        remedy_en="Mend batch.toml.",
    ),
    Rule(
        name="received_later",
        title_zh="接收日期晚于今天",
        title_en="received after today",
        zh="接收日期（received_on）{received} 晚于今天（{today}）。",
        en="The extract says that it was received on {received}, which lies after today ({today}).",
        remedy_zh="请在 batch.toml 把 received_on 写成收到数据的日期（没有写的，以数据中最晚的日期为准，"
        "请补上）；今天的日期不对时，请先校正本机日期。",
        remedy_en="Give the day on which the data came as received_on in batch.toml (where there is none the "
        "latest day in the data stands for it); if today is another day, set this machine's clock first.",
    ),
)
