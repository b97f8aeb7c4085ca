"""The front door of the command line: what a person can mend is one sentence, never a traceback."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

from features.places import unusable
from features.refusal import Refusal
from features.usage import is_usage, usage

REFUSED, MISUSED, STOPPED = 1, 2, 130


def answer(app: Callable[[], Callable[..., object]]) -> None:
    """Run the command line that ``app`` makes, and end the process with its exit code.

    A refusal exits 1, a command that is not written as it must be 2, Ctrl-C 130. Under ``python -X dev``
    errors of the disk keep their traceback.
    """
    try:
        code = app()(standalone_mode=False)
    except KeyboardInterrupt:
        code = STOPPED
    except Exception as error:
        code = STOPPED if _interrupted(error) else _explained(error)
        if code is None:
            raise
    if code == STOPPED:
        _say(
            Refusal(
                "已按 Ctrl-C 中止。需要时请重新运行这条命令。",
                "Stopped by Ctrl-C. Run it again if needed.",
            )
        )
    sys.exit(code if isinstance(code, int) else 0)


def _interrupted(error: BaseException | None) -> bool:
    """Ctrl-C in the middle of an import comes back wrapped in whatever was being defined."""
    while error is not None:
        if isinstance(error, KeyboardInterrupt):
            return True
        error = error.__cause__ or error.__context__
    return False


def _explained(error: Exception) -> int | None:
    """Say what a person can mend and give the exit code; None where it is nobody's but ours."""
    if isinstance(error, Refusal):
        _say(error)
        return REFUSED
    if type(error).__name__ == "Abort":
        if not isinstance(error.__cause__ or error.__context__, EOFError):
            return STOPPED
        _say(
            Refusal(
                "输入已结束，没有读到需要填写的内容。请在终端中重新运行这条命令并按提示填写。",
                "The input ended before what was asked for. Run the command again in a terminal and answer it.",
            )
        )
        return REFUSED
    if type(error).__name__ == "NoArgsIsHelpError":
        error.show()  # type: ignore[attr-defined]
        return MISUSED
    if is_usage(error):
        _say(usage(error), both=True)
        return MISUSED
    refusal = None if sys.flags.dev_mode else unusable(error, _settings()[0])
    if refusal is None:
        return None
    # what was being written is closed once more as the process ends, and would fail and be told once more
    sys.unraisablehook = lambda _: None
    _say(refusal)
    return REFUSED


def _settings() -> tuple[Path, str]:
    """Home and language, also where settings are what is wrong."""
    # pydantic takes longer to load than all of ``--help``, and only an error asks here
    from features.settings import Settings

    try:
        settings = Settings()
    except Refusal:
        return Path(os.environ.get("BAOXUE_HOME", "var")), os.environ.get("BAOXUE_LANG", "zh")
    return settings.home, settings.lang


def _say(refusal: Refusal, *, both: bool = False) -> None:
    """On standard error. ``both``: a slip in a command is said in Chinese and in English, unless English was
    asked for."""
    lang = _settings()[1]
    print(refusal.say(lang), file=sys.stderr)  # noqa: T201 - the front door speaks
    if both and lang != "en":
        print(refusal.en, file=sys.stderr)  # noqa: T201
