"""``baoxue health``: is the week sound? For people in sentences, for a scheduler by its exit code."""

from __future__ import annotations

import sys
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

if TYPE_CHECKING:
    from serving.services.health import Report


class Format(StrEnum):
    """How the report is given."""

    text = "text"
    json = "json"
    html = "html"


def health(
    area: Annotated[str | None, typer.Option("--area", help="地区；只有一个时可不写")] = None,
    week: Annotated[str | None, typer.Option("--week", help="周次，例如 2026-W47")] = None,
    form: Annotated[Format, typer.Option("--format", help="text、json 或 html")] = Format.text,
    out: Annotated[Path | None, typer.Option("--out", help="写入文件")] = None,
) -> None:
    """核对一周的数据、名单与模型；有须人处理的事项时退出码为 1。 Is the week sound?"""
    from features.facts import reopen
    from features.places import check_out
    from serving.commands import open_desk
    from serving.services.health import publication_of, report
    from serving.settings import ServingSettings
    from serving.store.health import FolderReports
    from training.bundle.manifest import SHADOW
    from training.bundle.registry import faults

    check_out(out)
    settings = ServingSettings()
    desk = open_desk(settings)
    publication = publication_of(desk, area=area, week=week)
    facts = reopen(desk.manifest(publication)["extracts"], settings.home)
    now = datetime.now().astimezone()
    # a past week is judged as it stood then; the newest also by how long ago it is
    newest = publication_of(desk, area=publication.area).week == publication.week
    today = now.date() if newest else publication.as_of
    day = max(today, publication.as_of)
    damage = faults(settings.home, publication.model_name.removesuffix(SHADOW))
    said = report(publication, desk, facts, today=day, damage=damage)
    FolderReports(settings.home / "health").save(said.area, said.week, said.words())
    _give(_rendered(said, form, settings.lang, now=now), out)
    if said.acts:
        raise typer.Exit(1)


def _rendered(said: Report, form: Format, lang: Literal["zh", "en"], *, now: datetime) -> bytes:
    if form is Format.json:
        return said.words().encode()
    if form is Format.html:
        return _page(said, lang, now=now)
    return "".join(f"{line}\n" for line in lines(said, lang)).encode()


def lines(said: Report, lang: str) -> list[str]:
    """The report in sentences, what needs a person first."""
    from serving.scoring.health.finding import SEVERITY_EN, SEVERITY_ZH

    english = lang == "en"
    head = (
        f"{said.area} {said.week} (data as of {said.as_of}, model {said.model}): "
        + (f"needs a person: {said.acts}." if said.acts else "nothing needs a person.")
        if english
        else f"{said.area} {said.week}（数据截至{said.as_of}，模型 {said.model}）："
        + (f"{said.acts}项须有人处理。" if said.acts else "没有须人处理的事项。")
    )
    words = SEVERITY_EN if english else SEVERITY_ZH
    rows = [(words[f.severity], f.en if english else f.zh) for f in said.findings]
    return [head, *(f"[{word}] {text}" if english else f"【{word}】{text}" for word, text in rows)]


def _page(said: Report, lang: Literal["zh", "en"], *, now: datetime) -> bytes:
    import getpass

    from serving.commands._html import standalone
    from serving.pages import build
    from serving.pages.contexts import Frame
    from serving.permissions import Actor, Role, Scope

    actor = Actor(getpass.getuser(), Scope(Role.COUNTY))
    frame = Frame(lang=lang, path="/", now=now, actor=actor)
    return standalone(build.health([said], today=now.date()), frame)


def _give(content: bytes, out: Path | None) -> None:
    from features.places import whole

    if out is None:
        sys.stdout.write(content.decode())
    else:
        with whole(out):
            out.write_bytes(content)
        typer.echo(str(out), err=True)


def register(app: typer.Typer) -> None:
    """Mount the command."""
    app.command("health")(health)
