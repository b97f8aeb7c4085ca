"""A bundle on disk: what is written is read; what was changed is refused; names without moments."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from features.refusal import Refusal
from tests.training.factories import COLUMNS, frame, trained
from training.bundle import Bundle
from training.bundle.format import _sum

FILES = ("booster.txt", "bundle.json", "card.md")


def rewritten(folder: Path, change: dict[str, object]) -> None:
    """The manifest changed by somebody who makes its checksum right again."""
    path = folder / "bundle.json"
    said = json.loads(path.read_text()) | change
    said["sum"] = _sum({key: value for key, value in said.items() if key != "sum"})
    path.write_text(json.dumps(said))


def outcome(folder: Path) -> str:
    """What became of loading a changed bundle."""
    try:
        read = Bundle.load(folder)
    except Refusal:
        return "refused"
    return "same" if read.digest == trained().challenger.digest else "another"


def test_written_and_read_it_is_the_same_bundle(tmp_path: Path) -> None:
    """A bundle read from disk has the digest and the scores of the one written."""
    for bundle in (trained().challenger, trained().rule):
        folder = tmp_path / bundle.kind
        bundle.write(folder)
        read = Bundle.load(folder)
        assert read.digest == bundle.digest
        assert read.manifest == bundle.manifest
        rows = frame(pupils=20, weeks=2)
        assert read.score(rows).margin.tobytes() == bundle.score(rows).margin.tobytes()


@pytest.mark.parametrize("name", FILES)
def test_a_flipped_byte_is_refused(tmp_path: Path, name: str) -> None:
    """A bundle with one byte changed anywhere is not loaded, or is another bundle by its digest."""
    bundle = trained().challenger
    bundle.write(tmp_path)
    data = bytearray((tmp_path / name).read_bytes())
    for at in (len(data) // 3, len(data) // 2, len(data) - 9):
        data[at] ^= 1
        (tmp_path / name).write_bytes(bytes(data))
        assert outcome(tmp_path) in ("refused", "another")
        data[at] ^= 1


@pytest.mark.parametrize("name", FILES)
def test_a_missing_file_is_refused(tmp_path: Path, name: str) -> None:
    """A bundle without one of its files is refused."""
    trained().challenger.write(tmp_path)
    (tmp_path / name).unlink()
    with pytest.raises(Refusal):
        Bundle.load(tmp_path)


@pytest.mark.parametrize(
    "change", [{"format": 2}, {"files": None}, {"columns": [{}]}, {"cuts": {}}, {"files": {}}]
)
def test_a_manifest_of_another_shape_is_refused(tmp_path: Path, change: dict[str, object]) -> None:
    """A manifest that is no manifest of this format is refused in words, not with a traceback."""
    trained().challenger.write(tmp_path)
    rewritten(tmp_path, change)
    with pytest.raises(Refusal):
        Bundle.load(tmp_path)


def test_a_pickle_dropped_in_is_never_read(tmp_path: Path) -> None:
    """Files that the manifest does not name are ignored, and it may name only text it knows."""
    trained().challenger.write(tmp_path)
    (tmp_path / "model.pkl").write_bytes(b"\x80\x04never")
    Bundle.load(tmp_path)
    path = tmp_path / "bundle.json"
    files = json.loads(path.read_text())["files"]
    rewritten(tmp_path, {"files": files | {"model.pkl": "0" * 64}})
    with pytest.raises(Refusal, match=r"model\.pkl"):
        Bundle.load(tmp_path)


def test_a_manifest_edited_by_hand_is_refused(tmp_path: Path) -> None:
    """A gate's answer, a horizon or a cut changed in ``bundle.json`` is seen, though every file is as it was."""
    trained().challenger.write(tmp_path)
    path = tmp_path / "bundle.json"
    whole = path.read_text()
    for old, new in (('"seed": ', '"seed": 1'), ('"trained_until": "2', '"trained_until": "3')):
        assert old in whole
        path.write_text(whole.replace(old, new, 1))
        with pytest.raises(Refusal, match=r"bundle\.json 与校验和不符"):
            Bundle.load(tmp_path)
    said = json.loads(whole)
    path.write_text(json.dumps(said, indent=4))  # laid out otherwise it says the same
    assert Bundle.load(tmp_path).digest == trained().challenger.digest


def test_a_manifest_from_before_its_checksum_is_read(tmp_path: Path) -> None:
    """Bundles written before manifests were summed are read as they were, under the same digest."""
    trained().challenger.write(tmp_path)
    path = tmp_path / "bundle.json"
    said = json.loads(path.read_text())
    del said["sum"]
    path.write_text(json.dumps(said))
    assert Bundle.load(tmp_path).digest == trained().challenger.digest


def test_trees_of_other_indicators_are_refused() -> None:
    """Trees whose inputs are not the manifest's are refused."""
    bundle = trained().challenger
    columns = (replace(COLUMNS[0], name="other"), *COLUMNS[1:])
    with pytest.raises(Refusal):
        Bundle.of(replace(bundle.manifest, columns=columns), bundle.files)


def test_the_digest_leaves_out_the_card() -> None:
    """Rewording the card leaves the digest; another seed or cut does not."""
    bundle = trained().challenger
    assert Bundle.of(bundle.manifest, bundle.files | {"card.md": "x"}).digest == bundle.digest
    assert Bundle.of(replace(bundle.manifest, seed=9), bundle.files).digest != bundle.digest


def test_another_catalogue_is_refused() -> None:
    """A bundle says no to indicators defined otherwise, and to a frame that lacks some."""
    bundle = trained().challenger
    bundle.check("f" * 64)
    with pytest.raises(Refusal):
        bundle.check("0" * 64)
    with pytest.raises(Refusal, match="absence_2w"):
        bundle.score(pl.DataFrame({"absence_4w": [0.1]}))


def test_the_card_says_what_it_is() -> None:
    """The card names kind, horizon and figures in both languages, and marks synthetic data."""
    text = trained().challenger.files["card.md"]
    assert "模型" in text
    assert "within the next 4 weeks" in text
    assert "平均精确率<br>average precision" in text


def test_a_bundle_says_what_its_verdict_needs() -> None:
    """Base rate, horizon and kind are at hand for the sentence on a pupil's page."""
    bundle = trained().challenger
    assert (bundle.kind, bundle.horizon_weeks) == ("model", 4)
    assert bundle.base_rate is not None
    assert 0 < bundle.base_rate < 1
