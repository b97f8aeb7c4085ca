"""A published list made again from what it stood on: the stored extracts, the bundle, this program."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from features.catalogue import Catalogue, load
from features.facts import Facts, reopen
from features.refusal import Refusal
from serving.ports import Publication, Runs
from serving.scoring.model import RULE_VERSION, Model, attendance_rule, find
from serving.scoring.rules import of_plain
from serving.services.desk import Desk
from serving.services.making import make
from serving.services.order import Order, version
from serving.settings import Capacity
from training.bundle.manifest import SHADOW


@dataclass(frozen=True)
class Replayed:
    """The list and, by file of its run folder, whether the same bytes came again."""

    publication: Publication
    same: Mapping[str, bool]

    @property
    def exact(self) -> bool:
        """Every file is the same."""
        return all(self.same.values())


@dataclass(frozen=True)
class Place:
    """The home where a list stands, the key behind its pupil ids, and the folder to remake it in."""

    home: Path
    pupil_key: str
    aside: Path


def replay(list_id: str, desk: Desk, place: Place, *, into: Runs) -> Replayed:
    """Make a list again into ``into`` (run folders under ``place.aside``), compared file by file.

    Nothing is published and nothing that stands is touched. Refusal where the list, its extracts or
    its model are gone, or where another program made it.
    """
    publication = desk.lists.by_id(list_id)
    if publication is None:
        raise Refusal(
            f"没有编号为 {list_id} 的名单。名单编号见 baoxue weekly 的输出，或导出文件的 list_id 列。",
            f"There is no list {list_id}. Its number is in what `baoxue weekly` printed, or in the column"
            " list_id of an export.",
        )
    said: dict[str, Any] = json.loads(desk.runs.text(publication.folder, "manifest.json"))
    order = _order(publication, said, place)
    _check(publication, order, said)
    made = make(order, desk, lambda stage, seconds: None, into=into)
    stood = place.home / "runs" / publication.folder
    return Replayed(publication, _compared(stood, place.aside / made.folder))


def _order(publication: Publication, said: Mapping[str, Any], place: Place) -> Order:
    if "follows" not in said:
        raise Refusal(
            "这份名单由较早版本的程序生成，没有留下重现所需的记录，无法重现。名单本身仍可查看。",
            "The list was made by an earlier program, which did not record what a replay needs. The"
            " list itself can be read as ever.",
        )
    facts = _facts(said, place.home)
    catalogue = load(facts.batch.attributes)
    settings = dict(said["settings"])
    return Order(
        facts=facts,
        as_of=publication.as_of,
        model=_model(publication, said, catalogue, home=place.home),
        catalogue=catalogue,
        duties=of_plain(said["duties"]),
        capacity=Capacity(**settings["capacity"]).of,
        settings=settings,
        pupil_key=place.pupil_key,
        follows=tuple(said["follows"]),
    )


def _facts(said: Mapping[str, Any], home: Path) -> Facts:
    try:
        return reopen(said["extracts"], home)
    except (Refusal, OSError) as error:
        raise Refusal(
            "这份名单所用的数据已不在 BAOXUE_HOME/extracts 中，无法重现。请从备份恢复后再试。",
            "The extracts this list was made from are gone from BAOXUE_HOME/extracts. Restore them"
            " from a backup and try again.",
        ) from error


def _model(
    publication: Publication, said: Mapping[str, Any], catalogue: Catalogue, *, home: Path
) -> Model:
    name, number = publication.model_name, publication.model_version
    if number == RULE_VERSION:
        trained = said["model_found"] == "refused"
        rule = attendance_rule(name, catalogue, trained=trained)
        return Model(name, number, rule, said["model_found"])
    found = find(home, f"{name.removesuffix(SHADOW)}/{number}", catalogue)
    return Model(name, number, found.bundle, said["model_found"])


def _check(publication: Publication, order: Order, said: Mapping[str, Any]) -> None:
    """Refuse what could not come out the same, and say which of its grounds has changed."""
    then = said["program"]
    grounds = (
        ("数据", "the data", publication.extract_digest, order.facts.digest),
        ("模型", "the model", publication.bundle_digest, order.model.bundle.digest),
        (f"程序（当时 {then}）", f"the program (then {then})", then, version()),
        ("指标定义", "what indicators mean", said["fingerprint"], order.catalogue.fingerprint),
        ("程序、设置或密钥", "program, settings or key", publication.code_digest, order.code),
    )
    changed = [(zh, en) for zh, en, was, now in grounds if was != now]
    if changed:
        zh, en = changed[0]
        raise Refusal(
            f"与生成名单时相比，{zh}已不同，不能逐字节重现。请用当时的版本和备份重试；名单本身仍可查看。",
            f"Since the list was made {en} changed: it cannot be made again byte for byte. Try with"
            " the version and backup of that time. The list itself can be read as ever.",
        )


def _compared(stood: Path, made: Path) -> dict[str, bool]:
    # a city's tables are folders of parts
    names = sorted(
        {str(p.relative_to(room)) for room in (stood, made) for p in room.rglob("*") if p.is_file()}
    )
    return {name: _digest(stood / name) == _digest(made / name) for name in names}


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "missing"
