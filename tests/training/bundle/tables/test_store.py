"""Stored tables: what is read is what was written, and what was changed is not believed."""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from features.refusal import Refusal
from tests.training.bundle.tables.factories import grown
from tests.training.factories import frame, trained
from training.bundle import Bundle, core, exact
from training.bundle import score as scoring
from training.bundle.format import BOOSTER, TABLES, sha256
from training.bundle.tables import (
    Outside,
    Tables,
    build,
    contributions,
    from_bytes,
    store,
    to_bytes,
)
from training.bundle.tables.table import sound

MADE_FROM = "ab" * 32


def tables(seed: int = 1) -> Tables:
    one = grown(seed)
    return build(one.text, one.booster.num_feature())


def archive(told: Tables, **other: Any) -> bytes:
    """The archive with some entries put in another's place."""
    with np.load(io.BytesIO(to_bytes(told, MADE_FROM))) as held:
        said = {name: held[name] for name in held.files} | other
    out = io.BytesIO()
    np.savez(out, **{name: value for name, value in said.items() if value is not None})
    return out.getvalue()


def test_written_and_read_they_are_the_same() -> None:
    """Read tables give the same bits, and the same tables give the same bytes."""
    told = tables()
    data = to_bytes(told, MADE_FROM)
    read = from_bytes(data, MADE_FROM)
    assert read is not None
    assert read.nbytes == told.nbytes
    assert to_bytes(read, MADE_FROM) == data == to_bytes(tables(), MADE_FROM)
    x = grown(1).x
    assert contributions(read, x)[1].tobytes() == contributions(told, x)[1].tobytes()


@pytest.mark.parametrize(
    "other",
    [
        {"table": None},
        {"more": np.zeros(3)},
        {"table": np.array([{"a": 1}], dtype=object)},
        {"table": np.zeros((2, 3))},
        {"table": np.zeros(3)},
        {"edges": np.zeros(3, np.float32)},
        {"width": np.array(2)},
        {"width": np.array("six")},
        {"bias": np.array(3)},
        {"made_from": np.zeros(32, np.uint8)},
        {"step_code": np.zeros(4, np.int64)},
    ],
    ids=lambda other: "-".join(other),
)
def test_another_shape_is_no_table(other: dict[str, Any]) -> None:
    """Missing, additional, pickled, reshaped or retyped arrays are refused before anything is looked up."""
    with pytest.raises(ValueError, match=r"tables|trees|pickle|object|allow"):
        from_bytes(archive(tables(), **other), MADE_FROM)


@pytest.mark.parametrize("data", [b"", b"PK", b"\x80\x04never", b"x" * 5000])
def test_no_archive_is_no_table(data: bytes) -> None:
    """Bytes that are no archive are refused in one way."""
    with pytest.raises(ValueError, match="not tables"):
        from_bytes(data, MADE_FROM)


def test_an_archive_that_would_swell_is_not_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    """The size is read before the content."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as held:
        held.writestr("table.npy", b"0" * 4_000_000)
    monkeypatch.setattr(store, "MOST_BYTES", 2**20)
    with pytest.raises(ValueError, match="bytes"):
        from_bytes(out.getvalue(), MADE_FROM)


def test_another_programs_shape_is_made_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tables of another format are not read and not held against anybody."""
    assert from_bytes(archive(tables(), format=np.array(2)), MADE_FROM) is None


@pytest.mark.parametrize("name", sorted(tables().arrays()))
def test_no_spoiled_array_looks_beyond(name: str) -> None:
    """Whatever stands in an array of whole numbers, it is refused or every look-up stays inside."""
    told, lot = tables(), np.random.default_rng(1)
    value = told.arrays()[name]
    refused = 0
    for _ in range(40):
        spoiled = value.copy()
        at = int(lot.integers(len(spoiled)))
        if value.dtype.kind == "f":
            spoiled[at] = lot.choice([np.nan, np.inf, 1e300])
        else:
            spoiled[at] = lot.integers(np.iinfo(value.dtype).min, np.iinfo(value.dtype).max)
        other = replace(told, **{name: spoiled})
        if not sound(other):
            refused += 1
            continue
        # NumPy would raise where the compiled lines would read what is not theirs
        contributions(other, grown(1).x[:50])
    assert refused > 0 or name == "empty"


# --- in a bundle --------------------------------------------------------------------------------


def written(folder: Path) -> Bundle:
    bundle = trained().challenger
    bundle.write(folder)
    return bundle


def test_a_bundle_keeps_its_tables(tmp_path: Path) -> None:
    """Written with their checksum, read back, used, and no part of the digest."""
    bundle = written(tmp_path)
    said = json.loads((tmp_path / "bundle.json").read_text())["files"]
    assert said[TABLES] == sha256((tmp_path / TABLES).read_bytes())
    read = Bundle.load(tmp_path)
    assert read.stored is not None
    assert (read.exact.kind, bundle.exact.kind) == ("tables", "tables")
    assert read.digest == bundle.digest
    rows = frame(pupils=30, weeks=2)
    ours, theirs = bundle.score(rows), read.score(rows)
    assert ours.contributions.tobytes() == theirs.contributions.tobytes()
    assert ours.bias == theirs.bias


def unnamed(folder: Path) -> None:
    """Make a bundle as it was before there were tables."""
    path = folder / "bundle.json"
    said = json.loads(path.read_text())
    del said["files"][TABLES], said["sum"]
    path.write_text(json.dumps(said))
    (folder / TABLES).unlink()


def test_a_bundle_from_before_has_the_same_numbers(tmp_path: Path) -> None:
    """Without stored tables they are made when first asked for: same digest, same bits."""
    bundle = written(tmp_path)
    unnamed(tmp_path)
    old = Bundle.load(tmp_path)
    assert old.stored is None
    assert old.digest == bundle.digest
    rows = frame(pupils=30, weeks=2)
    assert old.score(rows).margin.tobytes() == bundle.score(rows).margin.tobytes()


def test_tables_that_were_changed_are_refused(tmp_path: Path) -> None:
    """A byte flipped, the file gone, or another model's tables under a right checksum: not loaded."""
    written(tmp_path)
    whole = (tmp_path / TABLES).read_bytes()
    spoiled = bytearray(whole)
    spoiled[len(whole) // 2] ^= 1
    told = tables()
    trees = sha256(trained().challenger.files[BOOSTER].encode())
    forged = [b"", to_bytes(told, MADE_FROM), to_bytes(replace(told, width=6), trees)]
    for data, right in [(bytes(spoiled), False), *((one, True) for one in forged)]:
        (tmp_path / TABLES).write_bytes(data)
        if right:
            path = tmp_path / "bundle.json"
            said = json.loads(path.read_text())
            said["files"][TABLES] = sha256(data)
            said.pop("sum", None)
            path.write_text(json.dumps(said))
        with pytest.raises(Refusal, match="tables"):
            Bundle.load(tmp_path)
    (tmp_path / TABLES).unlink()
    with pytest.raises(Refusal, match="tables"):
        Bundle.load(tmp_path)


def test_trees_are_looked_at_later_where_that_is_asked_for(tmp_path: Path) -> None:
    """A model only named is found without its trees; another model's tables are refused before they score."""
    written(tmp_path)
    named = Bundle.load(tmp_path, later=True)
    assert named.digest == trained().challenger.digest
    assert not {"booster", "stored", "exact"} & set(vars(named))
    data = to_bytes(replace(tables(), width=6), sha256(named.files[BOOSTER].encode()))
    held = Bundle(named.manifest, named.files, data)
    with pytest.raises(Refusal, match="tables"):
        held.score(frame(pupils=30, weeks=2))


def test_without_tables_pred_contrib_answers_and_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where trees are not for tables, ``exact`` says so, the numbers agree and nothing is stored."""
    looked = trained().challenger.score(frame(pupils=30, weeks=2))

    def never(*_: object) -> Tables:
        raise Outside("grown otherwise")

    monkeypatch.setattr(exact, "made", never)
    exact._made.cache_clear()
    try:
        own = trained().challenger
        bundle = Bundle.of(own.manifest, own.files)
        assert (bundle.exact.kind, bundle.exact.why) == ("pred_contrib", "grown otherwise")
        scored = bundle.score(frame(pupils=30, weeks=2))
        bundle.write(tmp_path)
    finally:
        exact._made.cache_clear()
    assert np.abs(scored.contributions - looked.contributions).max() <= 1e-9
    assert np.abs(scored.margin - looked.margin).max() <= 1e-9
    assert not (tmp_path / TABLES).exists()
    assert Bundle.load(tmp_path).stored is None


def test_a_rule_needs_no_tables() -> None:
    """A score without trees is the sum of its parts."""
    assert trained().rule.exact.kind == "parts"


def test_pred_contrib_in_small_blocks_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """The way without tables gives the same bits in small blocks and on two threads."""
    bundle = trained().challenger
    assert bundle.booster is not None
    x = scoring.matrix(frame(pupils=50, weeks=1), bundle.indicators)
    whole = scoring.tree_contributions(bundle.booster, x)
    monkeypatch.setattr(scoring, "BLOCK", 7)
    parts = scoring.tree_contributions(bundle.booster, x, 2)
    assert whole[1].tobytes() == parts[1].tobytes()


def test_a_table_gone_wrong_is_noticed_while_scoring() -> None:
    """Rows of every call are held against the booster: a sum that is not its score is not served."""
    bundle = trained().challenger
    assert bundle.exact.tables is not None
    wrong = replace(bundle.exact.tables, table=bundle.exact.tables.table * 1.001)
    held = core.Bundle(bundle.manifest, bundle.files)
    vars(held)["stored"] = wrong
    with pytest.raises(Refusal, match="不符"):
        held.score(frame(pupils=30, weeks=2))
