"""Which small wrongs would the tests not see? Mutates a module, one place at a time, and runs its laws.

    python -m benchmarks.mutants [asof|days|spells|fold|labels] [--most 60]

Comparisons are turned, constants moved, `and`/`or` and `+`/`-` swapped, `~` and `not` dropped. Each mutant
runs in a copy of the tree; those that no test kills are printed for a person to judge. What a person has
judged to change nothing stands in ``JUDGED`` with the reason, and is counted apart.
"""

from __future__ import annotations

import argparse
import ast
import copy
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
LAWS = ("tests/features/core",)
TARGETS = {
    "asof": ("features/asof.py", (*LAWS, "tests/features/test_every_indicator.py")),
    "days": (
        "features/prepare/days.py",
        ("tests/features/core/test_day_columns.py",),
    ),
    "spells": ("features/prepare/spells.py", LAWS),
    "fold": ("features/facts/fold.py", ("tests/features/core/test_fold.py",)),
    "labels": ("training/labels.py", ("tests/training/test_labels.py",)),
}
#: (module, what was done, the line): why it is the same program, or differs only where nothing can be.
JUDGED: dict[tuple[str, str, str], str] = {}
#: A mutant is dead with the first example that fails; nobody reads the smallest one.
NO_SHRINK = ("-p", "benchmarks.unshrunk")
TURNED: dict[type[ast.AST], type[ast.AST]] = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq, ast.Add: ast.Sub, ast.Sub: ast.Add, ast.BitAnd: ast.BitOr, ast.BitOr: ast.BitAnd,
    ast.And: ast.Or, ast.Or: ast.And,
}  # fmt: skip


def _variants(node: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    """Wrong versions of one node, each with what was done."""
    if isinstance(node, ast.Compare) and type(node.ops[0]) in TURNED:
        wrong = copy.deepcopy(node)
        wrong.ops[0] = TURNED[type(node.ops[0])]()  # type: ignore[call-overload]
        yield f"{type(node.ops[0]).__name__} turned", wrong
    if isinstance(node, ast.BinOp | ast.BoolOp) and type(node.op) in TURNED:
        changed = copy.deepcopy(node)
        changed.op = TURNED[type(node.op)]()  # type: ignore[assignment]
        yield f"{type(node.op).__name__} swapped", changed
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not | ast.Invert):
        yield f"{type(node.op).__name__} dropped", node.operand
    if isinstance(node, ast.Constant) and type(node.value) is int:
        yield f"{node.value} -> {node.value + 1}", ast.Constant(node.value + 1)


class _Swap(ast.NodeTransformer):
    def __init__(self, old: ast.AST, new: ast.AST) -> None:
        self.old, self.new = old, new

    def visit(self, node: ast.AST) -> ast.AST:
        return self.new if node is self.old else self.generic_visit(node)


def _annotations(tree: ast.AST) -> Iterator[ast.AST]:
    """What only a type checker reads."""
    for node in ast.walk(tree):
        for name in ("annotation", "returns"):
            if isinstance(note := getattr(node, name, None), ast.AST):
                yield note


def mutants(source: str) -> Iterator[tuple[int, str, str]]:
    """Line, what was done, and the whole wrong source."""
    tree = ast.parse(source)
    unread = {id(part) for note in _annotations(tree) for part in ast.walk(note)}
    for node in (n for n in ast.walk(tree) if id(n) not in unread):
        for said, wrong in _variants(node):
            broken = _Swap(node, wrong).visit(copy.copy(tree))
            text = ast.unparse(ast.fix_missing_locations(broken))
            yield getattr(node, "lineno", 0), said, text
            # the tree is shared: put back what was swapped
            _Swap(wrong, node).visit(tree)


def killed(copy_of: Path, laws: tuple[str, ...]) -> bool:
    """True where some test fails on the tree, or does not come to an end."""
    try:
        done = _tested(copy_of, laws)
    except subprocess.TimeoutExpired:
        return True
    return done.returncode != 0


def _tested(copy_of: Path, laws: tuple[str, ...]) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-x", "-n", "0", "-m", "not spark", *NO_SHRINK, *laws],
        cwd=copy_of, capture_output=True, check=False, timeout=300,
        env={**os.environ, "PYTHONPATH": str(copy_of), "PYTHONDONTWRITEBYTECODE": "1"},
    )  # fmt: skip


def survivors(target: str, most: int) -> tuple[int, int, list[str]]:
    """How many mutants were tried, how many of them are judged the same, and those that lived."""
    module, laws = TARGETS[target]
    lived, tried, same = [], 0, 0
    with tempfile.TemporaryDirectory() as folder:
        tree = Path(folder) / "tree"
        shutil.copytree(
            ROOT, tree, ignore=shutil.ignore_patterns(".venv*", ".git", "var", "__pycache__")
        )
        original = (tree / module).read_text(encoding="utf-8")
        assert not killed(tree, laws), "the laws fail on the unbroken tree"
        for line, said, text in list(mutants(original))[:most]:
            (tree / module).write_text(text, encoding="utf-8")
            tried += 1
            if killed(tree, laws):
                continue
            where = original.splitlines()[line - 1].strip()
            if (module, said, where) in JUDGED:
                same += 1
                continue
            lived.append(f"{module}:{line}: {said}: {where}")
            print(f"  lives: {lived[-1]}", flush=True)
    return tried, same, lived


def main() -> None:
    """Try every target named, or all."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("targets", nargs="*", default=list(TARGETS))
    parser.add_argument("--most", type=int, default=200)
    said = parser.parse_args()
    for target in said.targets:
        tried, same, lived = survivors(target, said.most)
        print(f"{target}: {tried} mutants, {same} judged the same, {len(lived)} live", flush=True)


if __name__ == "__main__":
    main()
