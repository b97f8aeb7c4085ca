"""``baoxue explain``: one pupil's estimate, taken apart."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

if TYPE_CHECKING:
    from features.refusal import Refusal


def explain(
    student: Annotated[str, typer.Argument(metavar="STUDENT_ID", help="学籍号或学生代号")],
    week: Annotated[
        str | None, typer.Option("--week", help="周次，如 2026-W47；缺省为最新")
    ] = None,
    model: Annotated[
        str | None, typer.Option("--model", help="NAME@champion 或 NAME/VERSION")
    ] = None,
    area: Annotated[str | None, typer.Option("--area", help="地区；有多个地区时须写明")] = None,
    form: Annotated[
        Literal["text", "json", "html", "pdf"],
        typer.Option(
            "--format",
            metavar="text|json|html",
            help="text、json 或 html（可在浏览器中打印为 PDF）",
        ),
    ] = "text",
    out: Annotated[Path | None, typer.Option("--out", help="输出文件")] = None,
    unmasked: Annotated[
        bool, typer.Option("--unmasked", help="显示完整姓名和学籍号，须写明用途")
    ] = False,
    reason: Annotated[
        str | None, typer.Option("--reason", help="显示完整信息的用途，记入审计")
    ] = None,
) -> None:
    """一名学生本周估计的依据。 One pupil's explanation."""
    from features.commands import _clock
    from features.places import check_out
    from serving.commands import _print, open_desk
    from serving.commands._audit import check_reveal
    from serving.services import students
    from serving.settings import ServingSettings

    if form == "pdf":
        raise _no_pdf()
    check_out(out)
    settings = ServingSettings()
    page = students.page(open_desk(settings), student, week=week, model=model, area=area)
    subject = f"pupil:{page.explanation.pupil.pupil_id}"
    check_reveal(settings, unmasked=unmasked, reason=reason, subject=subject)
    page = page if unmasked else page.masked()
    if form == "text":
        with _print.console(out) as terminal:
            _print.print_explanation(terminal, page, today=_clock.today_here(), lang=settings.lang)
    elif form == "json":
        _print.write(_print.page_json(page), out)
    else:
        from datetime import UTC, datetime

        from serving.commands._html import page_html

        _print.write(page_html(page, settings.lang, now=datetime.now(UTC)), out)
    if out is not None:
        head = page.explanation.head
        _print.told(
            f"{head.week} 周学生说明，已写入 {out}。",
            f"The explanation of {head.week} is written to {out}.",
            settings.lang,
        )


def _no_pdf() -> Refusal:
    from features.refusal import Refusal

    return Refusal(
        "本版本尚不直接生成 PDF。请用 --format html --out 文件.html 导出，在浏览器中打印为 PDF。",
        "This version writes no PDF. Use --format html --out FILE.html and print it from a browser.",
    )


def register(app: typer.Typer) -> None:
    """Mount the command."""
    app.command("explain")(explain)
