"""``baoxue alerts``: the duty alerts of a day, whatever any model says; run it every school day."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from features.option import day_option

if TYPE_CHECKING:
    from features.facts import Facts

#: So many schools are named where another is asked for.
_NAMED = 5


def alerts(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="数据文件夹")],
    as_of: Annotated[datetime, day_option("--as-of", help="哪一天")],
    school: Annotated[str | None, typer.Option("--school", help="只看一所学校")] = None,
    form: Annotated[
        Literal["table", "csv", "json"], typer.Option("--format", help="table、csv 或 json")
    ] = "table",
    out: Annotated[Path | None, typer.Option("--out", help="输出文件")] = None,
    unmasked: Annotated[
        bool, typer.Option("--unmasked", help="显示完整姓名和学籍号，须写明用途")
    ] = False,
    reason: Annotated[
        str | None, typer.Option("--reason", help="显示完整信息的用途，记入审计")
    ] = None,
) -> None:
    """某日的必查提醒（不经模型）。 The duty alerts of a day."""
    from features.commands import _clock
    from features.facts import check_fresh, open_facts
    from features.places import check_out
    from features.situation import check_enrolled
    from serving.commands import _print
    from serving.commands._audit import check_reveal
    from serving.scoring.rules import load_duties
    from serving.services.alert_files import alerts_csv, alerts_json
    from serving.services.duties import alerts_of
    from serving.settings import ServingSettings
    from serving.store.keys import pupil_key

    check_out(out)
    _clock.check_day(as_of.date(), _clock.today_here())
    settings = ServingSettings()
    facts = open_facts([folder], settings.home)
    stale = check_fresh(facts.batch, as_of.date())
    if stale is not None:
        typer.echo(stale.en if settings.lang == "en" else stale.zh, err=True)
    if school is not None:
        _check_school(school, facts)
    key = pupil_key(settings.home, synthetic=facts.batch.synthetic, given=settings.pupil_key)
    found = alerts_of(facts, as_of.date(), load_duties(settings.alerts), pupil_key=key)
    if not found:
        check_enrolled(facts, as_of.date())  # a year mistyped is no day without alerts
    found = [a for a in found if school in (None, a.school_id)]
    subject = f"alerts:{facts.batch.area}:{as_of:%Y-%m-%d}"
    check_reveal(settings, unmasked=unmasked, reason=reason, subject=subject)
    found = found if unmasked else [a.masked() for a in found]
    if form == "table":
        with _print.console(out) as terminal:
            if found:
                _print.print_alerts(terminal, found, today=_clock.today_here(), lang=settings.lang)
            else:
                terminal.print(_print.no_alerts(facts.batch, as_of.date(), settings.lang))
    else:
        _print.write((alerts_csv if form == "csv" else alerts_json)(found, settings.lang), out)
    if out is not None:
        _print.told(
            f"{as_of:%Y-%m-%d} 必查提醒 {len(found)} 条，已写入 {out}。",
            f"{len(found)} duty alerts of {as_of:%Y-%m-%d} written to {out}.",
            settings.lang,
        )


def _check_school(school: str, facts: Facts) -> None:
    """Refuse a school that the data do not hold: of it nothing is known, not even that there is no alert."""
    import polars as pl

    from features.refusal import Refusal

    tables = [facts.scan(name).select("school_id") for name in ("schools", "enrolments")]
    known = pl.concat(tables).unique().sort("school_id").collect()["school_id"].drop_nulls()
    if school in known:
        return
    some = known.head(_NAMED).to_list()
    more_zh, more_en = (
        (f"等{len(known)}所", f" ({len(known)} in all)") if len(known) > _NAMED else ("", "")
    )
    raise Refusal(
        f"数据中没有学校 {school}。现有学校：{'、'.join(some) or '无'}{more_zh}。请核对学校标识码："
        "见数据文件夹 schools（学校）表的 school_id 列。",
        f"The data hold no school {school}. There are: {', '.join(some) or 'none'}{more_en}. Look the id up "
        "in the column school_id of the table `schools` of the extract.",
    )


def register(app: typer.Typer) -> None:
    """Mount the command."""
    app.command("alerts")(alerts)
