"""The composition root and its commands: an empty home, a demonstration, light imports."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import typer
from fastapi.testclient import TestClient
from sqlalchemy import make_url
from typer.testing import CliRunner

from features.refusal import Refusal
from serving.app import DEMO_MARK, create_app
from serving.commands import user
from serving.settings import ServingSettings
from serving.store.audit import StoredAudit
from serving.store.database import open_database
from serving.store.lists import SqlLists, lease_key
from tests.serving.factories import PASSWORD, Clock
from tests.serving.store.test_lists import AREA, NAME, NOW, WEEK, publication


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ServingSettings:
    monkeypatch.setenv("BAOXUE_HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    return ServingSettings()


def run(*arguments: str, stdin: str = "") -> tuple[int, str, BaseException | None]:
    """Exit code, output and refusal of a ``user`` command."""
    app = typer.Typer()
    user.register(app)
    done = CliRunner().invoke(app, ["user", *arguments], input=stdin)
    return done.exit_code, done.output, done.exception


def test_an_empty_home_answers(settings: ServingSettings) -> None:
    """Before any import the application starts, asks for a login and says what comes next."""
    client = TestClient(create_app(settings, clock=Clock()), follow_redirects=False)
    assert client.get("/livez").status_code == 200
    assert client.get("/readyz").status_code == 200
    assert client.get("/").headers["location"].startswith("/login")


def test_a_service_that_ended_leaves_one_file(settings: ServingSettings) -> None:
    """While it runs SQLite's log holds what is new; afterwards the database alone has all of it."""
    file = Path(make_url(settings.database).database or "")
    log = Path(f"{file}-wal")
    with TestClient(create_app(settings, clock=Clock())) as client:
        client.post("/v1/login", json={"name": "nobody", "password": "correct horse 7"})
        assert log.stat().st_size > 0
    assert not log.exists()
    copied = file.rename(file.with_name("copied.db"))
    database = open_database(f"sqlite:///{copied}", migrate=False)
    assert database.at_head()
    database.close()


def test_the_first_administrator(settings: ServingSettings) -> None:
    """``user add`` makes an account that logs in; ``list`` shows it; ``disable`` ends it."""
    code, said, _ = run(
        "add", "Wang", "--role", "administrator", "--password-stdin", stdin=PASSWORD + "\n"
    )
    assert (code, "wang" in said) == (0, True)
    client = TestClient(create_app(settings, clock=Clock()))
    login = {"name": "wang", "password": PASSWORD}
    token = client.post("/v1/login", json=login).json()["token"]
    html = client.get("/", headers={"Authorization": f"Bearer {token}"}).text
    assert "baoxue import" in html
    assert "wang" in run("list")[1]
    assert run("disable", "wang")[0] == 0
    assert client.post("/v1/login", json=login).status_code == 401
    assert "已停用" in run("list")[1]


def test_a_forgotten_password_and_another_class(settings: ServingSettings) -> None:
    """``user password``, ``assign``, ``disable`` and ``enable`` do what they say, and each is in the audit."""
    given = ("--password-stdin",)
    add = ("add", "zhao", "--role", "clerk", "--school", "s1")
    assert run(*add, *given, stdin=PASSWORD + "\n")[0] == 0
    assert run("password", "Zhao", *given, stdin="another staple 9\n")[0] == 0
    moved = ("assign", "zhao", "--role", "class_teacher", "--school", "s1", "--class", "0802")
    assert "0802" in run(*moved)[1]
    assert "0802" in run("list")[1]
    assert run("disable", "zhao")[0] == run("enable", "zhao")[0] == 0
    client = TestClient(create_app(settings, clock=Clock()))
    login = {"name": "zhao", "password": "another staple 9"}
    assert client.post("/v1/login", json=login).status_code == 200
    said = [entry for _, _, entry in StoredAudit(open_database(settings.database), Clock()).tail(9)]
    assert {entry.subject for entry in said} == {"account:zhao"}
    what = [entry.detail["what"] for entry in reversed(said)]
    assert what == ["add", "password", "assign", "disable", "enable"]


def test_an_empty_user_list_says_how_to_begin(settings: ServingSettings) -> None:
    """Before the first account the list names the command that makes one."""
    assert "baoxue user add" in run("list")[1]


def test_an_account_is_of_a_school_that_is_known(settings: ServingSettings) -> None:
    """Once a list is published an unknown school is refused and nobody made; before, any is taken."""
    ask = ("--role", "clerk", "--password-stdin")
    assert run("add", "early", *ask, "--school", "999", stdin=PASSWORD + "\n")[0] == 0
    lists = SqlLists(open_database(settings.database))
    assert lists.take_lease(lease_key(AREA, WEEK, NAME), "h", now=NOW, seconds=60)
    lists.publish(publication(), revise=False, holder="h")
    _, _, refusal = run("add", "li", *ask, "--school", "s1", "--school", "999", stdin=PASSWORD)
    assert isinstance(refusal, Refusal)
    assert "没有学校 999" in refusal.zh
    assert "li" not in [line.split()[0] for line in run("list")[1].splitlines()]
    assert run("add", "li", *ask, "--school", "s1", stdin=PASSWORD + "\n")[0] == 0


@pytest.mark.parametrize(
    "arguments",
    [
        ("add", "li", "--role", "emperor", "--password-stdin"),
        ("add", "li", "--role", "counselor", "--password-stdin"),
        ("add", "li", "--role", "class_teacher", "--school", "1", "--password-stdin"),
        ("add", "li", "--role", "county"),
        ("disable", "li"),
    ],
)
def test_user_commands_refuse_with_a_sentence(
    settings: ServingSettings, arguments: tuple[str, ...]
) -> None:
    """What is missing is said with the option that mends it; nobody is made."""
    _, _, refusal = run(*arguments, stdin=PASSWORD)
    assert isinstance(refusal, Refusal)
    assert "还没有账号" in run("list")[1]


def test_the_mark_of_a_demonstration_starts_one(settings: ServingSettings) -> None:
    """A home made by ``baoxue demo`` is a demonstration without being told; others are not."""
    assert not create_app(settings, clock=Clock()).state.doors.demo
    (settings.home / DEMO_MARK).write_text("{}", "utf-8")
    assert create_app(settings, clock=Clock()).state.doors.demo


def test_the_models_page_before_training(settings: ServingSettings) -> None:
    """Where nothing was trained the attendance rule serves, and says so."""
    (card,) = create_app(settings, clock=Clock()).state.doors.models.cards()
    assert (card.kind, card.champion) == ("rule", False)
    assert card.notice_zh


def test_startup_imports_neither_tracker_nor_shap() -> None:
    """The service starts without mlflow, shap or matplotlib."""
    code = (
        "import sys, serving.app; "
        "print([m for m in ('mlflow', 'shap', 'matplotlib', 'numba') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
