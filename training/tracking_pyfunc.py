"""The MLflow model, loaded from this code: a bundle's folder in, probability, band and reasons out.

No pickle and no ``code_paths``: the service's own ``training.bundle`` reads the bundle.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import mlflow
import numpy as np
import pandas as pd
import polars as pl

from training.bundle import Bundle


class BundleModel(mlflow.pyfunc.PythonModel):  # type: ignore[misc] # mlflow has no complete stubs
    """``predict(frame, params)``: one row a pupil; params ``explain`` and ``lang``."""

    def load_context(self, context: Any) -> None:
        """Read and verify the bundle; a changed one is refused."""
        self.bundle = Bundle.load(Path(context.artifacts["bundle"]))

    def predict(
        self, context: Any, model_input: pd.DataFrame, params: dict[str, Any] | None = None
    ) -> pd.DataFrame:
        """probability, band, reasons; with ``explain`` contribution__NAME and contribution__bias."""
        asked = params or {}
        wanted = list(self.bundle.indicators)
        values = model_input.reindex(columns=wanted).astype("float64")
        frame = pl.DataFrame({name: values[name].to_numpy() for name in wanted}).fill_nan(None)
        scored = self.bundle.score(frame)
        known = np.asarray(frame.select(pl.any_horizontal(pl.all().is_not_null())).to_series())
        told = self.bundle.reasons(scored, frame, lang=asked.get("lang", "zh"))
        bands = self.bundle.bands(scored, known)
        out: dict[str, Any] = {
            # null, not NaN, which is no JSON: where nothing is known, or no outcome was ever seen
            "probability": pd.Series(
                [
                    None if band == "no_data" or np.isnan(said) else float(said)
                    for said, band in zip(scored.probability, bands, strict=True)
                ],
                index=model_input.index,
                dtype=object,
            ),
            "band": bands,
            "reasons": [[reason.sentence for reason in one.listed] for one in told],
        }
        if asked.get("explain"):
            parts = scored.contributions.T
            out |= {f"contribution__{n}": part for n, part in zip(wanted, parts, strict=True)}
            out["contribution__bias"] = np.full(len(scored), scored.bias)
        return pd.DataFrame(out, index=model_input.index)


mlflow.models.set_model(BundleModel())
