"""``baoxue sample``: a synthetic county, or blank templates."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from features.option import day_option


def register(app: typer.Typer) -> None:
    """Add the command to ``app``."""

    @app.command()
    def sample(
        out: Annotated[Path, typer.Argument(help="写到哪个文件夹 / folder to write")],
        students: Annotated[
            int, typer.Option(min=1, help="末学年在籍人数 / pupils on the last year's roll")
        ] = 6000,
        seed: Annotated[int, typer.Option(min=0, help="随机种子 / seed")] = 7,
        weeks: Annotated[int, typer.Option(min=1, help="记录的周数 / weeks of records")] = 64,
        profile: Annotated[str, typer.Option(help="city, hard_county, FILE.toml")] = "hard_county",
        last_day: Annotated[
            datetime, day_option(help="最后一天 / last day of the records")
        ] = datetime(2026, 11, 20),  # noqa: DTZ001 - a fixed day, not a moment
        format: Annotated[str, typer.Option(help="parquet, csv, xlsx")] = "parquet",
        interventions: Annotated[
            bool,
            typer.Option(
                "--interventions",
                help="学校按名单走访，走访按设定起作用 / schools visit, with a known effect",
            ),
        ] = False,
        templates: Annotated[
            bool, typer.Option("--templates", help="只写空白模板 / blank templates only")
        ] = False,
    ) -> None:
        """造一个示例县（虚构数据），或写出空白模板。"""
        from features.refusal import Refusal

        if format not in ("parquet", "csv", "xlsx"):
            raise Refusal(
                f"不支持的格式“{format}”；可用 parquet、csv、xlsx。",
                f"no format {format}; there are parquet, csv, xlsx",
            )
        if templates:
            from features.templates import write_templates

            if out.is_dir() and any(out.iterdir()):
                raise Refusal(
                    f"文件夹 {out} 里已有文件，未写入模板，以免覆盖已填的表。请换一个空文件夹。",
                    f"{out} holds files already; no template was written over them. Name an empty folder.",
                )
            write_templates(out, format)
            typer.echo(f"空白模板已写入 {out}")
            return
        from features.synthetic.county import County, write_county

        county = County(students, seed, weeks, profile, last_day.date(), interventions)
        rows = write_county(out, county, fmt=format)  # type: ignore[arg-type]
        for name, count in rows.items():
            typer.echo(f"{name:<20} {count:>12,}")
        typer.echo(f"示例县已写入 {out}（虚构数据，不反映真实学生）。下一步：baoxue check {out}")
