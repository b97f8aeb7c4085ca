"""What is wrong with a value that somebody wrote, in words: for settings, ``batch.toml`` and options alike."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from datetime import date
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from features.places import unusable
from features.refusal import Refusal

Said = tuple[str, str]
#: Values of these are never repeated: a sentence may end up in a log.
_SECRET = ("pupil_key", "database_url")
#: By the beginning of pydantic's name of a mistake.
_KINDS: Mapping[str, Said] = {
    "missing": ("没有写", "is missing"),
    "date": ("不是日期，请写成 2026-11-20", "is no day; write 2026-11-20"),
    "int": ("不是整数，请只写数字", "is no whole number; write digits only"),
    "float": ("不是数，请只写数字", "is no number; write digits only"),
    "bool": ("只能写 true 或 false", "is either true or false"),
    "string_type": ("须是文字，请加引号", "must be text in quotation marks"),
    "string_pattern": (
        "只能用文字、数字、下划线和短横，1至64个",
        "wants 1 to 64 letters, digits, underscores or hyphens",
    ),
    "too_short": ("至少要写一项", "wants one entry at least"),
    "tuple": ('须写成列表，如 ["甲", "乙"]', 'must be a list like ["a", "b"]'),
    "list": ('须写成列表，如 ["甲", "乙"]', 'must be a list like ["a", "b"]'),
    "dict": ("须写成一节，节名放在方括号里", "must be a section under its name in brackets"),
    "model": ("须写成一节，节名放在方括号里", "must be a section under its name in brackets"),
    "path": ("不是路径，请加引号", "must be a path in quotation marks"),
}
_BOUNDS: Mapping[str, tuple[str, str, str]] = {
    "greater_than_equal": ("ge", "不能小于 {}", "must not be less than {}"),
    "greater_than": ("gt", "必须大于 {}", "must be more than {}"),
    "less_than_equal": ("le", "不能大于 {}", "must not be more than {}"),
    "less_than": ("lt", "必须小于 {}", "must be less than {}"),
}


class Unfit(ValueError):
    """A value that one of our own checks does not take, with its remedy in both languages."""

    def __init__(self, zh: str, en: str) -> None:
        """As a sentence goes on after the name: 「不是日期，请写成 2026-11-20」."""
        super().__init__(en)
        self.zh, self.en = zh, en


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name that somebody may have meant."""
    found = get_close_matches(name, list(known), n=1, cutoff=0.6)
    return found[0] if found else None


def unknown(name: str, known: Iterable[str]) -> Said:
    """That there is no such name, and which one may have been meant."""
    names = sorted(known)
    meant = nearest(name, names)
    if meant is not None:
        return f"没有这一项，是否应为 {meant}？", f"is unknown; did you mean {meant}?"
    zh, en = "、".join(names), ", ".join(names)
    return f"没有这一项，请删去（可写的有 {zh}）", f"is unknown; delete it (there are {en})"


def wrong(error: Mapping[str, Any]) -> Said:
    """One of pydantic's mistakes, as a sentence goes on after the name of what was written."""
    kind, more = str(error["type"]), error.get("ctx", {})
    own = more.get("error")
    if isinstance(own, Unfit):
        return own.zh, own.en
    if kind in _BOUNDS:
        key, zh, en = _BOUNDS[kind]
        return zh.format(more[key]), en.format(more[key])
    if kind in ("literal_error", "enum"):
        words = re.findall(r"'([^']*)'", str(more.get("expected", ""))) or [
            str(more.get("expected"))
        ]
        return f"只能写 {'、'.join(words)}", f"must be one of {', '.join(words)}"
    if kind == "extra_forbidden":
        return "没有这一项，请删去或核对写法", "is unknown; delete it or look at its spelling"
    for beginning, said in _KINDS.items():
        if kind.startswith(beginning):
            return said
    return "写法不对，请对照说明改正", f"is not written as it must be ({error['msg']})"


def value(error: Mapping[str, Any]) -> Said:
    """The value itself in quotation marks, where it is short, one, and may be repeated."""
    given = error.get("input")
    named = {str(part) for part in error.get("loc", ())}
    plain = isinstance(given, str | int | float | date) and len(str(given)) <= 60
    if not plain or named & set(_SECRET) or error["type"] == "extra_forbidden":
        return "", ""
    text = str(given).lower() if isinstance(given, bool) else str(given)
    return f"的值“{text}”", f' "{text}"'


def mistakes(errors: Iterable[Mapping[str, Any]], known: Iterable[str] = ()) -> Said:
    """All of pydantic's mistakes about one file or the settings, one after the other.

    ``known``: the names at the top, to find the one that was meant.
    """
    zh, en = [], []
    for error in errors:
        place = [str(part) for part in error["loc"]]
        said = wrong(error)
        if error["type"] == "extra_forbidden" and len(place) == 1:
            said = unknown(place[0], known)
        given = value(error)
        name = ".".join(place)
        zh.append(f"{name} {given[0]}{said[0]}".strip())
        en.append(f"{name}{given[1]} {said[1]}".strip())
    return ended("；".join(zh), "。"), ended("; ".join(en), ".")


def ended(said: str, stop: str) -> str:
    """The sentence with its full stop, unless it is a question."""
    return said if said.endswith(("？", "?")) else said + stop


def read_toml(path: Path) -> dict[str, Any]:
    """What a TOML file says; raises ``Refusal`` where there is none, or where it is none."""
    if not path.is_file():
        raise Refusal(
            f"找不到文件“{path}”。请核对路径。", f"There is no file {path}. Check the path."
        )
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise unusable(error) or error from error
    except UnicodeDecodeError:
        raise Refusal(
            f"{path} 不是 UTF-8 编码的文字。请用 UTF-8 编码另存后重试。",
            f"{path} is not text in UTF-8. Save it in UTF-8 and try again.",
        ) from None
    except tomllib.TOMLDecodeError as error:
        at = re.search(r"at line (\d+), column (\d+)", str(error))
        zh = f"第{at[1]}行第{at[2]}列" if at else "文件末尾"
        en = f"line {at[1]}, column {at[2]}" if at else "at its end"
        raise Refusal(
            f"{path} 不是有效的 TOML 文件（{zh}）。请改正该处：每行写成 名称 = 值，文字加英文引号。",
            f"{path} is not valid TOML ({en}). Mend that place: NAME = VALUE on each line, text in"
            " quotation marks.",
        ) from None
