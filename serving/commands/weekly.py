"""``baoxue weekly``: indicators, scores, exact contributions for everyone, lists, published at once."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from features.option import day_option

if TYPE_CHECKING:
    from serving.services.desk import Desk
    from serving.services.making import Crew
    from serving.services.order import Order
    from serving.services.weekly import Done
    from serving.settings import ServingSettings

_STAGES_ZH = {
    "read": "读取与核验",
    "shares": "分批",
    "indicators": "指标",
    "alerts": "必查提醒",
    "scores and lists": "估计与名单",
    "written": "写入",
}


def weekly(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="数据文件夹")],
    as_of: Annotated[datetime, day_option("--as-of", help="截至哪一天")],
    model: Annotated[
        str | None, typer.Option("--model", help="NAME@champion 或 NAME/VERSION")
    ] = None,
    shadow: Annotated[
        str | None,
        typer.Option("--shadow", metavar="V", help="试运行这一版本：名单只供比较，不下发"),
    ] = None,
    workers: Annotated[
        int, typer.Option("--workers", min=1, help="同时算几批、用几个核；结果与此无关")
    ] = 1,
    revise: Annotated[
        str | None, typer.Option("--revise", help="更正已发布的名单，须写明理由")
    ] = None,
    engine: Annotated[str | None, typer.Option("--engine", help="duckdb、polars 或 spark")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="以 JSON 输出")] = False,
) -> None:
    """生成并发布一周的名单。 Make and publish one week's lists."""
    from dataclasses import replace

    from features.commands import _clock
    from features.facts import check_can_import
    from features.refusal import Refusal
    from serving.scoring.model import in_shadow
    from serving.services.weekly import publish_week
    from serving.settings import ServingSettings
    from serving.store.holders import this_process

    if revise is not None and not revise.strip():
        raise Refusal("--revise 须写明更正理由。", "--revise wants a reason.")
    _clock.check_day(as_of.date(), today := _clock.today_here())
    settings = ServingSettings()
    if shadow is not None and model is not None:
        raise Refusal("--shadow 与 --model 只用一个。", "Give --shadow or --model, not both.")
    settings, crew = _crew(settings, engine or settings.engine, workers)
    since = time.perf_counter()
    order = order_of(
        folder, as_of, settings, model=model, engine=engine, crew=crew, workers=workers
    )
    check_can_import(order.facts.extracts[-1], settings.home, today)
    if shadow is not None:
        order = replace(order, model=in_shadow(settings.home, shadow, order.catalogue))
    order = replace(order, revise=(revise or "").strip(), holder=this_process())
    english = settings.lang == "en"

    def say(stage: str, seconds: float) -> None:
        if not as_json:
            typer.echo(_stage(stage, seconds, _held(crew), english=english))

    say("read", time.perf_counter() - since)
    done = publish_week(
        order, _registering(settings), clock=lambda: datetime.now(UTC), say=say, crew=crew
    )
    if as_json:
        typer.echo(_as_json(done))
    else:
        _tell_tasks(crew, english=english)
        _tell(done, order, english=english)


def _registering(settings: ServingSettings) -> Desk:
    """The desk at which an extract is registered with its list: what a published list stands on must stay,
    for replays, for additions laid upon it, and to see rows that vanish later."""
    from dataclasses import replace

    from features.facts import Facts, register_stored
    from serving.commands import open_desk

    def register(facts: Facts) -> None:
        register_stored(facts.extracts[-1], settings.home)

    return replace(open_desk(settings), register=register)


def _crew(
    settings: ServingSettings, engine: str, workers: int
) -> tuple[ServingSettings, Crew | None]:
    """Who draws, where it is not this process alone; the home as whoever draws sees it."""
    if engine == "polars" and workers > 1:
        from serving.services.on_processes import OnProcesses

        return settings, OnProcesses(settings.home)
    if engine != "spark":
        return settings, None
    from serving.services.on_spark import OnSpark

    # where executors look, too: the path must not depend on the folder a program was started in
    settings = settings.model_copy(update={"home": settings.home.resolve()})
    return settings, OnSpark(settings.home, settings.spark)


def _held(crew: Crew | None) -> int:
    """The most bytes that this process, or it and those that draw on this machine together, held so far."""
    from serving.services.memory import highest
    from serving.services.on_processes import OnProcesses

    return max(highest(), crew.held if isinstance(crew, OnProcesses) else 0)


def _stage(stage: str, seconds: float, held: int, *, english: bool) -> str:
    """A line on a stage: how long it took, and the most memory that the run has held so far."""
    if stage[0].isdigit():  # how far a city has come: 3/9
        name = f"part {stage}" if english else f"第 {stage} 批"
    else:
        name = stage if english else _STAGES_ZH.get(stage, stage)
    memory = "memory up to" if english else "内存最高"
    return f"  {name}  {seconds:.1f} s  {memory} {held / 1e9:.1f} GB"


def _tell_tasks(crew: Crew | None, *, english: bool) -> None:
    """A line on the tasks of a cluster; stages above are their sums, memory above is this machine's own."""
    from serving.services.on_spark import OnSpark

    if not isinstance(crew, OnSpark) or not crew.told:
        return
    count, hosts, held = len(crew.told), crew.hosts, crew.held
    typer.echo(
        f"  {count} tasks on {hosts} machine(s), each up to {held:.1f} GB"
        if english
        else f"  {count} 个任务，{hosts} 台机器，每个任务内存最高 {held:.1f} GB"
    )


def order_of(
    folder: Path,
    as_of: datetime,
    settings: ServingSettings,
    *,
    model: str | None = None,
    engine: str | None = None,
    crew: Crew | None = None,
    workers: int = 1,
) -> Order:
    """The order of a run: facts opened, model found, settings read.

    ``crew``: who will draw; processes of this machine may open what is much, and leave the trees to
    ``workers`` of theirs.
    """
    from features.catalogue import load
    from features.facts import open_facts
    from serving.scoring.model import find
    from serving.scoring.rules import load_duties
    from serving.services.on_processes import OnProcesses
    from serving.services.order import Order
    from serving.store.keys import pupil_key

    elsewhere = False
    if isinstance(crew, OnProcesses):
        facts = crew.read(folder, workers=workers, meanwhile=_imported)
        elsewhere = crew.expect(facts, workers=workers)
    else:
        facts = open_facts([folder], settings.home)
    catalogue = load(facts.batch.attributes)
    batch = facts.batch
    return Order(
        facts=facts,
        as_of=as_of.date(),
        model=find(settings.home, model, catalogue, later=elsewhere),
        catalogue=catalogue,
        duties=load_duties(settings.alerts),
        capacity=settings.capacity.of,
        settings={"capacity": settings.capacity.model_dump()},
        pupil_key=pupil_key(settings.home, synthetic=batch.synthetic, given=settings.pupil_key),
        engine=engine or settings.engine,
        workers=workers,
    )


def _imported() -> None:
    """What this process will need once the facts are open."""
    import serving.services.weekly
    import serving.store.database  # noqa: F401


def _as_json(done: Done) -> str:
    p = done.publication
    said = {
        "list_id": p.list_id,
        "area": p.area,
        "week": p.week,
        "as_of": p.as_of.isoformat(),
        "model_version": p.label,
        "model_kind": p.model_kind,
        "retrospective": p.retrospective,
        "fresh": done.fresh,
        "counts": dict(p.counts),
        "notes": [note.code for note in p.notes],
    }
    return json.dumps(said, ensure_ascii=False)


def _tell(done: Done, order: Order, *, english: bool) -> None:
    from training.bundle.manifest import SHADOW

    p, counts = done.publication, done.publication.counts
    for note in p.notes:
        typer.echo(note.en if english else note.zh)
    if p.model_name.endswith(SHADOW):
        _tell_shadow(done, english=english)
        return
    if not done.fresh:
        typer.echo(
            f"{p.week} is published already from the same data ({p.list_id}); nothing to do."
            if english
            else f"{p.week} 周的名单已按同样的数据发布（{p.list_id}），无需重跑。"
        )
    elif english:
        typer.echo(
            f"Published {p.week} ({p.list_id}, model {p.label}): {counts['listed']} of "
            f"{counts['cohort']} pupils listed in {counts['schools']} schools, {counts['alerts']} "
            "duty alerts."
        )
    else:
        typer.echo(
            f"已发布 {p.week} 周名单（{p.list_id}，模型 {p.label}）：{counts['schools']} 所学校，"
            f"估计 {counts['cohort']} 人，列入 {counts['listed']} 人，必查提醒 {counts['alerts']} 条。"
        )
    school = next((s.school_id for s in p.schools if s.listed), None)
    if school:
        typer.echo(("Next: " if english else "下一步：") + f"baoxue list --school {school}")


def _tell_shadow(done: Done, *, english: bool) -> None:
    """A list that no school sees: that it is kept, and how an analyst looks at it."""
    p, listed = done.publication, done.publication.counts["listed"]
    look = f"baoxue list --model {p.label}"
    school = next((s.school_id for s in p.schools if s.listed), None)
    look += f" --school {school}" if school else ""
    again = ("（原已生成，无需重跑）", " (it was there already)")[english] if not done.fresh else ""
    typer.echo(
        f"Shadow list of {p.week} kept{again} ({p.list_id}, {p.label}): {listed} listed; no school sees it.\n"
        f"Next: to look at it, {look}; how it compares: baoxue models."
        if english
        else f"{p.week} 周的试运行名单已留存{again}（{p.list_id}，{p.label}）：列入 {listed} 人，不下发学校。\n"
        f"下一步：查看 {look}；与在用版本的比较见 baoxue models。"
    )


def register(app: typer.Typer) -> None:
    """Mount the command."""
    app.command("weekly")(weekly)
