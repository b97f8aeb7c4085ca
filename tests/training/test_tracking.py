"""The registry: a version per digest, aliases, a pyfunc without pickle that answers as the bundle does."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tests.training.factories import frame, trained
from training import tracking
from training.bundle import Bundle
from training.bundle.registry import bundle_folder

NAME = "dropout-risk"
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with the model as version 1 and the rule as version 2."""
    home = tmp_path_factory.mktemp("home")
    made = trained()
    first = tracking.register(made.challenger, made, frame(weeks=1), home=home)
    second = tracking.register(made.rule, made, frame(weeks=1).head(0), home=home)
    assert (first.version, first.new, second.version, second.new) == (1, True, 2, True)
    return home


@pytest.fixture
def served(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """mlflow looks at this home and may read no pickle."""
    import mlflow

    monkeypatch.setenv("MLFLOW_ALLOW_PICKLE_DESERIALIZATION", "false")
    mlflow.set_tracking_uri(tracking.uri(home))
    yield home
    mlflow.set_tracking_uri(None)


def test_the_same_digest_is_the_same_version(home: Path) -> None:
    """Registering the same bundle again returns the version that exists, and mends its folder."""
    made = trained()
    for path in bundle_folder(home, NAME, 1).iterdir():
        path.unlink()
    again = tracking.register(made.challenger, made, frame(weeks=1), home=home)
    assert (again.version, again.new) == (1, False)
    assert Bundle.load(bundle_folder(home, NAME, 1)).digest == made.challenger.digest


def test_the_environment_is_left_as_it_was(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An address that stood in the environment prevails and stands there afterwards."""
    assert "MLFLOW_TRACKING_URI" not in os.environ
    address = tracking.uri(home)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", address)
    tracking.set_alias(home.parent / "elsewhere", NAME, alias="challenger", version=1)
    assert os.environ["MLFLOW_TRACKING_URI"] == address


def test_an_alias_answers_as_the_bundle_does(served: Path) -> None:
    """models:/dropout-risk@champion gives the bundle's probability, band and, when asked, contributions."""
    import mlflow

    tracking.set_alias(served, NAME, alias="champion", version=1)
    mlflow.set_tracking_uri(tracking.uri(served))
    model = mlflow.pyfunc.load_model(f"models:/{NAME}@champion")
    rows, bundle = frame(pupils=8, weeks=1), trained().challenger
    asked = rows.select(bundle.indicators).to_pandas()
    told = model.predict(asked, params={"explain": True, "lang": "en"})
    scored = bundle.score(rows)
    assert told["probability"].astype(float).to_numpy() == pytest.approx(scored.probability)
    assert told["band"].tolist() == bundle.bands(scored)
    parts = told[[f"contribution__{n}" for n in bundle.indicators]].to_numpy(float)
    assert parts == pytest.approx(scored.contributions)
    assert told["contribution__bias"].iloc[0] == pytest.approx(scored.bias)
    assert all(isinstance(sentence, str) for one in told["reasons"] for sentence in one)
    plain = model.predict(asked)
    assert list(plain.columns) == ["probability", "band", "reasons"]


def test_nothing_known_is_no_estimate(served: Path) -> None:
    """A row of empty cells is no_data without a probability; a column may be left out."""
    import mlflow

    model = mlflow.pyfunc.load_model(f"models:/{NAME}/1")
    told = model.predict(pd.DataFrame({"absence_4w": [np.nan, 0.3]}))
    assert told["band"].tolist()[0] == "no_data"
    assert told["probability"].iloc[0] is None
    assert 0 < told["probability"].iloc[1] < 1


def test_the_registry_holds_figures_numbers_and_no_pickle(served: Path) -> None:
    """A version has its digest, signature and example; its run the figures; nothing is pickled."""
    import mlflow

    client = mlflow.MlflowClient()
    version = client.get_model_version(NAME, "1")
    assert version.tags["digest"] == trained().challenger.digest
    run = client.get_run(version.run_id)
    assert run.data.metrics["model.average_precision"] > 0
    assert run.data.params["recipe.chosen"] in ("few", "more")
    names = {one.path for one in client.list_artifacts(version.run_id, "figures")}
    assert names == {
        f"figures/{n}.png" for n in ("precision_recall", "reliability", "shap_summary")
    }
    info = mlflow.models.get_model_info(f"models:/{NAME}/1")
    assert info.signature.inputs.input_names() == list(trained().challenger.indicators)
    assert not [path for path in served.rglob("*") if path.suffix in (".pkl", ".pickle", ".joblib")]


def test_the_newest_version_is_the_highest_kept(home: Path, tmp_path: Path) -> None:
    """The newest version is read from the bundles kept, not asked of the registry."""
    assert tracking.newest(home, NAME) == 2
    assert tracking.newest(tmp_path, NAME) is None


def test_a_sample_is_seeded_and_in_order() -> None:
    """The same seed chooses the same rows, in the order they stood."""
    held = frame(weeks=1).with_row_index("at")
    one = tracking.sample_of(held, 10, 3)
    assert one.equals(tracking.sample_of(held, 10, 3))
    assert one["at"].is_sorted()
    assert tracking.sample_of(held, 10_000, 3).height == held.height


def test_the_pyfunc_file_itself_answers(tmp_path: Path) -> None:
    """The class that mlflow loads from code reads a bundle's folder and scores with it."""
    from mlflow.pyfunc import PythonModelContext

    from training.tracking_pyfunc import BundleModel

    trained().rule.write(tmp_path)
    context = PythonModelContext(artifacts={"bundle": str(tmp_path)}, model_config={})
    model = BundleModel()
    model.load_context(context)
    told = model.predict(context, pd.DataFrame({"absence_4w": [0.5]}), {"explain": True})
    assert told["reasons"].iloc[0]
    assert told["contribution__bias"].iloc[0] == 0.0
    assert "contribution__bias" not in model.predict(context, pd.DataFrame({"absence_4w": [0.5]}))
