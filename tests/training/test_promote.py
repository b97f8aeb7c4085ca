"""Promotion: gates asked, the champion replaced in one step, one step back."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path

import pytest

from features.refusal import Refusal
from tests.training.factories import trained
from training.bundle import Bundle
from training.promote import bundle_folder, champion_folder, current, promote, rollback

NAME = "dropout-risk"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home with version 1 (the rule), 2 (the model), 3 and 4 (models that failed one gate, two)."""
    good = trained().challenger
    gate = good.manifest.checks["gate"] | {"passed": False, "point": -0.01}
    failed = replace(good.manifest, checks={**good.manifest.checks, "gate": gate})
    shut = [
        dict(one) | ({"passed": False} if one["name"] in ("fair", "plausible") else {})
        for one in good.manifest.checks["gates"]
    ]
    several = replace(good.manifest, checks={**good.manifest.checks, "gates": shut})
    spoiled = (Bundle.of(failed, good.files), Bundle.of(several, good.files))
    for number, bundle in enumerate((trained().rule, good, *spoiled), start=1):
        bundle.write(bundle_folder(tmp_path, NAME, number))
    return tmp_path


def serving(home: Path) -> str:
    return Bundle.load(champion_folder(home, NAME)).digest


def test_what_was_promoted_serves(home: Path) -> None:
    """The champion's folder is the promoted bundle with its number and what came before."""
    assert current(home, NAME) is None
    promote(home, NAME, 1)
    promote(home, NAME, 2)
    assert serving(home) == trained().challenger.digest
    said = current(home, NAME)
    assert said is not None
    assert (said["version"], said["kind"], said["before"]) == (2, "model", [1])


def test_a_model_that_failed_its_gate_is_refused(home: Path) -> None:
    """A failed gate leaves the champion as it was and says which gate and by how much."""
    promote(home, NAME, 1)
    with pytest.raises(Refusal, match=r"-0\.0100"):
        promote(home, NAME, 3)
    assert serving(home) == trained().rule.digest


def test_every_gate_that_failed_is_named(home: Path) -> None:
    """Two gates failed: both are named with their figures in both languages, the champion stays."""
    promote(home, NAME, 1)
    with pytest.raises(Refusal) as said:
        promote(home, NAME, 4)
    for one in trained().challenger.manifest.checks["gates"]:
        failed = one["name"] in ("fair", "plausible")
        assert (one["title_zh"] in said.value.zh) == failed
        assert (one["en"] in said.value.en) == failed
    assert "2道检验" in said.value.zh
    assert serving(home) == trained().rule.digest


def test_an_unknown_or_spoiled_version_is_refused(home: Path) -> None:
    """A version that is not there, or whose bytes changed, does not become champion."""
    promote(home, NAME, 1)
    with pytest.raises(Refusal, match="第 9 版"):
        promote(home, NAME, 9)
    path = bundle_folder(home, NAME, 2) / "booster.txt"
    path.write_text(path.read_text() + " ")
    with pytest.raises(Refusal, match="校验和"):
        promote(home, NAME, 2)
    assert serving(home) == trained().rule.digest


def test_one_step_back_and_forth(home: Path) -> None:
    """Rollback puts the version before back; with none before it says so."""
    with pytest.raises(Refusal):
        rollback(home, NAME)
    promote(home, NAME, 1)
    with pytest.raises(Refusal):
        rollback(home, NAME)
    promote(home, NAME, 2)
    promote(home, NAME, 2)
    assert rollback(home, NAME)[1] == 1
    assert serving(home) == trained().rule.digest
    promote(home, NAME, 2)
    assert serving(home) == trained().challenger.digest


def test_a_reader_never_sees_half(home: Path) -> None:
    """While champions change, every read gives one complete bundle or the other."""
    promote(home, NAME, 1)
    seen: set[str] = set()
    stop = threading.Event()
    failed: list[BaseException] = []

    def read() -> None:
        while not stop.is_set():
            try:
                seen.add(serving(home))
            except BaseException as error:
                failed.append(error)
                return

    reader = threading.Thread(target=read)
    reader.start()
    for _ in range(12):
        promote(home, NAME, 2)
        rollback(home, NAME)
    stop.set()
    reader.join()
    assert not failed
    assert seen <= {trained().rule.digest, trained().challenger.digest}
