"""Which small wrongs would the tests not see? Mutates a module, one place at a time, and runs its laws.

    python -m benchmarks.mutants [asof|days|grid|laying|marked|roll|spells|fold|labels] [--most 60]

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
GRID = ("tests/features/core/test_day_columns.py", "tests/features/core/test_grid.py")
TARGETS = {
    "asof": ("features/asof.py", (*LAWS, "tests/features/test_every_indicator.py")),
    "days": (
        "features/prepare/days.py",
        # by joins the days are asked for by the law that holds them equal to the grid
        GRID,
    ),
    "grid": ("features/prepare/grid/grid.py", GRID),
    "laying": ("features/prepare/grid/laying.py", GRID),
    "marked": ("features/prepare/grid/marked.py", GRID),
    "roll": ("features/prepare/roll.py", ("tests/features/core/test_stays.py",)),
    "spells": ("features/prepare/spells.py", GRID),
    "fold": ("features/facts/fold.py", ("tests/features/core/test_fold.py",)),
    "labels": ("training/labels.py", ("tests/training/test_labels.py",)),
}
#: (module, what was done at which column, the line): why it is the same program.
JUDGED: dict[tuple[str, str, str], str] = {
    (
        "features/prepare/days.py",
        "Gt turned at 29",
        'stays = stays.filter(col("to_no") > day.number - BACK_STAYS)',
    ): "spares work only: the days of a stay that ended that day are cut by the filter on days",
    (
        "features/prepare/days.py",
        "Gt turned at 9",
        '(col("m_unexplained") > 0)',
    ): "a day seen without a missing half has a mark that is not closed: the equality asks for it",
    (
        "features/prepare/days.py",
        "1 -> 2 at 70",
        'gone_no=when(col("run") == 1).then(col("date_no")).otherwise(-1),',
    ): "-2 for never gone is no more after never back, -1, than -1 is",
    (
        "features/prepare/days.py",
        "Gt turned at 43",
        "return frame.with_columns(missing=when(left > 0).then(left).otherwise(0))",
    ): "nothing left is 0 either way",
    (
        "features/prepare/days.py",
        "0 -> 1 at 47",
        "frame = frame.with_columns(gone=nw.lit(0))",
    ): "with complete marks nothing is presumed, gone or not",
    (
        "features/prepare/days.py",
        "0 -> 1 at 48",
        '.with_columns(col("gone").fill_null(0))',
    ): "gone is empty only on days without a missing half, on which nothing is presumed",
    (
        "features/prepare/grid/grid.py",
        "0 -> 1 at 32",
        "def rows(self, since: int = 0) -> pl.DataFrame:",
    ): "no school day lies in the first days of 1970",
    (
        "features/prepare/grid/grid.py",
        "1 -> 2 at 52",
        '_START = {"sum": 0, "max": np.iinfo(np.int64).min + 1, "min": np.iinfo(np.int64).max}',
    ): "either number is smaller than every number of a day, and stands for none",
    (
        "features/prepare/grid/marked.py",
        "Lt turned at 7",
        "if np.count_nonzero(codes) < len(at):",
    ): "where no cell has several marks none are added up",
    (
        "features/prepare/grid/laying.py",
        "6 -> 7 at 8",
        "SORTS = 6",
    ): "sorts are numbered further apart: they are numbered anew without gaps",
    (
        "features/prepare/grid/laying.py",
        "Gt turned at 22",
        'self._lone = (sums["m_unexplained"] > 0) & (sums["m_unexplained"] == heard)',
    ): "asked only of days on which something was heard, where nothing unexplained is not all of it",
    (
        "features/prepare/grid/laying.py",
        "1 -> 2 at 28",
        "until = np.full(count, -1, np.int32)",
    ): "either day lies before every school day",
    (
        "features/prepare/grid/laying.py",
        "Gt turned at 29",
        'stays = stays.filter(pl.col("to_no") > after)',
    ): "spares work only: the days themselves are cut at the same day",
    (
        "features/prepare/grid/laying.py",
        "0 -> 1 at 22",
        "near = pl.lit(0)",
    ): "either day lies before every school day",
    (
        "features/prepare/grid/laying.py",
        "1 -> 2 at 53",
        "renumbered = np.zeros(int(used.max(initial=0)) + 1, np.uint16)",
    ): "room for one more sort that nobody has",
    (
        "features/prepare/grid/laying.py",
        "1 -> 2 at 50",
        "for n in range(len(self._before) - 1, 0, -1):",
    ): "of three days in a row there is one step to take",
    (
        "features/prepare/grid/laying.py",
        "1 -> 2 at 50",
        "taken = np.zeros((len(dates), max(len(rooms), 1)), np.uint8)",
    ): "room for one more class that nobody is in",
    (
        "features/prepare/grid/laying.py",
        "1 -> 2 at 63",
        "used = np.flatnonzero(np.bincount(sorts.ravel(), minlength=1))",
    ): "sort 0 is left out in the next line",
    (
        "features/prepare/grid/laying.py",
        "1 -> 2 at 70",
        "return renumbered[sorts], Kinds.of(frame, len(dates), len(used) + 1)",
    ): "room for one more kind that nobody has",
    (
        "features/prepare/grid/laying.py",
        "1 -> 2 at 51",
        "*_opened(times, dates, max(len(calendars), 1)),",
    ): "room for one more calendar that nobody goes by",
    (
        "features/prepare/grid/grid.py",
        "0 -> 1 at 54",
        "return frame.with_columns(pl.when(pl.col(c) > 0).then(pl.col(c)).alias(c) for c in _LAST)",
    ): "no school day lies in the first days of 1970",
    (
        "features/prepare/grid/laying.py",
        "Gt turned at 36",
        "missing = np.where(there & (taken > marked), taken - marked, 0).astype(np.uint8)",
    ): "as many taken as marked leave nothing either way",
    (
        "features/prepare/grid/laying.py",
        "0 -> 1 at 47",
        "renumbered = np.zeros(int(used.max(initial=0)) + 1, np.uint16)",
    ): "room for one more sort that nobody has",
    (
        "features/prepare/grid/grid.py",
        "7 -> 8 at 27",
        "counts = np.zeros((7, len(self.students)), np.int64)",
    ): "an eighth weekday stays empty and gives no row",
    (
        "features/prepare/grid/laying.py",
        "1 -> 2 at 25",
        "NEVER = np.int32(2**31 - 1)",
    ): "both lie after every day",
    (
        "features/prepare/grid/laying.py",
        "0 -> 1 at 93",
        "first = int(np.argmax(school.dates >= school.near_from.min())) if len(school.dates) else 0",
    ): "of no dates none are left out, from wherever",
    (
        "features/prepare/roll.py",
        "LtE turned at 9",
        '(col("start_on_no") <= col("from_no")) & (col("end") >= col("from_no"))',
    ): "where an enrolment starts that day nothing is resumed: `taken` has left such days out",
    (
        "features/prepare/roll.py",
        "1 -> 2 at 63",
        'taken = begun.select("student_id", "from_no", taken=nw.lit(1))',
    ): "asked only whether it is empty",
    (
        "training/labels.py",
        "Lt turned at 50",
        'over = _stretches(evidence.enrolments).filter(pl.col("on") < FOREVER)',
    ): "an end in the year 9999 lies before no end of a school year, and `label` asks that",
    (
        "training/labels.py",
        "Gt turned at 13",
        'broken = (pl.col("start_on") - before).dt.total_days() > 1',
    ): "two stretches without a day between them miss no school day",
    (
        "training/labels.py",
        "1 -> 2 at 61",
        'broken = (pl.col("start_on") - before).dt.total_days() > 1',
    ): "one day between two stretches is fewer than ten school days",
}
#: Seconds for the laws of one mutant; what does not come to an end is seen too.
PATIENCE = 600
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
    """Line, what was done at which column, and the whole wrong source."""
    tree = ast.parse(source)
    unread = {id(part) for note in _annotations(tree) for part in ast.walk(note)}
    for node in (n for n in ast.walk(tree) if id(n) not in unread):
        for said, wrong in _variants(node):
            broken = _Swap(node, wrong).visit(copy.copy(tree))
            text = ast.unparse(ast.fix_missing_locations(broken))
            place = f"{said} at {getattr(node, 'col_offset', 0)}"
            yield getattr(node, "lineno", 0), place, text
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
        cwd=copy_of, capture_output=True, check=False, timeout=PATIENCE,
        env={**os.environ, "PYTHONPATH": str(copy_of), "PYTHONDONTWRITEBYTECODE": "1"},
    )  # fmt: skip


def _line(source: str, number: int) -> str:
    return source.splitlines()[number - 1].strip()


def _still_there(module: str, tries: set[tuple[str, str]]) -> None:
    """Refuse judgements of lines that have changed since."""
    stale = [key for key in JUDGED if key[0] == module and key[1:] not in tries]
    assert not stale, f"judged, and no longer there: {stale}"


def survivors(target: str, most: int) -> tuple[int, int, list[str]]:
    """How many mutants were tried, how many of them are judged the same, and those that lived."""
    module, laws = TARGETS[target]
    lived, tried, same = [], 0, 0
    with tempfile.TemporaryDirectory() as folder:
        tree = Path(folder) / "tree"
        shutil.copytree(
            ROOT,
            tree,
            ignore=shutil.ignore_patterns(".venv*", ".git", "var", "*_cache", "__pycache__"),
        )
        original = (tree / module).read_text(encoding="utf-8")
        assert _tested(tree, laws).returncode == 0, "the laws fail on the unbroken tree"
        tries = list(mutants(original))
        _still_there(module, {(said, _line(original, line)) for line, said, _ in tries})
        for line, said, text in tries[:most]:
            (tree / module).write_text(text, encoding="utf-8")
            tried += 1
            if killed(tree, laws):
                continue
            where = _line(original, line)
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
