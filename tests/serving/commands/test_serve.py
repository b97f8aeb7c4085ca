"""``baoxue serve``: one process or several, and over what."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from features.refusal import Refusal
from serving.app import DEMO_MARK, worker
from serving.commands.serve import check_workers


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("BAOXUE_HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_several_processes_need_postgresql(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Over a SQLite file and in a demonstration there is one process, and the refusal says what to do."""
    with pytest.raises(Refusal, match="BAOXUE_DATABASE_URL"):
        check_workers(demo=False)
    monkeypatch.setenv("BAOXUE_DATABASE_URL", "postgresql+psycopg://x@127.0.0.1/x")
    check_workers(demo=False)
    with pytest.raises(Refusal, match="--workers"):
        check_workers(demo=True)


def test_a_worker_is_no_demonstration(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One of several processes answers like the only one, and makes no demonstration logins."""
    monkeypatch.setattr(sys, "setswitchinterval", lambda seconds: None)
    (home / DEMO_MARK).write_text("{}", "utf-8")
    app = worker()
    assert not app.state.doors.demo
    assert TestClient(app).get("/livez").status_code == 200
