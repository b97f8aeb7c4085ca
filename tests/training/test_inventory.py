"""What is registered: where each version stands, and what a person would do next."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from baoxue import mounted
from features.refusal import Refusal
from tests.training.factories import trained
from tests.training.test_promote import NAME, home, spoil  # noqa: F401 - a home with four versions
from training.bundle import Bundle
from training.bundle.registry import bundle_folder, champion_folder
from training.inventory import inventory, next_step
from training.promote import promote, rollback


def standings(home: Path) -> list[str]:  # noqa: F811
    return [one.standing for one in inventory(home, NAME)]


def test_every_version_stands_somewhere(home: Path) -> None:  # noqa: F811
    """Candidate, refused by a gate, in use, used before: each is told, and the next step follows from it."""
    assert standings(home) == ["candidate", "candidate", "refused", "refused"]
    assert "baoxue promote 2" in next_step(inventory(home))[0]
    promote(home, NAME, 1)
    assert standings(home) == ["in_use", "candidate", "refused", "refused"]
    assert "baoxue promote 2" in next_step(inventory(home))[0]
    promote(home, NAME, 2)
    assert standings(home) == ["used_before", "in_use", "refused", "refused"]
    assert "baoxue evaluate --version 2" in next_step(inventory(home))[0]


def test_only_a_model_that_knows_more_is_proposed(home: Path) -> None:  # noqa: F811
    """Neither a rule registered after the model that serves, nor a model of no later day, nor one taken back."""
    good = trained().challenger
    promote(home, NAME, 2)
    trained().rule.write(bundle_folder(home, NAME, 5))
    Bundle.of(replace(good.manifest, seed=5), good.files).write(bundle_folder(home, NAME, 6))
    assert "evaluate --version 2" in next_step(inventory(home))[0]
    later = replace(good.manifest, trained_until="2027-01-01")
    Bundle.of(later, good.files).write(bundle_folder(home, NAME, 7))
    assert "第 7 版还须试运行" in next_step(inventory(home))[0]
    promote(home, NAME, 7, without_shadow="试")
    rollback(home, NAME)
    assert standings(home)[6] == "taken_back"
    assert "evaluate --version 2" in next_step(inventory(home))[0]


def test_two_gates_that_failed_are_named(home: Path) -> None:  # noqa: F811
    """A refused version names its gates and has its figure."""
    both = inventory(home)[3]
    assert [en for _, en in both.closed] == [
        "every group is found alike",
        "not too good to be true",
    ]
    assert both.gain is not None
    assert both.gain[1] <= both.gain[0] <= both.gain[2]


def test_damage_is_seen_and_comes_first(home: Path) -> None:  # noqa: F811
    """A damaged champion and a damaged version are told with their remedy, whatever else there is to do."""
    promote(home, NAME, 2)
    spoil(champion_folder(home, NAME))
    assert standings(home)[1] == "damaged"
    assert "baoxue promote 2" in next_step(inventory(home))[0]
    promote(home, NAME, 2)
    spoil(bundle_folder(home, NAME, 4))
    assert standings(home)[3] == "damaged"
    assert f"{NAME}/4" in next_step(inventory(home))[0]
    spoil(bundle_folder(home, NAME, 2))
    torn = inventory(home)[1]
    assert torn.standing == "in_use"
    assert "副本" in torn.damage[0]


def test_an_unknown_name_is_refused(home: Path) -> None:  # noqa: F811
    """A name that was never trained says which there are."""
    with pytest.raises(Refusal, match=NAME):
        inventory(home, "other")
    assert inventory(home / "empty") == []


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_command_shows_them(
    home: Path,  # noqa: F811
    lang: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """``baoxue models`` prints a row for each version and the next step, in either language; also of nothing."""
    monkeypatch.setenv("BAOXUE_HOME", str(home))
    monkeypatch.setenv("BAOXUE_LANG", lang)
    told = CliRunner().invoke(mounted(), ["models"]).stdout
    assert told.count("2026-") == 4
    assert "baoxue promote 2" in told
    monkeypatch.setenv("BAOXUE_HOME", str(home / "empty"))
    assert "baoxue train" in CliRunner().invoke(mounted(), ["models"]).stdout
