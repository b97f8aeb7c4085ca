"""``baoxue train``: learn from recorded facts; log, register, and if asked promote."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from features.option import day_option
from training.commands._name import DEFAULT, Name

if TYPE_CHECKING:
    from training.recipe import Recipe


def train_command(
    folders: Annotated[list[Path], typer.Argument(metavar="DIR...", help="一个或多个数据文件夹")],
    until: Annotated[datetime, day_option("--until", help="只用到这一天为止已知的记录")],
    horizon_weeks: Annotated[
        str, typer.Option("--horizon-weeks", metavar="8|N|end", help="预测周数；end 到学年结束")
    ] = "8",
    name: Name = DEFAULT,
    promote: Annotated[bool, typer.Option("--promote", help="通过检验则投入使用")] = False,
    without_shadow: Annotated[
        str, typer.Option("--without-shadow", help="不经试运行而更换模型的理由，随版本保存")
    ] = "",
    seed: Annotated[int, typer.Option("--seed", min=0, help="随机种子")] = 0,
    every_weeks: Annotated[
        int,
        typer.Option("--every-weeks", min=1, help="每几周取一次样本；隔周取样省一半时间"),
    ] = 1,
    workers: Annotated[int, typer.Option("--workers", min=1, help="并行进程数，不影响结果")] = 1,
    recipe: Annotated[Path | None, typer.Option("--recipe", help="训练配方（TOML）")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="以 JSON 输出结果")] = False,
) -> None:
    """只用某日以前已知的记录训练模型。 Train only on what was known by a date."""
    import json

    from features.facts import open_areas
    from features.settings import Settings
    from training.bundle.registry import served
    from training.inventory import inventory, next_step
    from training.publish import publish
    from training.rows import Order
    from training.run import train

    settings = Settings()

    def say(zh: str, en: str) -> None:
        typer.echo(en if settings.lang == "en" else zh, err=as_json)

    order = Order(
        until.date(),
        weeks(horizon_weeks),
        name=name,
        seed=seed,
        every_weeks=every_weeks,
        workers=workers,
        engine="polars" if settings.engine == "duckdb" else settings.engine,
        recipe=_recipe(recipe),
        served=served(settings.home, name),
    )
    check_day(order.until)
    facts = open_areas(folders, settings.home)
    trained = train(facts, order, say)
    reason = without_shadow.strip()
    told = publish(trained, settings.home, promote=promote, say=say, without_shadow=reason)
    zh, en = next_step(inventory(settings.home, name))
    say(f"下一步：{zh}", f"Next: {en}")
    if as_json:
        typer.echo(json.dumps(told, ensure_ascii=False, indent=1))


def _recipe(path: Path | None) -> Recipe:
    """The recipe of that file, or the packaged one."""
    from features.refusal import Refusal
    from features.wording import read_toml
    from training.recipe import HERE, Fault, Recipe
    from training.taken import check_taken

    if path is None:
        return Recipe.read()
    read_toml(path)  # whether it can be read at all is said in general words
    try:
        read = Recipe.read(path)
        check_taken(read)
        return read
    except Fault as error:
        raise Refusal(
            f"训练配方 {path} 有误：{error.zh}。请对照程序自带的 {HERE} 改正；没有写的项用自带的。",
            f"The recipe {path} is wrong: {error.en}. Compare it with the packaged {HERE}; what is left out"
            " is the packaged recipe's.",
        ) from error
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise Refusal(
            f"训练配方 {path} 有一项写错（{error}）。请对照程序自带的 {HERE} 改正。",
            f"An entry of the recipe {path} is wrong ({error}). Compare it with the packaged {HERE}.",
        ) from error


def check_day(until: date) -> None:
    """Nothing can be known by a day that has not come."""
    from features.refusal import Refusal

    if until > date.today():  # noqa: DTZ011 - the command reads the clock
        raise Refusal(
            "--until 不能晚于今天。请给出今天或更早的日期。",
            "--until must not lie in the future. Give today or an earlier day.",
        )


def weeks(said: str) -> int | None:
    """Weeks as a number, None for 'end'; Refusal for anything else."""
    from features.refusal import Refusal

    if said == "end":
        return None
    if said.isdecimal() and 1 <= int(said) <= 60:
        return int(said)
    raise Refusal(
        "--horizon-weeks 应为 1 到 60 的周数，或 end（到学年结束）。",
        "--horizon-weeks wants 1 to 60 weeks, or `end` (to the end of the school year).",
    )


def register(app: typer.Typer) -> None:
    """Mount the command."""
    app.command("train")(train_command)
