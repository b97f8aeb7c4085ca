"""A recipe of one's own: only what changes need be written; what is wrong is named with its place."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from features.refusal import Refusal
from training.commands.train import _recipe
from training.recipe import HERE, Recipe

ROOT = Path(__file__).parents[2]
WHOLE = HERE.read_text(encoding="utf-8")


def read(tmp_path: Path, text: str) -> Recipe:
    path = tmp_path / "recipe.toml"
    path.write_text(text, encoding="utf-8")
    return _recipe(path)


def test_an_empty_recipe_is_the_packaged_one(tmp_path: Path) -> None:
    """Sections left out are the packaged ones: nothing written changes nothing."""
    assert read(tmp_path, "") == Recipe.read()


def test_the_handbooks_own_example_works(tmp_path: Path) -> None:
    """The few lines that the handbook tells people to write are a recipe, and change that bound alone."""
    page = (ROOT / "docs/handbook/gates.md").read_text(encoding="utf-8")
    text = page.split("```toml\n")[1].split("```")[0]
    own, usual = read(tmp_path, text), Recipe.read()
    assert own.gates["plausible"] == {**usual.gates["plausible"], "model_auc": 0.98}
    assert own.rows == usual.rows
    assert own.candidates == usual.candidates


def test_what_a_section_does_not_name_is_the_packaged(tmp_path: Path) -> None:
    """One entry of a section is enough: the handbook's three lines on exits change that entry alone."""
    page = (ROOT / "docs/handbook/interventions.md").read_text(encoding="utf-8")
    own, usual = read(tmp_path, page.split("```toml\n")[1].split("```")[0]), Recipe.read()
    assert own == replace(usual, rows=replace(usual.rows, exits="weighted"))
    few = read(tmp_path, "[search]\nrounds = 60\nleast = 20\n[capacity]\npriority = 0.05\n")
    assert few.search == replace(usual.search, rounds=60, least=20)
    assert few.capacity == {**usual.capacity, "priority": 0.05}


def test_own_candidates_have_no_joints_but_their_own(tmp_path: Path) -> None:
    """Joints of the packaged recipe speak of its own settings: other settings do not inherit them."""
    assert not read(tmp_path, '[[candidates]]\nname = "mine"\n').joints
    assert read(tmp_path, "[gate]\nreplicates = 40\n").joints == Recipe.read().joints


@pytest.mark.parametrize("name", ["uci697", "coverage"])
def test_the_benchmarks_recipes_are_recipes(name: str) -> None:
    """What benchmarks are run with is read by the same rules."""
    assert Recipe.read(ROOT / f"benchmarks/{name}.toml").candidates


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("[row]\nfolds = 3\n", "[row]"),
        ("rows = 3\n", "[rows]"),
        ("[fixed]\nlearning_rate = 0.1\n", "[fixed] objective"),
        ('[fixed]\nobjective = "regression"\n', "[fixed] objective"),
        ("[gates.plausible]\nmodel_auc = 1.7\n", "[gates.plausible] model_auc"),
        ('[[gates.plausible.areas]]\narea = "here"\nauc = 85\n', "[[gates.plausible.areas]] auc"),
        ("[search]\nrounds = 60\n", "[search] least"),
        ('[[candidates]]\nname = "a"\nnum_leafs = 7\n', "[[candidates]] a num_leafs"),
        ('[[candidates]]\nname = "a"\nnum_leaves = -7\n', "[[candidates]] a"),
        ('[[candidates]]\nname = "a"\nlearning_rate = "much"\n', "[[candidates]] a"),
        ('[fixed]\nobjective = "binary"\nnum_leafs = 7\n', "[fixed] num_leafs"),
        ("[search]\nstep = 0\n", "[search] step"),
        ('[search]\nchoose_by = "best"\n', "[search] choose_by"),
        ("[rows]\nfolds = 0\n", "[rows] folds"),
        ("[rows]\nmost = -1\n", "[rows] most"),
        ("[rows]\nfewest_outcomes = 2.5\n", "[rows] fewest_outcomes"),
        ("[gate]\nreplicates = 0\n", "[gate] replicates"),
        ("[gates.fair]\nreplicates = 0\n", "[gates.fair] replicates"),
        ("[capacity]\npriority = 3\n", "[capacity] priority"),
        (WHOLE.replace("folds = 4 ", 'folds = "4" '), "[rows] folds"),
        (WHOLE.replace("folds = 4 ", "fold = 4 "), "[rows] fold"),
        (WHOLE.replace('exits = "left_out"', 'exits = "sometimes"'), "[rows] exits"),
        ("[gates.fare]\nlow = 0.7\n", "[gates.fare]"),
        ("[gates.fair]\nlowest = 0.7\n", "[gates.fair] lowest"),
        ('[gates.fair]\nlow = "0.7"\n', "[gates.fair] low"),
        ("[gates.fair]\nlow = true\n", "[gates.fair] low"),
        ("[[candidates]]\nnum_leaves = 7\n", "[[candidates]]"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, text: str, named: str) -> None:
    """An unknown section or entry, one that is missing, a value of another kind or beyond its bounds: one refusal names the place."""
    with pytest.raises(Refusal) as said:
        read(tmp_path, text)
    for words in (said.value.zh, said.value.en):
        assert named in words
        assert "recipe.toml" in words
    assert "__init__" not in said.value.zh
