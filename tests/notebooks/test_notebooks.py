"""The notebooks: each runs from the first cell to the last, defines nothing, and stores no output.

Run as what they are, scripts in the percent format, in a process of its own each; Jupyter is not needed.
"""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.features.test_every_indicator import FORBIDDEN

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("[0-9]*.py"))
FIRST = NOTEBOOKS[0]
OTHERS = tuple(path for path in NOTEBOOKS[1:] if not path.stem.startswith("06"))
REAL = FOLDER / "06_real_data.py"
#: Every figure that a notebook leaves behind is drawn, so that a picture that cannot be drawn fails.
DRAW = """
import runpy, sys
from matplotlib.figure import Figure
left = runpy.run_path(sys.argv[1], run_name="__main__")
for name, figure in left.items():
    if isinstance(figure, Figure):
        figure.savefig(sys.argv[2] + "/" + name + ".png")
        print("figure:", name)
"""
CHINESE = re.compile(r"[\u4e00-\u9fff]")


def _run(path: Path, home: Path) -> str:
    """What the notebook printed; it must end without an error."""
    pictures = home / "pictures" / path.stem
    pictures.mkdir(parents=True, exist_ok=True)
    # a wide BLAS on a narrow machine waits for itself
    env = {
        **os.environ,
        "BAOXUE_HOME": str(home),
        "MPLBACKEND": "Agg",
        "PYTHONPATH": str(ROOT),
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "PYTHONUTF8": "1",
    }
    env.pop("MLFLOW_TRACKING_URI", None)
    done = subprocess.run(
        [sys.executable, "-c", DRAW, path.name, str(pictures)],
        cwd=FOLDER, env=env, capture_output=True, text=True, check=False, encoding="utf-8",
    )  # fmt: skip
    assert done.returncode == 0, f"{path.name}\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}"
    return done.stdout


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A home in which the first notebook was run, and what it said."""
    home = tmp_path_factory.mktemp("notebooks")
    return home, _run(FIRST, home)


@pytest.mark.slow
def test_the_first_goes_from_an_extract_to_a_list(course: tuple[Path, str]) -> None:
    """A county is made, checked, learned from, listed; pupils are masked and the disclaimer stands."""
    home, said = course
    assert "发现0处错误" in said
    assert "现在使用 example" in said
    assert "演示数据" in said
    assert (home / "champion" / "example").exists()
    assert not re.search(r"\bG990121\d{12}", said), "a whole 学籍号 was printed"


@pytest.mark.slow
@pytest.mark.parametrize("path", OTHERS, ids=lambda path: path.stem)
def test_the_others_go_on_from_there(course: tuple[Path, str], path: Path) -> None:
    """Each of the others runs in the same home and says something; its figures can be drawn."""
    said = _run(path, course[0])
    assert CHINESE.search(said)
    wanted = re.findall(r"^(\w+_figure)$", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert [name for name in wanted if f"figure: {name}" not in said] == []


@pytest.mark.slow
def test_what_a_notebook_prints_has_no_word_that_judges(course: tuple[Path, str]) -> None:
    """In what the first says of pupils there is no word that accuses, labels or ranks."""
    _, said = course
    assert [word for word in FORBIDDEN if word in said] == []


@pytest.mark.slow
@pytest.mark.realdata
def test_real_data_where_they_are(tmp_path: Path) -> None:
    """With the public files the figures are printed; without them a sentence says where they belong."""
    said = _run(REAL, tmp_path)
    here = (ROOT.parent / "shared" / "data" / "uci697").is_dir()
    assert ("AUC" in said) is here
    assert ("请放到" in said) is not here


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_defines_nothing(path: Path) -> None:
    """No function, no class: all is imported, so that what a notebook shows is what the program does."""
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert [node.name for node in ast.walk(tree) if isinstance(node, kinds)] == []


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_is_a_story_in_two_languages(path: Path) -> None:
    """Percent format with a header; every page of text Chinese first; every notebook in the index."""
    text = path.read_text(encoding="utf-8")
    assert text.startswith("# ---\n# jupyter:")
    cells = re.split(r"^# %%", text, flags=re.MULTILINE)[1:]
    prose = [cell for cell in cells if cell.startswith(" [markdown]")]
    assert len(prose) >= 4
    for cell in prose:
        lines = [line.removeprefix("#").strip() for line in cell.splitlines()[1:]]
        said = [line for line in lines if line]
        assert CHINESE.search(said[0]), said[0]
        assert not CHINESE.search(said[-1].split("**")[-1]), said[-1]
    assert path.name in (FOLDER / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "path", sorted([*FOLDER.glob("*.py"), *FOLDER.glob("*.md"), *FOLDER.glob("*.toml")]),
    ids=lambda path: path.name,
)  # fmt: skip
def test_nothing_written_here_judges_a_pupil(path: Path) -> None:
    """The word list of the indicators' sentences holds for prose and figures too (but for English "rank")."""
    text = path.read_text(encoding="utf-8").replace("ranks", "").replace("ranked", "")
    never = [word for word in FORBIDDEN if word != "rank"]
    assert [word for word in never if word in text] == []


def test_no_output_is_stored() -> None:
    """The folder holds scripts, recipes and an index: no .ipynb, no picture."""
    tracked = subprocess.run(
        ["git", "ls-files", "notebooks"], cwd=ROOT, capture_output=True, text=True, check=False
    ).stdout.split()
    assert [name for name in tracked if Path(name).suffix not in (".py", ".md", ".toml")] == []


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_jupytext_reads_each_as_a_notebook(path: Path) -> None:
    """Where jupytext is installed it finds prose and code cells, as many as the file has."""
    jupytext = pytest.importorskip(
        "jupytext", reason="jupytext is not installed (extra: notebooks)"
    )
    cells = jupytext.read(path).cells
    assert {cell.cell_type for cell in cells} == {"markdown", "code"}
    assert len(cells) == path.read_text(encoding="utf-8").count("\n# %%")
