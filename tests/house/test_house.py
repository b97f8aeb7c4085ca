"""The house itself: what may import what, how large a room may grow, what no file may hold."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("features", "training", "serving")
FUNCTION_CAP, FUNCTION_P95, MODULE_CAP, MODULE_P95 = 60, 35, 500, 350


def _sources(*folders: str) -> list[Path]:
    return sorted(p for folder in folders for p in (ROOT / folder).rglob("*.py"))


def _functions(path: Path) -> list[tuple[str, int]]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    return [
        (f"{path.relative_to(ROOT)}:{n.name}", (n.end_lineno or n.lineno) - n.lineno + 1)
        for n in ast.walk(tree)
        if isinstance(n, kinds)
    ]


def _p95(sizes: list[int]) -> int:
    return sorted(sizes)[int(0.95 * len(sizes))]


def _run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", *command], cwd=ROOT, capture_output=True, text=True, check=False
    )


def test_dependencies_point_one_way() -> None:
    """Every contract of import-linter holds, and every room has a floor."""
    code = "import sys; from importlinter.cli import lint_imports_command as c; sys.exit(c())"
    done = subprocess.run(
        [sys.executable, "-c", code, "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_linter_has_nothing_to_say() -> None:
    """Ruff finds nothing."""
    done = _run("ruff", "check", "--no-cache", ".")
    assert done.returncode == 0, done.stdout


def test_the_formatter_has_nothing_to_do() -> None:
    """Every file is as the formatter leaves it."""
    done = _run("ruff", "format", "--check", "--no-cache", ".")
    assert done.returncode == 0, done.stdout


@pytest.mark.slow
def test_the_types_hold() -> None:
    """mypy, strict, finds nothing."""
    done = _run("mypy")
    assert done.returncode == 0, done.stdout


def test_functions_and_modules_stay_small() -> None:
    """No function over 60 lines, no module over 500, and nineteen in twenty well below."""
    functions = [f for path in _sources(*PACKAGES) for f in _functions(path)]
    modules = [
        (str(p.relative_to(ROOT)), p.read_text(encoding="utf-8").count("\n"))
        for p in _sources(*PACKAGES)
    ]
    assert [f for f in functions if f[1] > FUNCTION_CAP] == []
    assert [m for m in modules if m[1] > MODULE_CAP] == []
    assert _p95([n for _, n in functions]) <= FUNCTION_P95
    assert _p95([n for _, n in modules]) <= MODULE_P95


def test_every_public_name_says_what_it_does() -> None:
    """Each public module, class and function of the three packages has a docstring."""
    silent = []
    for path in _sources(*PACKAGES):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        if not ast.get_docstring(tree):
            silent.append(str(path.relative_to(ROOT)))
        for node in tree.body:
            named = isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef))
            if named and not node.name.startswith("_") and not ast.get_docstring(node):
                silent.append(f"{path.relative_to(ROOT)}:{node.name}")
    assert silent == []


def test_every_test_is_a_law_in_one_sentence() -> None:
    """Each test has a docstring that says what must hold, and asserts something."""
    mute = []
    for path in _sources("tests"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                continue
            if node.name.startswith("test_") and not ast.get_docstring(node):
                mute.append(f"{path.relative_to(ROOT)}:{node.name}")
    assert mute == []


def test_every_folder_of_tests_is_a_package() -> None:
    """Without __init__.py pytest would hide our packages behind folders of the same name."""
    folders = {p.parent for p in _sources("tests")}
    assert [str(f.relative_to(ROOT)) for f in folders if not (f / "__init__.py").exists()] == []


def test_nobody_reads_the_clock_but_the_edges() -> None:
    """date.today and datetime.now stand only in commands, the composition root and the tracker."""
    allowed = re.compile(r"/(commands/|app\.py|tracking\.py)|^baoxue\.py")
    readers = [
        str(p.relative_to(ROOT))
        for p in _sources(*PACKAGES)
        if re.search(
            r"\b(date\.today|datetime\.now|datetime\.utcnow|time\.time)\(", p.read_text("utf-8")
        )
    ]
    assert [r for r in readers if not allowed.search(r)] == []


def test_the_locks_name_no_host_and_pin_everything() -> None:
    """Locks are hash-pinned and hold no index address; what runs in production holds no test tool."""
    for name in ("main", "tests"):
        lock = (ROOT / "requirements" / f"{name}.txt").read_text(encoding="utf-8")
        assert "://" not in lock
        pins = re.findall(r"^([\w.\-\[\]]+)==", lock, flags=re.MULTILINE)
        assert len(pins) > 50
        assert lock.count("--hash=sha256:") >= len(pins)
    main = (ROOT / "requirements" / "main.txt").read_text(encoding="utf-8")
    assert not re.search(r"^(pytest|pyspark|mypy|playwright)==", main, flags=re.MULTILINE)


def test_the_readme_gives_two_commands_of_one_line() -> None:
    """The first runs the main job, the second the tests; the script that builds anew uses the second."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    commands = re.findall(r"^\$ (python3 -m venv .*)$", readme, flags=re.MULTILINE)
    assert len(commands) == 2
    assert commands[0].endswith("baoxue demo")
    assert commands[1].endswith("-m pytest")
    assert "README.md" in (ROOT / ".ci" / "run").read_text(encoding="utf-8")


def test_every_exception_from_a_rule_carries_its_reason() -> None:
    """Each ignored lint rule and type module says why on its line."""
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    ignored = re.findall(r'^    "[A-Z]+\d*", .*$|^    "[A-Z]+\d+",$', text, flags=re.MULTILINE)
    assert ignored
    assert all("#" in line for line in ignored)
    assert tomllib.loads(text)["tool"]["mypy"]["strict"] is True


def test_help_imports_nothing_heavy() -> None:
    """`baoxue --help` loads none of the libraries that do the work, nor pydantic for settings it does not read."""
    code = (
        "import sys, baoxue, features.front; baoxue.mounted(); "
        "print([m for m in ('pandas','polars','lightgbm','mlflow','shap','sqlalchemy','fastapi','numpy',"
        "'pydantic') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
