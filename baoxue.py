"""The console script: mounts the commands of the three packages, and the demo that calls them."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

# LightGBM's threads wait for each other spinning unless told otherwise: on a busy machine that costs
# many times the work itself; it must be said before the library is loaded
os.environ.setdefault("OMP_WAIT_POLICY", "passive")


def course(county: Path, students: int, seed: int) -> list[list[str]]:
    """The commands of the demo up to the week's list: what a person would type."""
    from features.synthetic.county import LAST_DAY

    day = LAST_DAY.isoformat()
    return [
        ["sample", str(county), "--students", str(students), "--seed", str(seed)],
        ["check", str(county)],
        ["train", str(county), "--until", day, "--promote", "--workers", "2"],
        ["weekly", str(county), "--as-of", day, "--workers", "2"],
    ]


def run(*arguments: str) -> None:
    """Say a command and do it."""
    typer.secho(f"\n$ baoxue {' '.join(arguments)}", bold=True)
    sys.stdout.flush()
    code = mounted()(list(arguments), standalone_mode=False)
    if code:  # stopped, or with faults: what follows would stand on nothing
        raise typer.Exit(code)


def run_through(folder: Path, students: int, seed: int) -> None:
    """The whole course but for the pages."""
    for arguments in course(folder / "county", students, seed):
        run(*arguments)
    # what it finds for a person to do it says by its exit code; the demo goes on
    with suppress(typer.Exit):
        run("health")
    run("list", "--school", fullest_list())


def fullest_list() -> str:
    """The school whose list of the newest week holds most pupils: there is something to read."""
    from serving.commands import open_desk
    from serving.services.rosters import schools
    from serving.settings import ServingSettings

    desk = open_desk(ServingSettings())
    newest = desk.lists.latest()
    listed = schools(desk, area=newest.area if newest else None)
    return max(listed, key=lambda school: (school.listed, school.school_id)).school_id


def demo(
    students: Annotated[int, typer.Option(min=300, help="学生人数")] = 6000,
    seed: Annotated[int, typer.Option(min=0, help="随机种子")] = 7,
    port: Annotated[int, typer.Option(min=1, max=65535, help="页面端口")] = 8000,
    no_serve: Annotated[bool, typer.Option("--no-serve", help="不启动页面")] = False,
    folder: Annotated[Path, typer.Option("--dir", help="演示数据放在哪里")] = Path("var/demo"),
) -> None:
    """整个流程走一遍（虚构县）：造数据、检查、训练、出名单、看页面。 The whole course."""
    from features.workers import alone

    os.environ["BAOXUE_HOME"] = str(folder)
    # training leaves more than a gigabyte behind; the pages, which stay, need a tenth of it
    with alone(partial(run_through, folder, students, seed)) as done:
        done()
    typer.echo(f"\n在别的终端继续使用这份演示数据：\n  export BAOXUE_HOME={folder}")
    if not no_serve:
        run("serve", "--demo", "--port", str(port))


def mounted() -> typer.Typer:
    """The whole command line."""
    import features.commands
    import serving.commands
    import training.commands
    from features.mount import mount

    app = typer.Typer(
        name="baoxue",
        help="保学 Baoxue：控辍保学预警与一生一案。",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,  # drawing boxes round the help costs three times the rest
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.command("demo")(demo)
    for package in (features.commands, training.commands, serving.commands):
        mount(package, app)
    return app


def main() -> None:
    """Run the command line; what a person can mend is one sentence, never a traceback."""
    from features.front import answer

    answer(mounted)


if __name__ == "__main__":
    main()
