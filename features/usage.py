"""A command that was not written as it must be: what to write, in Chinese and English.

The library that reads the command line says it in English, for programmers, and says it by classes
that moved between its versions: they are told by their names.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from features.refusal import Refusal
from features.wording import Said, nearest, wrong


def is_usage(error: BaseException) -> bool:
    """Whether the command was not written as it must be."""
    return any(kind.__name__ in ("UsageError", "ClickException") for kind in type(error).__mro__)


def usage(error: Any) -> Refusal:
    """What to write instead."""
    say = _BY_KIND.get(type(error).__name__, _other)
    zh, en = say(error)
    context = getattr(error, "ctx", None)
    command = _command(context)
    return Refusal(f"{zh}用法见 {command} --help。", f"{en} See {command} --help.")


def _command(context: Any) -> str:
    """``baoxue weekly``, as a person would type it, however the program was started."""
    words = []
    while context is not None and context.parent is not None:
        words.append(context.info_name)
        context = context.parent
    return " ".join(["baoxue", *reversed(words)])


def _name(parameter: Any) -> str:
    """``--as-of``, or what an argument is called in the help."""
    long = [name for name in parameter.opts if name.startswith("--")]
    if parameter.param_type_name == "option":
        return str((long or parameter.opts)[0])
    name = parameter.metavar or parameter.name
    return str(name).strip("[]").rstrip(".").upper()


def _about(parameter: Any) -> Said:
    """What it is, from its own help, which may be in both languages."""
    zh, _, en = (getattr(parameter, "help", None) or "").partition(" / ")
    return (f"（{zh}）" if zh else ""), (f" ({en})" if en else "")


def _missing(error: Any) -> Said:
    parameter = error.param
    if parameter is None:
        return "少写了一项。", "Something is missing."
    name, (zh, en) = _name(parameter), _about(parameter)
    example = f" {_example(parameter)}" if parameter.param_type_name == "option" else ""
    return (
        f"缺少 {name}{zh}，请写上 {name}{example}。",
        f"{name}{en} is missing: add {name}{example}.",
    )


def _example(parameter: Any) -> str:
    """What to write after the option: a day as one, else what its help calls it."""
    called = str(parameter.metavar or parameter.name).upper()
    return "2026-11-20" if called == "YYYY-MM-DD" else called


def _bad(error: Any) -> Said:
    parameter, cause = error.param, error.__cause__
    name = "参数" if parameter is None else _name(parameter)
    name_en = "A value" if parameter is None else name
    asked = getattr(cause, "errors", None)
    if callable(asked):
        first: Mapping[str, Any] = asked()[0]
        given, (zh, en) = str(first.get("input", "")), wrong(_choice(first))
        return f"{name} 的值“{given}”{zh}。", f'{name_en} "{given}" {en}.'
    return f"{name} 的值不合适，请核对。", f"{name_en} does not fit: {error.message}"


def _choice(error: Mapping[str, Any]) -> Mapping[str, Any]:
    """A word that is not among the choices, which the library says as a sentence."""
    words = re.search(r"is not one of (.+)\.$", str(error.get("msg", "")))
    if words is None:
        return error
    return {**error, "type": "literal_error", "ctx": {"expected": words[1]}}


def _no_option(error: Any) -> Said:
    name, context = error.option_name, getattr(error, "ctx", None)
    known = [] if context is None else [o for p in context.command.params for o in p.opts]
    near = nearest(name, [one for one in known if one.startswith("--")])
    zh, en = (f"，是否应为 {near}？", f"; did you mean {near}?") if near else ("。", ".")
    return f"没有选项 {name}{zh}", f"There is no option {name}{en}"


def _no_value(error: Any) -> Said:
    name = error.option_name
    if "not take a value" in error.message:
        return f"{name} 后面不写值，请去掉。", f"{name} takes no value; leave it out."
    return f"{name} 后面要写一个值。", f"{name} wants a value after it."


def _other(error: Any) -> Said:
    message, context = str(error.message), getattr(error, "ctx", None)
    name = re.search(r"No such command '([^']*)'", message)
    if name and context is not None:
        near = nearest(name[1], getattr(context.command, "commands", {}))
        zh, en = (f"，是否应为 {near}？", f"; did you mean {near}?") if near else ("。", ".")
        return f"没有命令“{name[1]}”{zh}", f'There is no command "{name[1]}"{en}'
    extra = re.search(r"unexpected extra arguments? *\(?s?\)? *\((.*)\)", message)
    if extra:
        return f"多写了“{extra[1]}”，请去掉；路径中有空格时请加引号。", (
            f'"{extra[1]}" is too much; leave it out. A path with spaces wants quotation marks.'
        )
    if message.startswith("Missing command"):
        return "没有写命令。", "Which command?"
    return "命令的写法不对。", f"The command is not written as it must be: {message}"


_BY_KIND: Mapping[str, Callable[[Any], Said]] = {
    "MissingParameter": _missing,
    "BadParameter": _bad,
    "NoSuchOption": _no_option,
    "BadOptionUsage": _no_value,
}
