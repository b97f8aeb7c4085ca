"""``baoxue evaluate``: the stored report of a version, a version on other data, or a course walked forward."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from features.option import day_option
from training.commands._name import DEFAULT, Name

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
Card = Annotated[
    bool, typer.Option("--card", help="显示模型说明（用途、数据、数字、局限、停用规则）")
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
    name: Name = DEFAULT,
    seed: Annotated[int, typer.Option("--seed", min=0, help="随机种子")] = 0,
    workers: Annotated[int, typer.Option("--workers", min=1, help="并行进程数，不影响结果")] = 1,
    ablation: Ablation = False,
    annex: Annex = False,
    card: Card = False,
    out: Annotated[Path | None, typer.Option("--out", help="另存报告（.md 或 .json）")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="以 JSON 输出")] = False,
) -> None:
    """检验模型：与五种对照在同样长度上比较。 Judge a model beside five baselines at equal length."""
    from features.facts import open_areas
    from features.settings import Settings
    from training.bundle.registry import served
    from training.commands.train import weeks
    from training.rows import Order

    settings = Settings()
    kept = "annex" if annex else "card" if card else None
    _check(folders, out, kept=kept, both=annex and card, ablation=ablation)
    if not folders:
        report = stored(settings.home, name, version)
    else:
        facts = open_areas(folders, settings.home)
        last = _last_day(facts, until)
        _check_days(as_of or (), last)
        order = Order(
            last,
            weeks(horizon_weeks),
            name=name,
            seed=seed,
            every_weeks=every_weeks,
            workers=workers,
            engine="polars" if settings.engine == "duckdb" else settings.engine,
            days=tuple(day.date() for day in as_of or ()),
            served=served(settings.home, name),
        )
        report = _made(settings, facts, order, version=version, ablation=ablation)
    _tell(report, kept, out=out, as_json=as_json, lang=settings.lang)


def _tell(report: Report, kept: str | None, *, out: Path | None, as_json: bool, lang: str) -> None:
    """The report to a file, to the terminal, or both where JSON was asked for."""
    import json

    from features.places import whole

    text = json.dumps(report, ensure_ascii=False, indent=1)
    said = _page(report, kept)
    if out is not None:
        with whole(out):
            out.write_text(text if out.suffix == ".json" else said, encoding="utf-8")
        typer.echo(f"Written to {out}." if lang == "en" else f"已写入 {out}。", err=True)
    if as_json or out is None:
        typer.echo(text if as_json else said)


def _check(
    folders: Sequence[Path] | None,
    out: Path | None,
    *,
    kept: str | None,
    both: bool,
    ablation: bool,
) -> None:
    """Refuse what cannot be written, or does not go together."""
    from features.places import check_out
    from features.refusal import Refusal

    if out is not None and out.suffix not in (".md", ".json"):
        raise Refusal("--out 只写 .md 或 .json。", "--out writes .md or .json.")
    check_out(out)
    if both:
        raise Refusal("--annex 与 --card 只用一个。", "Give --annex or --card, not both.")
    if kept and folders:
        raise Refusal(
            f"--{kept} 属于已登记的版本，不需要数据文件夹：baoxue evaluate --version 版本号 --{kept}。",
            f"--{kept} belongs to a registered version and takes no folder: baoxue evaluate --version V"
            f" --{kept}.",
        )
    if ablation and not folders:
        raise Refusal(
            "--ablation 要重新训练，须给出数据文件夹：baoxue evaluate 数据文件夹 --ablation。",
            "--ablation trains again and needs a folder: baoxue evaluate DIR --ablation.",
        )


def _page(report: Report, kept: str | None) -> str:
    """The report as a page, or what is kept beside it (annex, card); of a rule never judged its card."""
    from training.evaluate.page import page

    if kept is not None:
        which = f"{report['name']} 第 {report['version']} 版 · version {report['version']}"
        return f"{which}\n\n{report[kept]}" if report["version"] is not None else str(report[kept])
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


def _check_days(as_of: Sequence[datetime], last: date) -> None:
    """What came after a day can only be judged when it is over."""
    from features.refusal import Refusal

    late = sorted(day.date() for day in as_of if day.date() > last)
    if late:
        raise Refusal(
            f"--as-of {late[0]} 晚于所用记录的最后一天 {last}，无从检验。请给出更早的日期。",
            f"--as-of {late[0]} lies after {last}, the last day of what is used: nothing to judge. Give an"
            " earlier day.",
        )


def _made(
    settings: Settings, facts: Sequence[Facts], order: Order, *, version: int | None, ablation: bool
) -> Report:
    """A course walked forward, or a version judged on these facts."""
    from features.refusal import Refusal
    from training.backtest import judge, walk

    def say(zh: str, en: str) -> None:
        typer.echo(en if settings.lang == "en" else zh, err=True)

    if version is None:
        return walk(facts, order, say, ablation=ablation)
    if ablation:
        raise Refusal(
            "--ablation 与 --version 不能同用：得失要重新训练才看得出。请去掉 --version。",
            "--ablation does not go with --version: what is lost shows by training again. Leave --version out.",
        )
    systems, order = registered(settings.home, order.name, version=version, order=order)
    return judge(facts, systems, order, say) | {"version": version}


def stored(home: Path, name: str, version: int | None) -> Report:
    """What is kept with a registered version, or with the champion: its report and what it is.

    A rule that was never judged beside a model has no figures: only what it is, and its card.
    """
    import json

    from training.annex import annex
    from training.bundle import registry
    from training.bundle.format import ANNEX, CARD, REPORT

    bundle = (
        registry.champion(home, name)
        if version is None
        else registry.registered(home, name, version)
    )
    manifest = bundle.manifest
    if version is None and (now := registry.current(home, name)) is not None:
        version = now.version
    report: Report = json.loads(bundle.files.get(REPORT, "{}"))
    return report | {
        "name": name,
        "version": version,
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
    from training.bundle import registry

    bundle = registry.registered(home, name, version)
    kept = {one: f"{name}.{one}" for one in baselines.load()}
    if bundle.kind == "rule":
        raise Refusal(
            f"{name} 第 {version} 版是出勤规则，不是模型。请换一个版本号。",
            f"Version {version} of {name} is the attendance rule, not a model. Name another version.",
        )
    beside = {
        one: registry.registered(home, under, version)
        for one, under in kept.items()
        if version in registry.versions(home, under)
    }
    return Systems(bundle, beside), replace(order, horizon_weeks=bundle.horizon_weeks)


def register(app: typer.Typer) -> None:
    """Mount the command."""
    app.command("evaluate")(evaluate_command)
