"""Where bundles lie in a home, and what to do where one is not what it was.

    bundles/NAME/VERSION            what training registered
    champion/NAME                   a link to what serves: champion/.NAME/VERSION-..., with version.json

What once served is never rewritten and never thrown away: where a registered version is damaged, its copy
there is read in its place.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from features.refusal import Refusal
from training.bundle.core import Bundle
from training.bundle.format import Spoiled
from training.bundle.manifest import SHADOW

DEFAULT = "dropout-risk"
BUNDLES, CHAMPION, VERSION = "bundles", "champion", "version.json"
LONGEST_NAME = 100
_NAME = re.compile(r"\w[\w.-]*")


@dataclass(frozen=True)
class Champion:
    """What ``version.json`` says: which version serves, what served before it (oldest first), why nobody
    waited for its shadow weeks, if so, and which versions ``rollback`` took back."""

    name: str
    version: int
    kind: str
    digest: str
    before: tuple[int, ...]
    without_shadow: str = ""
    taken_back: tuple[int, ...] = ()

    def to_json(self) -> str:
        """The text of ``version.json``."""
        said = {
            "name": self.name,
            "version": self.version,
            "kind": self.kind,
            "digest": self.digest,
            "before": list(self.before),
            **({"without_shadow": self.without_shadow} if self.without_shadow else {}),
            **({"taken_back": list(self.taken_back)} if self.taken_back else {}),
        }
        return json.dumps(said, indent=1) + "\n"


def check_name(name: str, *, reserved: tuple[str, ...] = ()) -> None:
    """Refuse a name that cannot be a folder, a registry's entry and a part of NAME/VERSION at once.

    ``reserved``: what may not follow the last dot, since NAME.BASELINE is a baseline of NAME.
    """
    good = _NAME.fullmatch(name) and len(name) <= LONGEST_NAME and ".." not in name
    if not good or name.endswith((".", SHADOW)) or name.rpartition(".")[2] in reserved:
        raise Refusal(
            f"模型名称“{name}”不能使用。只写汉字、字母、数字、下划线、连字符和点，不以点开头或结尾，不以"
            f" {SHADOW} 或对照名结尾，不超过{LONGEST_NAME}个字；例如 --name dropout-risk。",
            f"The model cannot be called “{name}”. Letters, digits, underscore, hyphen and single dots only,"
            f" no dot at either end, not ending in {SHADOW} or a baseline's name, at most {LONGEST_NAME}"
            " characters; e.g. --name dropout-risk.",
        )


def option(name: str) -> str:
    """What a command must add to mean this name: nothing for the name that goes without saying."""
    return "" if name == DEFAULT else f" --name {name}"


def bundle_folder(home: Path, name: str, version: int | str) -> Path:
    """Where a registered version's bundle lies."""
    return home / BUNDLES / name / str(version)


def champion_folder(home: Path, name: str) -> Path:
    """What serving reads: a link to one complete folder, replaced in one step."""
    return home / CHAMPION / name


def names(home: Path) -> list[str]:
    """Every registered name, baselines (NAME.BASELINE) among them."""
    return sorted({path.parent.name for path in (home / BUNDLES).glob("*/*") if path.is_dir()})


def versions(home: Path, name: str) -> list[int]:
    """The registered versions of a name, oldest first."""
    found = (home / BUNDLES / name).glob("*")
    return sorted(int(path.name) for path in found if path.is_dir() and path.name.isdecimal())


def current(home: Path, name: str) -> Champion | None:
    """Which version serves, or None. ``Spoiled`` where what was written of it cannot be read."""
    path = champion_folder(home, name) / VERSION
    if not path.is_file():
        return None
    try:
        said = json.loads(path.read_text(encoding="utf-8"))
        back = tuple(said.get("taken_back", ()))  # not said before versions taken back were kept
        return Champion(**said | {"before": tuple(said["before"]), "taken_back": back})
    except (ValueError, TypeError, KeyError) as error:
        raise _champion_spoiled(home, name, Spoiled.file(VERSION)) from error


def registered(home: Path, name: str, version: int | str, *, later: bool = False) -> Bundle:
    """A registered version, or where its folder is damaged the copy that once served.

    ``later``: as in ``Bundle.load``. Refusal where there is no such version, and where no intact copy is left.
    """
    folder = bundle_folder(home, name, version)
    if not folder.is_dir():
        raise _unknown(home, name, version)
    try:
        return Bundle.load(folder, later=later)
    except Spoiled as error:
        for copy in _copies(home, name, version, later=later):
            return copy
        raise error.at(
            f"{name} 第 {version} 版（BAOXUE_HOME/{BUNDLES}/{name}/{version}）",
            f"{name} version {version} (BAOXUE_HOME/{BUNDLES}/{name}/{version})",
            remedy=(
                "下一步：从备份恢复这个文件夹，或重新训练（baoxue train）；其他版本见 baoxue models。",
                "Next: restore that folder from a backup or train again (`baoxue train`); for other versions:"
                " `baoxue models`.",
            ),
        ) from error


def served(home: Path, name: str) -> tuple[Bundle, ...]:
    """What serves under a name and what it took the place of, oldest first: by what schools' lists were made.

    A version that ``rollback`` took back is not among them.
    Versions of which no intact copy is left are passed over: ``faults`` tells of them. Under a name of which
    nothing was ever in use, schools had the lists of the usual name.
    """
    if name != DEFAULT and not stands(home, name):
        return served(home, DEFAULT)
    try:
        now = current(home, name)
    except Spoiled:
        return ()
    found = []
    for version in () if now is None else (*now.before, now.version):
        try:
            found.append(registered(home, name, version, later=True))
        except Refusal:
            continue
    return tuple(found)


def stands(home: Path, name: str) -> bool:
    """Whether any version was put into use, sound or not."""
    folder = champion_folder(home, name)
    return folder.is_symlink() or folder.is_dir()


def torn(home: Path, name: str, version: int | str) -> tuple[str, str]:
    """What is wrong with a registered folder, in both languages, and what helps; empty where nothing is."""
    try:
        Bundle.load(bundle_folder(home, name, version), later=True)
        return ("", "")
    except Spoiled as error:
        part = error.part
    try:
        registered(home, name, version, later=True)
    except Spoiled as error:
        return error.zh, error.en
    place = f"BAOXUE_HOME/{BUNDLES}/{name}/{version}"
    return (
        f"{place} 已损坏（{part[0]}），现在读的是它在用时留下的副本。"
        "下一步：从备份恢复；再次投入使用时也会从副本补全。",
        f"{place} is damaged ({part[1]}); its copy from when it served is read instead. Next: restore it from"
        " a backup; putting it into use again mends it from the copy too.",
    )


def faults(home: Path, name: str = DEFAULT) -> list[tuple[str, str]]:
    """Everything wrong with what serves and with the registered versions of a name, in both languages."""
    found = []
    if stands(home, name):
        try:
            current(home, name)
            champion(home, name, later=True)
        except Spoiled as error:
            found.append((error.zh, error.en))
    told = [torn(home, name, version) for version in versions(home, name)]
    return found + [one for one in told if one[0]]


def champion(home: Path, name: str, *, later: bool = False) -> Bundle:
    """What serves. Refusal where nothing does, and where it is damaged: with the command that mends it."""
    if not stands(home, name):
        raise _none_serves(home, name)
    try:
        return Bundle.load(champion_folder(home, name), later=later)
    except Spoiled as error:
        raise _champion_spoiled(home, name, error) from error


def _copies(home: Path, name: str, version: int | str, *, later: bool) -> Iterator[Bundle]:
    for folder in sorted((home / CHAMPION / f".{name}").glob(f"{version}-*")):
        try:
            digest = json.loads((folder / VERSION).read_text(encoding="utf-8"))["digest"]
            found = Bundle.load(folder, later=later)
        except (Refusal, OSError, ValueError, TypeError, KeyError):
            continue
        if found.digest == digest:
            yield found


def _champion_spoiled(home: Path, name: str, error: Spoiled) -> Spoiled:
    # the link's target says which version it was even where nothing inside it can be read
    link = champion_folder(home, name)
    number = link.resolve().name.partition("-")[0] if link.is_symlink() else ""
    known, more = number.isdecimal(), option(name)
    again = f"baoxue promote {number if known else '版本号'}{more}"
    which = (f"第 {number} 版，", f"version {number}, ") if known else ("", "")
    return error.at(
        f"正在使用的 {name}（{which[0]}BAOXUE_HOME/{CHAMPION}/{name}）",
        f"{name} in use ({which[1]}BAOXUE_HOME/{CHAMPION}/{name})",
        remedy=(
            f"下一步：运行 {again} 重新装入，或用 baoxue rollback{more} 回到上一版本；"
            "登记过的版本见 baoxue models。",
            f"Next: put it in again with `{again.replace('版本号', 'VERSION')}`, or go back with"
            f" `baoxue rollback{more}`; for what is registered: `baoxue models`.",
        ),
    )


def _listed(home: Path, name: str) -> tuple[str, str]:
    found = [str(one) for one in versions(home, name)]
    return "、".join(found), ", ".join(found)


def _unknown(home: Path, name: str, version: int | str) -> Refusal:
    found = _listed(home, name)
    if not found[0]:
        return no_model(home, name)
    return Refusal(
        f"没有 {name} 的第 {version} 版。已登记：第 {found[0]} 版（详见 baoxue models）。",
        f"There is no version {version} of {name}. Registered: {found[1]} (see `baoxue models`).",
    )


def _none_serves(home: Path, name: str) -> Refusal:
    found = _listed(home, name)
    if not found[0]:
        return no_model(home, name)
    return Refusal(
        f"{name} 还没有投入使用的版本。已登记：第 {found[0]} 版。用 --version 指定一版，或用 baoxue promote"
        " 版本号 投入使用（详见 baoxue models）。",
        f"No version of {name} is in use. Registered: {found[1]}. Name one (--version V), or put one into use:"
        " `baoxue promote V` (see `baoxue models`).",
    )


def no_model(home: Path, name: str) -> Refusal:
    """Nothing was ever trained under that name."""
    found = names(home)
    there = (
        f"现有：{'、'.join(found) or '无'}。",
        f"There are: {', '.join(found) or 'none'}.",
    )
    return Refusal(
        f"没有名为 {name} 的模型。{there[0]}请先训练：baoxue train 数据文件夹 --until 日期 --promote。",
        f"There is no model called {name}. {there[1]} Train one first: baoxue train DIR --until DATE"
        " --promote.",
    )
