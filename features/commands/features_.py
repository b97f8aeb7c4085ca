"""``baoxue features``: the indicator frame of one day as Parquet or CSV."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from features.option import day_option


def features_command(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="数据文件夹")],
    as_of: Annotated[datetime, day_option("--as-of", help="截至哪一天")],
    out: Annotated[Path, typer.Option("--out", help="输出文件：.parquet 或 .csv")],
    engine: Annotated[str | None, typer.Option("--engine", help="duckdb、polars 或 spark")] = None,
    workers: Annotated[
        int,
        typer.Option(
            "--workers", min=1, help="市级数据分批计算时同时用几个核（polars）；结果与此无关"
        ),
    ] = 1,
) -> None:
    """某日的指标表：每名学生一行，每个指标一列。 One row per pupil, one column per indicator."""
    import polars as pl

    from features.build import build, build_by
    from features.commands import _clock
    from features.facts import check_fresh, open_facts, unheard
    from features.frame_file import check_frame, write_frame
    from features.settings import Settings
    from features.situation import check_enrolled

    check_frame(out)
    _clock.check_day(as_of.date(), _clock.today_here())
    settings = Settings()
    facts = open_facts([folder], settings.home)
    stale = check_fresh(facts.batch, as_of.date(), unheard=unheard(facts, as_of.date()))
    if stale is not None:
        typer.echo(stale.en if settings.lang == "en" else stale.zh, err=True)
    check_enrolled(facts, as_of.date())
    engine = engine or settings.engine
    if engine == "spark":
        from features.cluster import cluster

        cluster(settings.spark)  # the engine takes the session that runs
    if engine == "polars":
        portions = build_by(workers, facts, as_of.date())
    else:
        portions = iter([build(facts, as_of.date(), engine=engine)])
    frame = pl.concat(portions).sort("student_id")
    write_frame(frame, out)
    indicators = len(frame.columns) - 5
    if settings.lang == "en":
        typer.echo(f"{len(frame)} pupils, {indicators} indicators as of {as_of:%Y-%m-%d}: {out}")
    else:
        typer.echo(
            f"截至 {as_of:%Y-%m-%d}：{len(frame)} 名学生，{indicators} 个指标，已写入 {out}。"
        )


def register(app: typer.Typer) -> None:
    """Mount the command."""
    app.command("features")(features_command)
