"""The recipe: numbers for fitting, read from ``recipe.toml``."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

#: The key of a candidate that says where it is tried.
UP_TO = "most_outcomes"
#: What ``rows.exits`` may say; weighted: those who stayed stand for those who exited.
LEFT_OUT, WEIGHTED = "left_out", "weighted"
#: What ``search.choose_by`` may say.
CHOOSE_BY = ("average_precision", "auc", "log_loss")
#: Sections whose entries are laid over the packaged ones.
LAID_OVER = ("rows", "search", "capacity", "gate")
HERE = Path(__file__).with_name("recipe.toml")


def packaged_gates() -> dict[str, Mapping[str, Any]]:
    """The bounds that come with the program: a recipe that leaves a gate out does not leave it open."""
    found: dict[str, Mapping[str, Any]] = tomllib.loads(HERE.read_text(encoding="utf-8"))["gates"]
    return found


_INF = float("inf")
#: What a number may be, by its name: outside it a gate would stand open or never pass, or nothing be learned.
LIMITS: Mapping[str, tuple[float, float]] = {
    "lead_weeks": (0, 52),
    "folds": (1, 52),
    "class_power": (0, 1),
    "per_positive": (0, _INF),
    "fewest_outcomes": (1, _INF),
    "fewest_listed": (1, _INF),
    "rounds": (1, 100_000),
    "step": (1, 100_000),
    "least": (0, 100_000),
    "finer": (1, 100),
    "replicates": (1, 100_000),
    "days": (1, 365),
    "auc": (0.5, 1.0),
    "model_auc": (0.5, 1.0),
    "indicator_auc": (0.5, 1.0),
    "suspect_auc": (0.5, 1.0),
    "share_of_gain": (0.0, 1.0),
    "low": (0.0, 1.0),
    "high": (1.0, 100.0),
    "false_alarm_gap": (0.0, 1.0),
    "confidence": (0.5, 0.999),
    "confidence_pairs": (0.5, 0.9999),
    "rows.most": (1, _INF),
    "gates.calibrated.most": (0.0, 1.0),
    "most_of_base_rate": (0.0, 1.0),
    "priority": (0.0, 1.0),
    "watch": (0.0, 1.0),
}


class Fault(ValueError):
    """Something wrong with a recipe: where it stands, and in both languages what is wrong with it."""

    def __init__(self, where: str, zh: str, en: str) -> None:
        """``where``: the section, or section and key."""
        super().__init__(f"{where}: {en}")
        self.zh, self.en = f"{where} {zh}", f"{where} {en}"


@dataclass(frozen=True)
class RowsRecipe:
    """Which rows are learned from."""

    lead_weeks: int
    most: int
    folds: int
    fewest_outcomes: int
    #: A class weighs as its size to the power of 1 less this: 0 every row alike, 1 every class alike.
    class_power: float = 0.0
    #: Trees are grown on so many negatives a positive (0: all), weighted; they are judged on all rows.
    per_positive: int = 0
    #: Lawful exits and leaves that nobody explained: ``left_out``, or ``weighted`` too: rows like them stand
    #: for them (``competing``).
    exits: str = LEFT_OUT

    def __post_init__(self) -> None:
        """Refuse a word that would silently mean the usual."""
        if self.exits not in (LEFT_OUT, WEIGHTED):
            both, own = f"{LEFT_OUT!r} / {WEIGHTED!r}", f"{self.exits!r}"
            raise Fault("[rows] exits", f"应为 {both}，不是 {own}", f"must be {both}, not {own}")


@dataclass(frozen=True)
class SearchRecipe:
    """How rounds and settings are chosen."""

    rounds: int
    step: int
    choose_by: str
    #: Fewer rounds are not considered: with a slow rate they differ by chance.
    least: int = 0
    #: The trees that serve are grown at so many times less a rate and so many times more rounds.
    finer: int = 1

    def __post_init__(self) -> None:
        """Refuse a word that would silently mean the usual."""
        if self.choose_by not in CHOOSE_BY:
            known, own = " / ".join(map(repr, CHOOSE_BY)), f"{self.choose_by!r}"
            where = "[search] choose_by"
            raise Fault(where, f"应为 {known}，不是 {own}", f"must be {known}, not {own}")


@dataclass(frozen=True)
class Joint:
    """Settings whose trees serve together: the mean of their margins, ``line`` of it a regression's."""

    name: str
    of: tuple[str, ...]
    #: Share of the margin that lines say (``training.slopes``); the trees share the rest alike.
    line: float = 0.0
    #: Ridge penalty of the lines, and leaves of the tree that each is written as.
    penalty: float = 100.0
    steps: int = 16


def _check(own: Mapping[str, Any], packaged: Mapping[str, Any]) -> None:
    """Every section and key is known, and every value of the kind it has in the packaged recipe."""
    for name, section in own.items():
        if name not in packaged:
            raise Fault(f"[{name}]", "不是配方的一节", "is no section of a recipe")
        if not isinstance(section, type(packaged[name])):
            raise Fault(f"[{name}]", "写法不对", "is not written as a section of its kind")
    for name in LAID_OVER:
        _check_known(f"[{name}]", own.get(name, {}), packaged[name])
        _check_within(f"[{name}]", own.get(name, {}))
    least, rounds = (
        own.get("search", {}).get(key, packaged["search"][key]) for key in ("least", "rounds")
    )
    if least > rounds:
        raise Fault(
            "[search] least",
            f"是 {least}，不应大于 rounds 的 {rounds}",
            f"is {least} and must not exceed rounds ({rounds})",
        )
    if own.get("fixed", packaged["fixed"]).get("objective") != "binary":
        raise Fault("[fixed] objective", '应为 "binary"', 'must be "binary"')
    for name, bounds in own.get("gates", {}).items():
        if name not in packaged["gates"]:
            raise Fault(f"[gates.{name}]", "没有这道检验", "is no gate")
        _check_known(f"[gates.{name}]", bounds, packaged["gates"][name])
        _check_within(f"[gates.{name}]", bounds)
        for area in bounds.get("areas", ()):
            _check_within(f"[[gates.{name}.areas]]", area)
    for one in own.get("candidates", ()):
        if not isinstance(one.get("name"), str):
            raise Fault("[[candidates]]", "缺少 name", "lacks a name")


def _check_known(where: str, own: Mapping[str, Any], known: Mapping[str, Any]) -> None:
    for key, value in own.items():
        if key not in known:
            raise Fault(f"{where} {key}", "不是这一节的项", "is no entry of that section")
        if not _alike(value, known[key]):
            raise Fault(
                f"{where} {key}",
                f"写成了 {value!r}，应与 {known[key]!r} 同类",
                f"is {value!r} and should be of the kind of {known[key]!r}",
            )


def _check_within(where: str, own: Mapping[str, Any]) -> None:
    for key, value in own.items():
        low, high = LIMITS.get(f"{where.strip('[]')}.{key}", LIMITS.get(key, (-_INF, _INF)))
        if isinstance(value, int | float) and not low <= value <= high:
            raise Fault(
                f"{where} {key}",
                f"应在 {low:g} 与 {high:g} 之间，不是 {value!r}".replace(" 与 inf 之间", " 以上"),
                f"must lie between {low:g} and {high:g}, not {value!r}",
            )


def _alike(value: Any, usual: Any) -> bool:
    """Of one kind: a whole number, a number, a word; true and false are no numbers."""
    if isinstance(usual, bool) or isinstance(value, bool):
        return isinstance(value, bool) and isinstance(usual, bool)
    if isinstance(usual, int):
        return isinstance(value, int)
    if isinstance(usual, float):
        return isinstance(value, int | float)
    return isinstance(value, type(usual))


@dataclass(frozen=True)
class Recipe:
    """All of it; ``candidates`` by name, each laid over ``fixed``.

    A candidate's ``without`` names indicators that are built and read but not offered to its trees.
    """

    rows: RowsRecipe
    search: SearchRecipe
    fixed: Mapping[str, Any]
    candidates: Mapping[str, Mapping[str, Any]]
    capacity: Mapping[str, float]
    gate: Mapping[str, int]
    #: Settings that are tried only where so many pupils at most had the outcome, by name.
    up_to: Mapping[str, int] = field(default_factory=dict)
    #: Settings that may serve together, tried beside each alone.
    joints: tuple[Joint, ...] = ()
    #: Bounds of ``training.gates`` by gate; those a recipe does not name are the packaged ones.
    gates: Mapping[str, Mapping[str, Any]] = field(default_factory=lambda: packaged_gates())

    @classmethod
    def read(cls, path: Path = HERE) -> Recipe:
        """Read a recipe: what it says is laid over the packaged one, entry by entry.

        ``fixed``, ``candidates`` and ``joints`` are taken whole: settings of trees belong together. Raises
        ``Fault`` with what is wrong.
        """
        packaged = tomllib.loads(HERE.read_text(encoding="utf-8"))
        own = tomllib.loads(path.read_text(encoding="utf-8"))
        _check(own, packaged)
        over = {name: {**packaged[name], **own.get(name, {})} for name in LAID_OVER}
        said = packaged | own | over
        if "candidates" in own and "joints" not in own:
            said.pop("joints", None)  # they speak of candidates that this recipe does not have
        about = ("name", UP_TO)
        candidates = {
            c["name"]: {k: v for k, v in c.items() if k not in about} for c in said["candidates"]
        }
        return cls(
            RowsRecipe(**said["rows"]),
            SearchRecipe(**said["search"]),
            said["fixed"],
            candidates,
            said["capacity"],
            said["gate"],
            {c["name"]: c[UP_TO] for c in said["candidates"] if UP_TO in c},
            tuple(Joint(**{**one, "of": tuple(one["of"])}) for one in said.get("joints", ())),
            {
                name: {**bounds, **own.get("gates", {}).get(name, {})}
                for name, bounds in packaged["gates"].items()
            },
        )

    def tried(self, outcomes: int) -> Recipe:
        """The recipe with the settings that suit so many pupils with the outcome."""
        kept = {
            name: one
            for name, one in self.candidates.items()
            if outcomes <= self.up_to.get(name, outcomes)
        }
        return replace(self, candidates=kept)

    def mixes(self) -> dict[str, Joint]:
        """What may serve, by name: every setting alone, and those joints whose settings are all there."""
        alone = {name: Joint(name, (name,)) for name in self.candidates}
        return alone | {j.name: j for j in self.joints if set(j.of) <= set(self.candidates)}

    def record(self) -> dict[str, Any]:
        """As plain data, for the bundle."""
        plain: dict[str, Any] = json.loads(json.dumps(asdict(self)))  # lists, as it is read back
        return plain
