"""Too good to be true: then the outcome itself most likely stands among the records, under another name.

``no_future`` cannot see that: a value that was written after the fact and dated before it is, to every
clock, a fact of its day. What gives it away is that nothing honest tells so much.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from training.gates.gate import Gate, Hearing, Verdict
from training.material import Material
from training.metrics.ranked import Ranked

Array = NDArray[np.float64]
#: So many negatives are enough to know an AUC to the second digit.
NEGATIVES = 20_000


def alone(label: Array, value: Array, weight: Array) -> tuple[float, Array]:
    """How well one indicator alone ranks (AUC), whichever way it points, and the score that does.

    An empty value stands below or above all others, whichever ranks better: that nothing was written of
    those who stayed may be what tells.
    """
    best = (0.5, np.zeros(len(value)))
    known = value[~np.isnan(value)]
    if len(known) == 0:
        return best
    for empty in (known.min() - 1.0, known.max() + 1.0):
        score = np.where(np.isnan(value), empty, value)
        auc = Ranked(label, score).auc(weight)
        if max(auc, 1 - auc) > best[0]:
            best = (auc, score) if auc > 0.5 else (1 - auc, -score)
        if len(known) == len(value):
            break
    return best


def _thinned(material: Material) -> tuple[NDArray[np.intp], Array]:
    """Every positive and some of the others, weighted back."""
    label = material.label
    negatives = int((label == 0).sum())
    share = min(1.0, NEGATIVES / max(negatives, 1))
    lot = np.random.default_rng([material.order.seed, 2]).random(len(label))
    kept = np.flatnonzero((label == 1) | (lot < share))
    return kept, np.where(label == 1, 1.0, 1.0 / share)[kept] * material.weight[kept]


def ranking(material: Material) -> list[tuple[str, float]]:
    """Every indicator with its own AUC, best first."""
    kept, weight = _thinned(material)
    label, rows = material.label[kept], material.rows.frame[kept]
    told = [
        (column.name, alone(label, _values(rows, column.name), weight)[0])
        for column in material.columns
    ]
    return sorted(told, key=lambda one: (-one[1], one[0]))


def _values(rows: pl.DataFrame, name: str) -> Array:
    return rows[name].cast(pl.Float64).fill_null(float("nan")).to_numpy()


def _share(hearing: Hearing, name: str) -> float:
    """What of the model's gain in average precision over chance the indicator brings alone."""
    material = hearing.material
    _, score = alone(material.label, _values(material.rows.frame, name), material.weight)
    own = Ranked(material.label, score).average_precision(material.weight)
    rate = float(np.average(material.label, weights=material.weight))
    gain = hearing.report["model"]["average_precision"] - rate
    return (own - rate) / gain if gain > 0 else 0.0


def _most(hearing: Hearing, bounds: Mapping[str, Any]) -> float:
    """The bound of the model's AUC: lowest of those for the areas that the rows are of."""
    areas = hearing.material.rows.frame
    names = areas["area"].unique().to_list() if "area" in areas.columns else []
    known = [
        b["auc"] for b in bounds.get("areas", ()) if any(n.startswith(b["area"]) for n in names)
    ]
    return float(min([bounds["model_auc"], *known]))


def _judge(hearing: Hearing) -> Verdict:
    bounds, auc = hearing.bounds("plausible"), hearing.report["model"].get("auc")
    outcomes = hearing.material.rows.outcomes
    if auc is None or outcomes < bounds["fewest_outcomes"]:
        return Verdict(
            None,
            f"出现结果的学生只有{outcomes}名，不足以判断。",
            f"Only {outcomes} pupils had the outcome: too few to tell.",
            {"outcomes": outcomes},
        )
    told, most = ranking(hearing.material), _most(hearing, bounds)
    beyond = [(n, a) for n, a in told if a > bounds["indicator_auc"]]
    near = [(n, a) for n, a in told if bounds["suspect_auc"] < a <= bounds["indicator_auc"]]
    alone_ = [(n, s) for n, _ in near if (s := _share(hearing, n)) > bounds["share_of_gain"]]
    figures = {
        "auc": auc,
        "most": most,
        "indicators": [{"indicator": n, "auc": a} for n, a in told[:5]],
        "beyond": [n for n, _ in beyond],
        "nearly_all": dict(alone_),
    }
    wrong = _too_good(hearing, most) or bool(beyond) or bool(alone_)
    labels = {
        c.name: (c.label_zh or c.name, c.label_en or c.name) for c in hearing.material.columns
    }
    return Verdict(not wrong, *_words(figures, bounds, labels), figures)


def _too_good(hearing: Hearing, most: float) -> bool:
    """The model's own AUC beyond its bound, on as many who left as are asked for."""
    enough = hearing.report["outcomes"] >= hearing.bounds("plausible")["fewest_outcomes"]
    return bool(enough and hearing.report["model"]["auc"] > most)


def _words(
    said: Mapping[str, Any], bounds: Mapping[str, Any], labels: Mapping[str, tuple[str, str]]
) -> tuple[str, str]:
    top: Mapping[str, Any] = next(iter(said["indicators"]), {"indicator": "-", "auc": 0.5})
    most, best = said["most"], _label(top["indicator"], labels)
    zh = [f"模型AUC {said['auc']:.3f}（不超过 {most:.3f}）"]
    en = [f"model AUC {said['auc']:.3f} (at most {most:.3f})"]
    zh += [f"单个指标最高{best[0]} {top['auc']:.3f}（不超过 {bounds['indicator_auc']:.3f}）"]
    en += [
        f"best single indicator {best[1]} {top['auc']:.3f} (at most {bounds['indicator_auc']:.3f})"
    ]
    if said["auc"] > most or said["beyond"] or said["nearly_all"]:
        named = list(dict.fromkeys([*said["beyond"], *said["nearly_all"], top["indicator"]]))[:5]
        told = [_label(name, labels) for name in named]
        zh += [f"过于准确，结果可能以别的名义写进了数据，请核对：{'、'.join(t[0] for t in told)}"]
        en += [
            "too good to be plausible: the outcome may stand in the data under another name; look at "
            + ", ".join(t[1] for t in told)
        ]
    for name, share in said["nearly_all"].items():
        zh += [f"仅{_label(name, labels)[0]}一项就占排序增益的 {share:.0%}"]
        en += [f"{_label(name, labels)[1]} alone brings {share:.0%} of the gain in ranking"]
    return "；".join(zh) + "。", "; ".join(en)[:1].upper() + "; ".join(en)[1:] + "."


def _label(name: str, labels: Mapping[str, tuple[str, str]]) -> tuple[str, str]:
    """What an indicator is called, with its code to look it up by."""
    zh, en = labels.get(name, (name, name))
    return f"“{zh}”（{name}）", f"“{en}” ({name})"


GATE = Gate("plausible", "准确程度可信", "not too good to be true", _judge)
