"""``baoxue check``: every fault of an extract, with its place and its remedy."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

if TYPE_CHECKING:
    from features.check import Report

Format = Literal["text", "json", "xlsx"]


def register(app: typer.Typer) -> None:
    """Mount the command."""

    @app.command("check")
    def check(
        folder: Annotated[Path, typer.Argument(metavar="DIR", help="数据文件夹")],
        fmt: Annotated[Format, typer.Option("--format", help="text、json 或 xlsx")] = "text",
        lang: Annotated[Literal["zh", "en"] | None, typer.Option(help="zh 或 en")] = None,
        out: Annotated[Path | None, typer.Option("--out", help="写入文件")] = None,
    ) -> None:
        """检查数据：逐条指出问题所在和改法；无误退出码 0，有误 1。"""
        from features.check import check_extract, on_day
        from features.commands import _clock
        from features.places import check_out
        from features.settings import Settings

        if fmt == "xlsx":
            out = out or Path(f"{folder.name}-check.xlsx")
        check_out(out)
        speak = lang or Settings().lang
        report = on_day(check_extract(folder, progress=_progress()), _clock.today_here())
        _hand_over(report, folder, fmt, speak, out)
        raise typer.Exit(report.exit_code)


def _progress() -> Callable[[str], None] | None:
    """Name each file on a terminal; say nothing where the output is read by a program."""
    terminal = sys.stderr.isatty()
    return (lambda name: print(f"… {name}", file=sys.stderr)) if terminal else None


def _hand_over(report: Report, folder: Path, fmt: Format, lang: str, out: Path | None) -> None:
    from features.places import whole

    if fmt == "xlsx" and out is not None:
        with whole(out):
            path = report.to_xlsx(out, folder, lang)
        print(report.to_text(lang).splitlines()[0])
        print(f"检查结果：{path}" if lang == "zh" else f"The report: {path}")
        return
    text = report.to_json() if fmt == "json" else report.to_text(lang, folder)
    if out is None:
        print(text)
    else:
        with whole(out):
            out.write_text(text, encoding="utf-8")
