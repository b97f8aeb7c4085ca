"""A second real source through the same training code: it was not made for these columns."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks import uci697
from training.metrics import measure

DATA = Path(__file__).resolve().parents[3] / "shared/data/uci697/uci697.parquet"
pytestmark = [
    pytest.mark.realdata,
    pytest.mark.skipif(not DATA.is_file(), reason=f"the UCI 697 file is not at {DATA}"),
]


def test_other_columns_are_learned_as_well() -> None:
    """With all columns students left out are ranked and calibrated well; the school list far less."""
    frame = uci697.table(DATA)
    said = uci697.judged(frame, uci697.SETS[0].columns(frame), seed=0)
    ours = measure(said["model"])
    assert ours["auc"] >= 0.92
    assert ours["calibration_error"] <= 0.02
    assert ours["average_precision"] > measure(said["school"])["average_precision"] + 0.2


def test_what_is_never_an_input_is_left_out() -> None:
    """The product's set holds neither sex nor nationality nor anything of the parents."""
    frame = uci697.table(DATA)
    names = {column.name for column in uci697.SETS[1].columns(frame)}
    assert not names & {"gender", "nacionality", "international", "marital_status"}
    assert not {name for name in names if "mother" in name or "father" in name}
    assert len(names) == 28
