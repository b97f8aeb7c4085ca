"""Whether LightGBM takes the settings of a recipe: asked before anything is read, not an hour later."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import lightgbm
import numpy as np

from training.fit import WITHOUT
from training.level import LEVEL
from training.recipe import Fault, Recipe

#: What a setting says to us and not to LightGBM.
_OURS = (LEVEL, WITHOUT)


def check_taken(recipe: Recipe) -> None:
    """``Fault`` for a parameter that LightGBM does not know, or a value that it refuses.

    A misspelt parameter would be passed over in silence, and another model grown than the one asked for.
    """
    known = _known()
    for where, said in {"[fixed]": recipe.fixed, **_candidates(recipe)}.items():
        for name in said:
            if name not in known and name not in _OURS:
                raise Fault(
                    f"{where} {name}", "不是 LightGBM 的参数", "is no parameter of LightGBM"
                )
    for where, said in _candidates(recipe).items():
        _try(where, {k: v for k, v in {**recipe.fixed, **said}.items() if k not in _OURS})


def _candidates(recipe: Recipe) -> dict[str, Mapping[str, Any]]:
    return {f"[[candidates]] {name}": said for name, said in recipe.candidates.items()}


def _known() -> set[str]:
    """Every name that LightGBM gives a parameter, aliases among them."""
    # the library lists its own names; nothing public says them
    listed = lightgbm.basic._ConfigAliases._get_all_param_aliases()
    return {one for names in listed.values() for one in names} | set(listed)


def _try(where: str, params: Mapping[str, Any]) -> None:
    """A tree's worth of nothing, so that LightGBM reads every value."""
    label = np.arange(8) % 2
    try:
        rows = lightgbm.Dataset(np.zeros((8, 1)), label, params={"verbosity": -1})
        lightgbm.Booster({**params, "verbosity": -1, "num_threads": 1}, rows)
    except lightgbm.basic.LightGBMError as error:
        told = str(error).split(" at /")[0]
        raise Fault(where, f"LightGBM 不接受：{told}", f"is refused by LightGBM: {told}") from error
