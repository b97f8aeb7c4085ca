"""Several boosters as one whose margin is their weighted sum: exact, and contributions add up likewise.

LightGBM's text is a head and trees one after another. Leaves are scaled, trees are lined up, and LightGBM
itself reads the result and writes it again.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import lightgbm

_SCALED = ("leaf_value=", "internal_value=", "shrinkage=")
_TREE = re.compile(r"^Tree=\d+$", re.MULTILINE)


def joined(parts: Sequence[tuple[lightgbm.Booster, float]]) -> lightgbm.Booster:
    """One booster: the sum of the margins of ``parts``, each times its share.

    The head (features, objective) is that of the first. Raises ValueError without a part.
    """
    if not parts:
        raise ValueError("nothing to join")
    if len(parts) == 1 and parts[0][1] == 1.0:
        return parts[0][0]
    text: str = parts[0][0].model_to_string()
    begin, end = _TREE.search(text), text.index("end of trees")
    if begin is None:
        raise ValueError("a booster without a tree")
    # without the sizes LightGBM reads tree by tree, and counts for itself
    head = re.sub(r"^tree_sizes=.*\n", "", text[: begin.start()], flags=re.MULTILINE)
    trees = [tree for booster, share in parts for tree in _trees(booster, share)]
    body = "".join(f"Tree={n}\n{tree}\n\n\n" for n, tree in enumerate(trees))
    return lightgbm.Booster(model_str=f"{head}{body}{text[end:]}")


def _trees(booster: lightgbm.Booster, share: float) -> Iterator[str]:
    """The text of each tree without its number, leaves scaled."""
    text: str = booster.model_to_string()
    for tree in _TREE.split(text[: text.index("end of trees")])[1:]:
        yield "\n".join(_line(line, share) for line in tree.strip().splitlines())


def _line(line: str, share: float) -> str:
    for name in _SCALED:
        if line.startswith(name):
            values = line[len(name) :].split()  # none where a tree is one leaf
            return name + " ".join(repr(float(value) * share) for value in values)
    return line
