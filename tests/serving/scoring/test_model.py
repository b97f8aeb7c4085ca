"""Which model serves: the champion, a named version, or the rule where there is none."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from features.catalogue import load
from features.refusal import Refusal
from serving.scoring.model import Model, attendance_rule, find, in_shadow
from tests.serving.scoring.test_draw import model
from training.bundle import Bundle
from training.bundle.calibration import probability

CATALOGUE = load()


def put(home: Path, own: Model, *where: str, version: object = None) -> Path:
    """Write a bundle below ``home``, with version.json where a version is given."""
    folder = home.joinpath(*where)
    own.bundle.write(folder)
    if version is not None:
        (folder / "version.json").write_text(json.dumps(version), encoding="utf-8")
    return folder


def test_without_any_model_the_rule_serves_and_says_what_to_do(tmp_path: Path) -> None:
    """A home without a model gets the attendance rule with a sentence that names the next step."""
    found = find(tmp_path, None, CATALOGUE)
    assert (found.kind, found.found, found.label) == ("rule", "none", "dropout-risk/rule")
    assert "baoxue train" in found.manifest.notice_zh
    assert found.floor == 0.0


def test_a_refused_model_leaves_the_rule(tmp_path: Path) -> None:
    """Trained but never promoted: the rule serves and everything says so."""
    put(tmp_path, model(), "bundles", "dropout-risk", "1")
    found = find(tmp_path, "dropout-risk@champion", CATALOGUE)
    assert (found.kind, found.found) == ("rule", "refused")
    assert found.manifest.notice_zh.startswith("模型未通过检验，本名单按出勤规则生成。")


@pytest.mark.parametrize(("said", "version"), [({"version": 3}, "3"), ("4", "4"), (None, None)])
def test_the_champion_serves(tmp_path: Path, said: object, version: str | None) -> None:
    """The champion's folder is read, and its version from the file beside it, else its digest."""
    own = model()
    put(tmp_path, own, "champion", "dropout-risk", version=said)
    found = find(tmp_path, None, CATALOGUE)
    assert found.version == (version or own.bundle.digest[:12])
    assert (found.kind, found.found) == ("model", "model")


def test_a_version_by_name(tmp_path: Path) -> None:
    """NAME/VERSION reads that bundle and no other."""
    put(tmp_path, model(2), "bundles", "other", "7")
    assert find(tmp_path, "other/7", CATALOGUE).label == "other/7"


@pytest.mark.parametrize("reference", ["other/9", "other", "a b", "dropout-risk@best", "x/y/z"])
def test_what_is_not_there_is_refused(tmp_path: Path, reference: str) -> None:
    """Unknown versions and names, and what is no reference, are refused."""
    with pytest.raises(Refusal):
        find(tmp_path, reference, CATALOGUE)


def test_the_champion_runs_in_no_shadow(tmp_path: Path) -> None:
    """A version in use is not compared with itself; another may run beside it, under the shadow's name."""
    put(tmp_path, model(), "champion", "dropout-risk", version={"version": 1})
    for number in ("1", "2"):
        put(tmp_path, model(), "bundles", "dropout-risk", number)
    with pytest.raises(Refusal, match="第 1 版正在使用"):
        in_shadow(tmp_path, "1", CATALOGUE)
    assert in_shadow(tmp_path, "2", CATALOGUE).label == "dropout-risk.shadow/2"


def test_a_tampered_champion_is_not_loaded(tmp_path: Path) -> None:
    """One changed byte in the trees and nothing is scored."""
    folder = put(tmp_path, model(), "champion", "dropout-risk")
    trees = (folder / "booster.txt").read_bytes()
    (folder / "booster.txt").write_bytes(trees.replace(b"leaf_value=", b"leaf_value=9", 1))
    with pytest.raises(Refusal):
        find(tmp_path, None, CATALOGUE)


def test_other_definitions_are_refused(tmp_path: Path) -> None:
    """A model of other indicator definitions does not score."""
    own = model()
    manifest = type(own.manifest)(**{**vars(own.manifest), "fingerprint": "other"})
    changed = Model("dropout-risk", "1", Bundle(manifest, own.bundle.files), "model")
    put(tmp_path, changed, "champion", "dropout-risk")
    with pytest.raises(Refusal):
        find(tmp_path, None, CATALOGUE)


def test_the_floor_is_the_base_rate() -> None:
    """At the floor the calibrated probability is the county's base rate."""
    own = model()
    assert float(probability(np.array([own.floor]), own.manifest.calibration)[0]) == pytest.approx(
        0.1
    )
    rate = type(own.manifest)(**{**vars(own.manifest), "base_rate": None})
    assert Model("x", "1", Bundle(rate, own.bundle.files), "model").floor == float("-inf")


def test_the_rule_needs_only_what_the_catalogue_has() -> None:
    """Every term of the rule is an indicator, and its bundle says its own words."""
    rule = attendance_rule("x", CATALOGUE)
    assert set(rule.indicators) <= set(CATALOGUE.names)
    assert len(rule.indicators) >= 4
    assert all(column.label_zh for column in rule.manifest.columns)
