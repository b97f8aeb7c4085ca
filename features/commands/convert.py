"""``baoxue convert``: other sources into one extract of the contract."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from features.option import day_option

if TYPE_CHECKING:
    from features.converters.common import Converted

Out = Annotated[Path, typer.Argument(help="新文件夹 / the new folder", show_default=False)]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="重新生成 / make it again")]
AsJson = Annotated[bool, typer.Option("--json", help="供程序读取 / for programs")]


def register(app: typer.Typer) -> None:
    """Mount ``convert`` and its sources."""
    sources = typer.Typer(no_args_is_help=True)
    sources.command("oulad")(oulad)
    sources.command("xueji")(xueji)
    app.add_typer(sources, name="convert", help="转换其他来源的数据 / convert other sources.")


def oulad(
    src: Annotated[Path, typer.Argument(help="OULAD 文件夹 / folder", show_default=False)],
    out: Out,
    presentations: Annotated[
        str, typer.Option(help="如 2013B,2013J；不写为全部 / all if not given")
    ] = "",
    overwrite: Overwrite = False,
    as_json: AsJson = False,
) -> None:
    """开放大学学习数据（OULAD）/ the Open University files."""
    from features.converters.oulad import convert

    asked = [word.strip() for word in presentations.split(",") if word.strip()]
    _say(convert(src, out, asked, overwrite=overwrite), as_json)


def xueji(
    file: Annotated[Path, typer.Argument(help="学籍导出文件 / the export", show_default=False)],
    out: Out,
    received_on: Annotated[datetime, day_option(help="导出日期 / day of the export")],
    school_id: Annotated[
        str, typer.Option(help="学校标识码，表内没有时用 / where the file has none")
    ] = "",
    school_name: Annotated[str, typer.Option(help="学校名称 / the school's name")] = "",
    stage: Annotated[
        str, typer.Option(help="primary、junior、nine_year ……，或中文 / or its Chinese word")
    ] = "",
    county_code: Annotated[str, typer.Option(help="县级行政区划代码（6位）/ 6 digits")] = "",
    area: Annotated[str, typer.Option(help="地区名，默认县码 / default: the county's code")] = "",
    overwrite: Overwrite = False,
    as_json: AsJson = False,
) -> None:
    """全国学籍系统导出的学生基本信息表 / the national register's export."""
    from features.converters.xueji import Said, convert

    said = Said(received_on.date(), school_id, school_name, stage, county_code, area)
    _say(convert(file, out, said, overwrite=overwrite), as_json)


def _say(made: Converted, as_json: bool) -> None:
    from features.settings import Settings

    if as_json:
        typer.echo(_json(made))
        return
    zh = Settings().lang == "zh"
    typer.echo(f"已转换到 {made.folder}：" if zh else f"Converted into {made.folder}:")
    for name, rows in made.rows.items():
        typer.echo(f"  {name:<20}{rows:>10,}")
    for note in made.notes:
        typer.echo(note[0] if zh else note[1])
    if made.wanted:
        typer.echo("还需要：" if zh else "Still needed:")
    for wanted in made.wanted:
        typer.echo(f"  · {wanted[0] if zh else wanted[1]}")
    typer.echo(f"下一步：baoxue check {made.folder}" if zh else f"Next: baoxue check {made.folder}")


def _json(made: Converted) -> str:
    import json

    return json.dumps(
        {
            "folder": str(made.folder),
            "rows": dict(made.rows),
            "notes": [{"zh": zh, "en": en} for zh, en in made.notes],
            "wanted": [{"zh": zh, "en": en} for zh, en in made.wanted],
        },
        ensure_ascii=False,
    )
