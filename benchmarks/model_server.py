"""The obvious way to answer for one pupil: ``mlflow models serve``, asked with one row of indicators.

Its model is that of ``benchmarks.shape``. It scores and words one row, live; it knows no scope, no audit and
keeps nothing: less than a stored explanation holds.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from benchmarks import shape

#: Rows asked in turn, and seconds until the server must have answered once.
ROWS, PATIENCE = 200, 180


def saved(folder: Path) -> Path:
    """The model as an MLflow pyfunc folder, its bundle inside."""
    import mlflow

    from benchmarks.city import bundle
    from features.catalogue import load
    from training.tracking import PYFUNC

    model = folder / "mlflow-model"
    if not model.is_dir():
        bundle(load()).write(folder / "mlflow-bundle")
        mlflow.pyfunc.save_model(
            model,
            python_model=str(PYFUNC),
            artifacts={"bundle": str(folder / "mlflow-bundle")},
            pip_requirements=[],
        )
    return model


@contextmanager
def serving(model: Path | str, port: int, more: Mapping[str, str] | None = None) -> Iterator[None]:
    """The server answers within, for a folder or a registered model; it is stopped with all its workers.

    ``more``: of its environment, such as where the registry is.
    """
    env = os.environ | {
        # mlflow calls uvicorn by name
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "MLFLOW_DISABLE_TELEMETRY": "true",
        **(more or {}),
    }
    command = [
        sys.executable,
        "-m",
        "mlflow",
        "models",
        "serve",
        "-m",
        str(model),
        "--port",
        str(port),
    ]
    server = subprocess.Popen(
        [*command, "--host", "127.0.0.1", "--env-manager", "local", "--workers", "2"],
        env=env, start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        _wait(port, server)
        yield
    finally:
        if server.poll() is None:
            os.killpg(server.pid, signal.SIGTERM)
        server.wait(30)


def _wait(port: int, server: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until and server.poll() is None:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/ping", timeout=5).close()
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
        else:
            return
    raise SystemExit("mlflow models serve did not answer")


def asked() -> Sequence[bytes]:
    """Raw POST requests, one row of invented indicators each."""
    rows = shape.rows_like(shape.NAMES, ROWS, 3).tolist()
    return [
        _post({"dataframe_split": {"columns": list(shape.NAMES), "data": [row]}}) for row in rows
    ]


def _post(body: object) -> bytes:
    # an empty cell is NaN here and null on the wire
    text = json.dumps(body).replace("NaN", "null").encode()
    head = (
        "POST /invocations HTTP/1.1\r\nHost: benchmark\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(text)}\r\n\r\n"
    )
    return head.encode() + text
