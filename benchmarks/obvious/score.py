"""The classifier asked, shap for everyone, and the schools' lists as dictionaries to JSON."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from benchmarks.obvious.pupils import City

CAPACITY = 0.05
REASONS = 5


def classifier(text: str) -> Any:
    """scikit-learn's wrapper about trees that are already grown, as unpickling would give it."""
    import lightgbm

    wrapped = lightgbm.LGBMClassifier(n_jobs=2)
    booster = lightgbm.Booster(model_str=text)
    wrapped._Booster = booster
    wrapped._n_features = wrapped._n_features_in = booster.num_feature()
    wrapped._classes, wrapped._n_classes = np.array([0, 1]), 2
    wrapped.fitted_ = True
    return wrapped


def chances(model: Any, x: pd.DataFrame) -> NDArray[np.float64]:
    """Of the outcome, a pupil each."""
    told: NDArray[np.float64] = model.predict_proba(x)[:, 1]
    return told


def contributions(model: Any, x: pd.DataFrame) -> NDArray[np.float64]:
    """By shap's explainer of trees, a row a pupil."""
    import shap

    values: NDArray[np.float64] = shap.TreeExplainer(model.booster_).shap_values(x)
    return values


def write(
    out: Path, city: City, x: pd.DataFrame, chance: NDArray[np.float64], parts: NDArray[np.float64]
) -> int:
    """Everyone's scores and contributions as Parquet, a JSON list a school; how many are listed."""
    names = np.array(x.columns)
    roll = city.roll[["student_id", "name", "school_id", "class_id", "grade"]].assign(chance=chance)
    told = pd.DataFrame(parts.astype("float32"), columns=[f"contribution__{n}" for n in names])
    pd.concat([roll.drop(columns="name"), told], axis=1).to_parquet(out / "scores.parquet")
    x.to_parquet(out / "features.parquet")
    place = roll.groupby("school_id")["chance"].rank(ascending=False, method="first")
    size = roll.groupby("school_id")["chance"].transform("size")
    listed = roll[place <= np.ceil(CAPACITY * size)].sort_values("chance", ascending=False)
    values = x.to_numpy()
    for school, rows in listed.groupby("school_id"):
        found = []
        for n, row in zip(rows.index, rows.to_dict("records"), strict=True):
            first = np.argsort(-parts[n])[:REASONS]
            row["reasons"] = [
                {"indicator": names[k], "value": _number(values[n, k]), "part": float(parts[n, k])}
                for k in first
            ]
            found.append(row)
        path = out / f"{school}.json"
        path.write_text(json.dumps(found, ensure_ascii=False), encoding="utf-8")
    return len(listed)


def _number(value: float) -> float | None:
    return None if np.isnan(value) else float(value)
