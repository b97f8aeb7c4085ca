"""The register of imports: which extracts an area stands on, in which order; with undo."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import date
from pathlib import Path

from features.batch import Batch, check_received
from features.facts.accept import Extract, accept, stored
from features.facts.register import Import, imports, save, standing
from features.refusal import Refusal


def check_can_follow(extract: Extract, before: list[Import]) -> None:
    """Refuse a delta with nothing under it, and an extract older than what it would lie upon."""
    batch = extract.batch
    if batch.mode == "delta" and not before:
        raise Refusal(
            f'地区 {batch.area} 尚无完整批次，不能导入增量批次。请先导入 mode = "full" 的完整批次。',
            f"Area {batch.area} has no full extract yet; import a full one before a delta.",
        )
    received = batch.received_on.isoformat() if batch.received_on else ""
    if before and received < before[-1].received_on:
        raise Refusal(
            f"批次接收日期（{received or '未写'}）早于已导入批次（{before[-1].received_on}）。"
            "请核对 batch.toml 的 received_on，或先用 baoxue import --undo 撤销较新的批次。",
            f"received_on ({received or 'missing'}) is earlier than the extract already imported "
            f"({before[-1].received_on}). Check batch.toml, or undo the newer one first.",
        )


def check_can_import(digest: str, home: Path, today: date) -> None:
    """Refuse, before anything else is done, a stored extract that could not be registered on this day."""
    extract = stored(home, digest)
    before = standing(home, extract.batch.area)
    if all(entry.digest != digest for entry in before):
        check_received(extract.batch, today)
        check_can_follow(extract, before)


def register(extract: Extract, home: Path) -> Import:
    """Put an accepted extract on top of its area; the same content twice is one import."""
    area = extract.batch.area
    every = imports(home, area)
    before = [entry for entry in every if not entry.undone]
    for entry in before:
        if entry.digest == extract.digest:
            return entry
    check_can_follow(extract, before)
    received = extract.batch.received_on
    entry = Import(
        number=len(every) + 1,
        area=area,
        digest=extract.digest,
        received_on=received.isoformat() if received else "",
        mode=extract.batch.mode,
    )
    save(home, entry)
    return entry


def import_extract(
    folder: Path, home: Path, *, set_aside: bool = False, today: date | None = None
) -> Import:
    """``take_in`` for whoever wants the import alone."""
    return take_in(folder, home, set_aside=set_aside, today=today)[0]


def take_in(
    folder: Path, home: Path, *, set_aside: bool = False, today: date | None = None
) -> tuple[Import, Mapping[str, int]]:
    """Check, store and register the extract in ``folder``; the import, and rows set aside by table.

    Raises ``Refusal`` (and changes nothing) where it has faults, cannot follow what is there, or says that it
    was received after ``today`` (None: nobody has looked at a clock).
    """
    if today is not None and folder.is_dir():
        check_received(Batch.read(folder), today)  # before a province's tables are read
    extract = accept(folder, home, set_aside=set_aside)
    if today is not None:
        check_received(
            extract.batch, today
        )  # where batch.toml names no day, the data's latest counts
    return register(extract, home), extract.set_aside


def register_stored(digest: str, home: Path) -> Import:
    """Register an extract that was accepted before."""
    return register(stored(home, digest), home)


def undo(home: Path, import_id: str) -> Import:
    """Take the newest import of an area back; its content stays stored for old lists.

    Raises ``Refusal`` for an unknown id, or where a newer import lies upon it.
    """
    for entry in imports(home):
        if entry.id != import_id or entry.undone:
            continue
        newest = standing(home, entry.area)[-1]
        if newest.id != entry.id:
            raise Refusal(
                f"{entry.id} 之后还有批次 {newest.id}。请先撤销较新的批次。",
                f"{newest.id} lies upon {entry.id}; undo the newer one first.",
            )
        gone = Import(**{**asdict(entry), "undone": True})
        save(home, gone)
        return gone
    known = "、".join(e.id for e in imports(home) if not e.undone) or "无"
    raise Refusal(
        f"没有编号为 {import_id} 的批次。现有批次：{known}。",
        f"There is no import {import_id}. There are: {known.replace('、', ', ')}.",
    )
