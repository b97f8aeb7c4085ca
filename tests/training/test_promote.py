"""Promotion: gates asked, the champion replaced in one step, one step back."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from features.refusal import Refusal
from tests.training.factories import trained
from training.bundle import Bundle
from training.bundle.format import Spoiled
from training.bundle.registry import (
    VERSION,
    bundle_folder,
    champion,
    champion_folder,
    check_name,
    current,
    faults,
    registered,
    served,
)
from training.promote import promote, rollback

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
    assert (said.version, said.kind, said.before) == (2, "model", (1,))


def test_what_has_served_is_told_oldest_first(home: Path) -> None:
    """Nothing before anything served; then each in its turn, and after one step back the others again."""
    assert served(home, NAME) == ()
    promote(home, NAME, 1)
    promote(home, NAME, 2)
    assert [one.kind for one in served(home, NAME)] == ["rule", "model"]
    rollback(home, NAME)
    assert [one.kind for one in served(home, NAME)] == ["rule"]
    promote(home, NAME, 2)
    (bundle_folder(home, NAME, 1) / "bundle.json").unlink()
    for copy in (home / "champion" / f".{NAME}").glob("1-*/bundle.json"):
        copy.unlink()
    assert [one.kind for one in served(home, NAME)] == ["model"]


def test_another_name_goes_by_the_usual_lists(home: Path) -> None:
    """Schools had the lists of what was in use, whatever a trial is called."""
    promote(home, NAME, 2)
    assert [one.kind for one in served(home, "trial")] == ["model"]


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
    back = current(home, NAME)
    assert back is not None
    assert (back.before, back.taken_back) == ((), (2,))
    promote(home, NAME, 2)
    again = current(home, NAME)
    assert again is not None
    assert again.taken_back == ()
    with pytest.raises(Refusal, match="zz"):
        rollback(home, "zz")
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


def spoil(folder: Path, name: str = "booster.txt") -> None:
    """Cut a file short, as a full disk or a lost power does."""
    text = (folder / name).read_text()
    (folder / name).write_text(text[: len(text) // 2])


def test_promoting_the_version_in_use_mends_it(home: Path) -> None:
    """A damaged champion is refused with the very command that then puts it in again, history kept."""
    promote(home, NAME, 1)
    promote(home, NAME, 2)
    spoil(champion_folder(home, NAME))
    with pytest.raises(Refusal, match="baoxue promote 2 重新装入"):
        champion(home, NAME)
    promote(home, NAME, 2)
    assert champion(home, NAME).digest == trained().challenger.digest
    said = current(home, NAME)
    assert said is not None
    assert (said.version, said.before) == (2, (1,))


@pytest.mark.parametrize("text", ["", "{", "{}", '{"version": 2}'])
def test_a_torn_note_of_who_serves_is_mended_too(home: Path, text: str) -> None:
    """``version.json`` that cannot be read is a damage with a remedy, and the remedy works."""
    promote(home, NAME, 1)
    (champion_folder(home, NAME) / VERSION).write_text(text)
    with pytest.raises(Spoiled, match="baoxue promote 1 "):
        current(home, NAME)
    promote(home, NAME, 1)
    said = current(home, NAME)
    assert said is not None
    assert said.version == 1


def test_a_damaged_version_is_read_from_the_copy_that_served(home: Path) -> None:
    """What once served stays readable though its registered folder is damaged; going back mends the folder."""
    promote(home, NAME, 1)
    promote(home, NAME, 2)
    promote(home, NAME, 1)
    spoil(bundle_folder(home, NAME, 2))
    assert registered(home, NAME, 2).digest == trained().challenger.digest
    rollback(home, NAME)
    assert serving(home) == trained().challenger.digest
    assert Bundle.load(bundle_folder(home, NAME, 2)).digest == trained().challenger.digest


def test_a_damaged_version_without_a_copy_names_its_folder(home: Path) -> None:
    """The refusal says which version of what lies where, and does not advise a rollback, which helps nobody."""
    promote(home, NAME, 1)
    spoil(bundle_folder(home, NAME, 2))
    with pytest.raises(Spoiled) as said:
        registered(home, NAME, 2)
    assert f"BAOXUE_HOME/bundles/{NAME}/2" in said.value.zh
    assert "booster.txt" in said.value.zh
    assert "rollback" not in said.value.en


@pytest.mark.parametrize("ask", [lambda h: registered(h, NAME, 9), lambda h: champion(h, NAME)])
def test_what_is_not_there_says_what_is(home: Path, ask: Callable[[Path], object]) -> None:
    """No such version, none in use, nothing trained at all: three answers, each with the next step."""
    with pytest.raises(Refusal, match=r"1、2、3、4 版.*baoxue models"):
        ask(home)
    with pytest.raises(Refusal, match=r"没有名为.*baoxue train"):
        ask(home / "empty")


@pytest.mark.parametrize(
    "name", ["a/b", "../x", "", ".a", "a.", "a..b", "a b", "x.shadow", "x.abc", "a" * 101]
)
def test_a_name_that_cannot_be_kept_is_refused(name: str) -> None:
    """A model's name is a folder, a registry's entry and part of NAME/VERSION: what breaks one is refused."""
    with pytest.raises(Refusal, match="模型名称"):
        check_name(name, reserved=("abc",))


@pytest.mark.parametrize("name", [NAME, "oulad", "市三模型", "a_b-c.d", "a.abc.d"])
def test_a_plain_name_is_kept(name: str) -> None:
    """Letters of any script, digits, underscore, hyphen and single dots."""
    check_name(name, reserved=("abc",))


def test_faults_are_those_that_are_there(home: Path) -> None:
    """Sound files have none; a damaged champion and a damaged version have one each, with the next step."""
    promote(home, NAME, 1)
    assert faults(home, NAME) == []
    spoil(champion_folder(home, NAME), "bundle.json")
    spoil(bundle_folder(home, NAME, 2))
    found = faults(home, NAME)
    assert len(found) == 2
    for zh, en in found:
        assert "下一步：" in zh
        assert "Next: " in en
