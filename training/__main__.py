"""``python -m training``: the commands of this package alone."""

from __future__ import annotations

import typer

from features.front import answer
from features.mount import mount
from training import commands

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
mount(commands, app)

if __name__ == "__main__":
    answer(lambda: app)
