"""The console script: mounts the commands of the three packages; nothing else."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line; a refusal is printed as one sentence and exits 1."""
    import typer

    from features.commands import register as features_commands
    from features.refusal import Refusal
    from serving.commands import register as serving_commands
    from training.commands import register as training_commands

    app = typer.Typer(
        name="baoxue",
        help="保学 Baoxue：控辍保学预警与一生一案。",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,  # drawing boxes round the help costs three times the rest
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    features_commands(app)
    training_commands(app)
    serving_commands(app)
    try:
        app()
    except Refusal as refusal:
        from features.settings import Settings

        print(refusal.say(Settings().lang), file=sys.stderr)  # noqa: T201 - the front door speaks
        sys.exit(1)


if __name__ == "__main__":
    main()
