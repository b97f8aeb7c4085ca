"""The registered model answers over MLflow's own server, without a pickle."""

from __future__ import annotations

import json
import socket
import urllib.request
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from benchmarks.model_server import serving
from features.build import build
from features.facts import open_facts
from tests.journeys.conftest import DAY, Home

pytestmark = pytest.mark.slow


def _free_port() -> int:
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        return int(door.getsockname()[1])


def _asked(port: int, body: dict[str, Any]) -> Any:
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/invocations",
        data=json.dumps(body).encode(),
        headers={"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.load(answer)


def test_mlflow_models_serve_answers_with_probability_and_contributions(
    home: Home, county: Path
) -> None:
    """models:/dropout-risk@champion gives probability, band and reasons, and on request contributions."""
    port = _free_port()
    registry = {
        "MLFLOW_TRACKING_URI": f"sqlite:///{home.folder / 'mlflow.db'}",
        "MLFLOW_ALLOW_PICKLE_DESERIALIZATION": "false",
    }
    with serving("models:/dropout-risk@champion", port, registry):
        frame = build(open_facts([county], home.folder), date.fromisoformat(DAY)).head(5)
        names = [c for c in frame.columns if frame[c].dtype.is_float()]
        split = {"columns": names, "data": frame.select(names).rows()}
        plain = _asked(port, {"dataframe_split": split})["predictions"]
        told = _asked(port, {"dataframe_split": split, "params": {"explain": True}})["predictions"]
    assert len(plain) == 5
    assert {"probability", "band", "reasons"} <= set(plain[0])
    assert not [name for name in plain[0] if name.startswith("contribution__")]
    assert "contribution__bias" in told[0]
    assert [row["probability"] for row in told] == [row["probability"] for row in plain]
