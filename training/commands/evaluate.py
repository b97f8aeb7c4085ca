"""``baoxue evaluate``: the stored report of a version, a version on other data, or a course walked forward."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from features.option import day_option

if TYPE_CHECKING:
    from features.facts import Facts
    from features.settings import Settings
    from training.backtest import Systems
    from training.evaluate import Report
    from training.rows import Order


Until = Annotated[
    datetime | None,
    day_option("--until", help="只用到这一天为止已知的记录；默认数据收到日"),
]
Ablation = Annotated[
    bool, typer.Option("--ablation", help="另检验去掉残疾、困难、留守类指标后的得失（多训练五遍）")
]
Annex = Annotated[
    bool, typer.Option("--annex", help="显示个人信息保护影响评估附件（草稿，须由人填写）")
]


def evaluate_command(
    folders: Annotated[
        list[Path] | None,
        typer.Argument(metavar="[DIR...]", help="数据文件夹；不给则显示随版本保存的报告"),
    ] = None,
    version: Annotated[
        int | None,
        typer.Option("--version", metavar="V", help="用这一版本检验所给数据，不重新训练"),
    ] = None,
    until: Until = None,
    as_of: Annotated[
        list[datetime] | None,
        day_option("--as-of", help="只检验这些截止日（可重复）；默认每周"),
    ] = None,
    horizon_weeks: Annotated[
        str,
        typer.Option("--horizon-weeks", metavar="8|N|end", help="预测周数（检验版本时以版本为准）"),
    ] = "8",
    every_weeks: Annotated[int, typer.Option("--every-weeks", min=1, help="每几周取一次样本")] = 1,
    name: Annotated[str, typer.Option("--name", help="模型名称")] = "dropout-risk",
    seed: Annotated[int, typer.Option("--seed", min=0, help="随机种子")] = 0,
    workers: Annotated[int, typer.Option("--workers", min=1, help="并行进程数，不影响结果")] = 1,
    ablation: Ablation = False,
    annex: Annex = False,
    out: Annotated[Path | None, typer.Option("--out", help="另存报告（.md 或 .json）")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="以 JSON 输出")] = False,
) -> None:
    """检验模型：与五种对照在同样长度上比较。 Judge a model beside five baselines at equal length."""
    import json

    from features.facts import open_areas
    from features.places import whole
    from features.settings import Settings
    from training.commands.train import weeks
    from training.rows import Order

    settings = Settings()
    _check(folders, out, annex=annex)
    if not folders:
        report = stored(settings.home, name, version)
    else:
        facts = open_areas(folders, settings.home)
        order = Order(
            _last_day(facts, until),
            weeks(horizon_weeks),
            name=name,
            seed=seed,
            every_weeks=every_weeks,
            workers=workers,
            engine="polars" if settings.engine == "duckdb" else settings.engine,
            days=tuple(day.date() for day in as_of or ()),
        )
        report = _made(settings, facts, order, version=version, ablation=ablation)
    text = json.dumps(report, ensure_ascii=False, indent=1)
    said = _page(report, annex=annex)
    if out is not None:
        with whole(out):
            out.write_text(text if out.suffix == ".json" else said, encoding="utf-8")
        typer.echo(f"已写入 {out}。Written to {out}.", err=True)
    typer.echo(text if as_json else said)


def _check(folders: Sequence[Path] | None, out: Path | None, *, annex: bool) -> None:
    """Refuse what cannot be written, or does not go together."""
    from features.places import check_out
    from features.refusal import Refusal

    if out is not None and out.suffix not in (".md", ".json"):
        raise Refusal("--out 只写 .md 或 .json。", "--out writes .md or .json.")
    check_out(out)
    if annex and folders:
        raise Refusal(
            "--annex 属于已登记的版本，不需要数据文件夹：baoxue evaluate --version 版本号 --annex。",
            "--annex belongs to a registered version and takes no folder: baoxue evaluate --version V --annex.",
        )


def _page(report: Report, *, annex: bool) -> str:
    """The report as a page; with ``annex`` that of the impact assessment; of a rule its card."""
    from training.evaluate.page import page

    if annex:
        return str(report["annex"])
    return page(report) if "systems" in report else str(report["card"])


def _last_day(facts: Sequence[Facts], until: datetime | None) -> date:
    """``--until``, else the last day on which any of the data was received; never a day to come."""
    from features.refusal import Refusal
    from training.commands.train import check_day

    received = [f.batch.received_on for f in facts if f.batch.received_on]
    if until is None and not received:
        raise Refusal(
            "请用 --until 给出只用到哪一天为止的记录。",
            "Give --until: the last day of what is known.",
        )
    day = until.date() if until else max(received)
    check_day(day)
    return day


def _made(
    settings: Settings, facts: Sequence[Facts], order: Order, *, version: int | None, ablation: bool
) -> Report:
    """A course walked forward, or a version judged on these facts."""
    from training.backtest import judge, walk

    def say(zh: str, en: str) -> None:
        typer.echo(en if settings.lang == "en" else zh, err=True)

    if version is None:
        return walk(facts, order, say, ablation=ablation)
    systems, order = registered(settings.home, order.name, version=version, order=order)
    return judge(facts, systems, order, say)


def stored(home: Path, name: str, version: int | None) -> Report:
    """What is kept with a registered version, or with the champion: its report and what it is.

    A rule that was never judged beside a model has no figures: only what it is, and its card.
    """
    import json

    from training.annex import annex
    from training.bundle import Bundle
    from training.bundle.format import ANNEX, CARD, REPORT
    from training.promote import bundle_folder, champion_folder

    folder = champion_folder(home, name) if version is None else bundle_folder(home, name, version)
    bundle = Bundle.load(folder)
    manifest = bundle.manifest
    report: Report = json.loads(bundle.files.get(REPORT, "{}"))
    return report | {
        "name": name,
        "kind": manifest.kind,
        "digest": bundle.digest,
        "horizon_weeks": manifest.horizon_weeks,
        "trained_until": manifest.trained_until,
        "synthetic": manifest.synthetic,
        "counts": dict(manifest.counts),
        "card": bundle.files[CARD],
        "annex": bundle.files.get(ANNEX) or annex(manifest, report),
    }


def registered(home: Path, name: str, *, version: int, order: Order) -> tuple[Systems, Order]:
    """A version with the baselines kept beside it, and the order over its own horizon."""
    from dataclasses import replace

    from features.refusal import Refusal
    from training import baselines
    from training.backtest import Systems
    from training.bundle import Bundle
    from training.promote import bundle_folder

    folder = bundle_folder(home, name, version)
    if not folder.is_dir():
        raise Refusal(
            f"没有 {name} 的第 {version} 版。请先训练（baoxue train），或换一个版本号。",
            f"There is no version {version} of {name}. Train one (`baoxue train`) or name another.",
        )
    bundle = Bundle.load(folder)
    kept = {one: bundle_folder(home, f"{name}.{one}", version) for one in baselines.load()}
    if bundle.kind == "rule":
        raise Refusal(
            f"{name} 第 {version} 版是出勤规则，不是模型。请换一个版本号。",
            f"Version {version} of {name} is the attendance rule, not a model. Name another version.",
        )
    beside = {one: Bundle.load(path) for one, path in kept.items() if path.is_dir()}
    return Systems(bundle, beside), replace(order, horizon_weeks=bundle.horizon_weeks)


def register(app: typer.Typer) -> None:
    """Mount the command."""
    app.command("evaluate")(evaluate_command)
