"""MLflow: runs with parameters, metrics and figures, registered versions, aliases.

Beside the pyfunc file the only module that imports mlflow. Serving never asks it anything.
"""

from __future__ import annotations

import importlib.metadata
import logging
import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from training import figures
from training.bundle import Bundle
from training.bundle.registry import bundle_folder
from training.material import Trained

if TYPE_CHECKING:
    from mlflow import MlflowClient

PYFUNC = Path(__file__).with_name("tracking_pyfunc.py")
EXAMPLE_ROWS = 5
_URI = "MLFLOW_TRACKING_URI"


@dataclass(frozen=True)
class Registered:
    """A version in the registry; ``new`` is False where the same digest was there already."""

    version: int
    new: bool


def uri(home: Path) -> str:
    """``MLFLOW_TRACKING_URI``, or the SQLite file under ``home``."""
    return os.environ.get(_URI) or _local(home)


def _local(home: Path) -> str:
    return f"sqlite:///{home.resolve() / 'mlflow.db'}"


@contextmanager
def _client(home: Path) -> Iterator[MlflowClient]:
    """A client on this home; nothing is sent to anybody and migrations are not told line by line."""
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
    os.environ.setdefault("MLFLOW_ALLOW_PICKLE_DESERIALIZATION", "false")
    os.environ.setdefault("GIT_PYTHON_REFRESH", "quiet")
    os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")
    import mlflow

    for name in ("alembic", "mlflow"):  # after the import, which sets its own levels
        logging.getLogger(name).setLevel(logging.ERROR)
    home.mkdir(parents=True, exist_ok=True)
    # mlflow writes the address into the environment: what stood there is put back afterwards
    before = os.environ.get(_URI)
    mlflow.set_tracking_uri(uri(home))
    try:
        yield mlflow.MlflowClient()
    finally:
        mlflow.set_tracking_uri(None)
        if before:
            os.environ[_URI] = before


def _experiment(client: MlflowClient, name: str, home: Path) -> str:
    found = client.get_experiment_by_name(name)
    if found is not None:
        return str(found.experiment_id)
    local = client.tracking_uri == _local(home)
    place = (home / "mlruns").resolve().as_uri() if local else None
    return str(client.create_experiment(name, artifact_location=place))


def _same(client: MlflowClient, bundle: Bundle) -> int | None:
    """The version that has this digest, if any."""
    name = bundle.manifest.name
    for version in client.search_model_versions(f"name = '{name}'"):
        if version.tags.get("digest") == bundle.digest:
            return int(version.version)
    return None


def _flat(said: Mapping[str, Any], before: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for key, value in said.items():
        name = f"{before}{key}"
        flat |= _flat(value, f"{name}.") if isinstance(value, Mapping) else {name: value}
    return flat


def _log_numbers(client: MlflowClient, run: str, bundle: Bundle) -> None:
    manifest = bundle.manifest
    said = {
        "kind": manifest.kind,
        "digest": bundle.digest,
        "trained_until": manifest.trained_until,
        "horizon_weeks": manifest.horizon_weeks or "end",
        "seed": manifest.seed,
        "indicators": len(manifest.columns),
        "outcome": ",".join(manifest.outcome),
        "calibration": manifest.calibration.method,
        **{f"recipe.{key}": value for key, value in _flat(manifest.recipe).items()},
    }
    for key, value in said.items():
        client.log_param(run, key, value)
    numbers = {key: manifest.checks.get(key, {}) for key in ("model", "rule", "gate")}
    for key, value in {**_flat(numbers), **_flat(manifest.counts, "count.")}.items():
        if isinstance(value, int | float):
            client.log_metric(run, key, float(value))


def _log_figures(client: MlflowClient, run: str, trained: Trained, sample: pl.DataFrame) -> None:
    if trained.model is None or trained.baseline is None:
        return
    drawn = {
        "precision_recall.png": figures.precision_recall(trained.model, trained.baseline),
        "reliability.png": figures.reliability(trained.model),
        "shap_summary.png": figures.shap_summary(trained.challenger, sample),
    }
    for name, figure in drawn.items():
        client.log_figure(run, figure, f"figures/{name}")


def _signature(bundle: Bundle) -> Any:
    from mlflow.models import ModelSignature
    from mlflow.types import ColSpec, ParamSchema, ParamSpec, Schema
    from mlflow.types.schema import Array, DataType

    asked = [ColSpec(DataType.double, name, required=False) for name in bundle.indicators]
    told = [
        ColSpec(DataType.double, "probability"),
        ColSpec(DataType.string, "band"),
        ColSpec(Array(DataType.string), "reasons"),
    ]
    params = [
        ParamSpec("explain", DataType.boolean, False),
        ParamSpec("lang", DataType.string, "zh"),
    ]
    return ModelSignature(Schema(asked), Schema(told), ParamSchema(params))


def _example(bundle: Bundle, sample: pl.DataFrame) -> Any:
    rows = sample.select(bundle.indicators).head(EXAMPLE_ROWS)
    if rows.height == 0:
        rows = pl.DataFrame({name: [0.0] for name in bundle.indicators})
    return rows.to_pandas().astype("float64")


def _requirements() -> list[str]:
    names = ("lightgbm", "numpy", "pandas", "polars", "mlflow")
    return [f"{name}=={importlib.metadata.version(name)}" for name in names]


def _log_model(run: str, bundle: Bundle, sample: pl.DataFrame) -> str:
    import mlflow

    with tempfile.TemporaryDirectory(prefix="baoxue-bundle-") as scratch:
        folder = Path(scratch) / "bundle"
        bundle.write(folder)
        with mlflow.start_run(run_id=run):
            logged = mlflow.pyfunc.log_model(
                name="model",
                python_model=str(PYFUNC),
                artifacts={"bundle": str(folder)},
                signature=_signature(bundle),
                input_example=_example(bundle, sample),
                pip_requirements=_requirements(),
            )
    return str(logged.model_uri)


def register(bundle: Bundle, trained: Trained, sample: pl.DataFrame, *, home: Path) -> Registered:
    """Log a run and register the bundle as a version; the same digest returns the one there is.

    ``sample``: indicator rows for the input example and the SHAP summary. The bundle is also
    written to ``home/bundles/NAME/VERSION``, from where ``promote`` takes it.
    """
    name = bundle.manifest.name
    with _client(home) as client:
        there = _same(client, bundle)
        if there is not None:
            _keep(bundle, trained, home, there)
            return Registered(there, new=False)
        run = client.create_run(_experiment(client, name, home), run_name=bundle.kind).info.run_id
        _log_numbers(client, run, bundle)
        if bundle.kind == "model":
            _log_figures(client, run, trained, sample)
        source = _log_model(run, bundle, sample)
        if not client.search_registered_models(f"name = '{name}'"):
            client.create_registered_model(name)
        tags = {"digest": bundle.digest, "kind": bundle.kind}
        version = client.create_model_version(name, source, run, tags=tags)
        client.set_terminated(run)
        _keep(bundle, trained, home, int(version.version))
        return Registered(int(version.version), new=True)


def _keep(bundle: Bundle, trained: Trained, home: Path, version: int) -> None:
    """Write the bundle, and beside a challenger the baselines it was compared with (NAME.BASELINE)."""
    compared = trained.baselines.values() if bundle is trained.challenger else ()
    for one in (bundle, *compared):
        folder = bundle_folder(home, one.manifest.name, version)
        if not (folder / "bundle.json").is_file():
            one.write(folder)


def set_alias(home: Path, name: str, *, alias: str, version: int) -> None:
    """Point ``challenger`` or ``champion`` at a version; a mirror of what promotion wrote."""
    with _client(home) as client:
        client.set_registered_model_alias(name, alias, str(version))


def newest(home: Path, name: str) -> int | None:
    """The number of the newest registered version kept under ``home``; None where there is none."""
    folder = bundle_folder(home, name, 0).parent
    numbers = [int(one.name) for one in folder.glob("*") if one.name.isdecimal()]
    return max(numbers, default=None)


def sample_of(frame: pl.DataFrame, rows: int, seed: int) -> pl.DataFrame:
    """A seeded sample of rows in their own order."""
    if frame.height <= rows:
        return frame
    chosen = np.random.default_rng(seed).choice(frame.height, rows, replace=False)
    return frame[np.sort(chosen)]
