"""The commands as people call them: what they print, what they refuse, what they leave behind."""

from __future__ import annotations

import json
import re
import shutil
import socket
from dataclasses import replace
from datetime import date
from pathlib import Path

import polars as pl
import pytest
import typer
from typer.testing import CliRunner, Result

import serving.commands
from features.commands import _clock
from features.facts import import_extract
from features.mount import mount
from features.refusal import Refusal
from serving.commands._print import _alert_line
from serving.commands.serve import check_free
from serving.store.audit import AUDIT, StoredAudit
from serving.store.database import open_database
from tests.serving.factories import Clock, alert
from tests.serving.services.counties import county

APP = typer.Typer(pretty_exceptions_enable=False)
mount(serving.commands, APP)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with a county beside it and one week published."""
    where = tmp_path_factory.mktemp("cli")
    county(where / "county")
    done = run(
        where, "weekly", str(where / "county"), "--as-of", "2026-11-20", "--engine", "polars"
    )
    assert done.exit_code == 0, done.output
    assert "已发布 2026-W47" in done.output
    return where


def run(home: Path, *arguments: str, lang: str = "zh") -> Result:
    """One command in this home; a refusal stays an exception."""
    env = {"BAOXUE_HOME": str(home / "home"), "BAOXUE_LANG": lang}
    result = CliRunner().invoke(APP, arguments, env=env)
    if isinstance(result.exception, Refusal):
        raise result.exception
    return result


def a_school(home: Path) -> tuple[str, str]:
    """A school with a listed pupil, and that pupil."""
    rows = pl.read_parquet(next((home / "home" / "runs").glob("*/*/*/list.parquet")))
    row = rows.filter("listed").row(0, named=True)
    return row["school_id"], row["student_id"]


def a_known_school(home: Path) -> str:
    """The first school of the county."""
    schools = pl.read_parquet(home / "county" / "schools.parquet")
    return str(schools["school_id"].sort()[0])


def test_weekly_again_and_as_json(home: Path) -> None:
    """The second run does nothing; --json is for programs; another day is refused; a reason must be one."""
    folder = str(home / "county")
    again = run(home, "weekly", folder, "--as-of", "2026-11-20", "--engine", "polars")
    assert "无需重跑" in again.output
    english = run(home, "weekly", folder, "--as-of", "2026-11-20", "--engine", "polars", lang="en")
    assert "nothing to do" in english.output
    said = run(home, "weekly", folder, "--as-of", "2026-11-20", "--engine", "polars", "--json")
    assert json.loads(said.output)["fresh"] is False
    with pytest.raises(Refusal, match="revise"):
        run(home, "weekly", folder, "--as-of", "2026-11-19", "--engine", "polars")
    with pytest.raises(Refusal):
        run(home, "weekly", folder, "--as-of", "2026-11-19", "--revise", " ")


def test_weekly_refuses_before_anything_is_published(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A day to come, and data older than those imported, are refused; no list stands and nothing is registered."""
    new = tmp_path / "new"
    shutil.copytree(home / "county", new)
    batch = new / "batch.toml"
    batch.write_text(
        batch.read_text(encoding="utf-8").replace("2026-11-20", "2026-11-21"), encoding="utf-8"
    )
    register = tmp_path / "home" / "imports"
    monkeypatch.setattr(_clock, "today_here", lambda: date(2026, 11, 20))
    with pytest.raises(Refusal, match=r"不能晚于今天（2026-11-20）"):
        run(tmp_path, "weekly", str(new), "--as-of", "2026-11-21")
    with pytest.raises(Refusal, match="不能晚于今天"):
        run(tmp_path, "alerts", str(new), "--as-of", "2026-11-21")
    with pytest.raises(Refusal, match="received_on"):
        run(tmp_path, "weekly", str(new), "--as-of", "2026-11-20")
    assert not register.exists()
    monkeypatch.setattr(_clock, "today_here", lambda: date(2026, 11, 22))
    import_extract(new, tmp_path / "home")
    with pytest.raises(Refusal, match="早于已导入批次"):
        run(tmp_path, "weekly", str(home / "county"), "--as-of", "2026-11-20")
    assert "最近名单：无" in run(tmp_path, "status").output
    done = run(tmp_path, "weekly", str(new), "--as-of", "2026-11-20", "--engine", "polars")
    assert "已发布" in done.output
    assert len(list(register.glob("*/*.json"))) == 1


@pytest.mark.parametrize("form", ["table", "csv", "json", "xlsx"])
def test_list_in_every_form(home: Path, tmp_path: Path, form: str) -> None:
    """Each form is written, and no full number is in it."""
    school, student = a_school(home)
    out = tmp_path / "list"
    done = run(home, "list", "--school", school, "--format", form, "--out", str(out))
    assert done.exit_code == 0
    assert f"已写入 {out}" in done.stderr
    assert out.stat().st_size > 100
    assert student.encode() not in out.read_bytes()


def test_list_on_the_terminal(home: Path) -> None:
    """The printed list speaks Chinese, or English where set; wrong forms are refused."""
    school, _ = a_school(home)
    assert "本页是核实线索" in run(home, "list", "--school", school).output
    assert "A lead to check" in run(home, "list", "--school", school, lang="en").output
    assert run(home, "list", "--school", school, "--format", "csv").output.startswith(
        "\ufefflist_id,"
    )
    assert run(home, "list", "--school", school, "--format", "doc").exit_code == 2
    with pytest.raises(Refusal):
        run(home, "list", "--school", school, "--format", "xlsx")


def test_the_printed_list_leads_to_its_pupils(home: Path) -> None:
    """Each block holds the opaque id; the last line is a command that explains the first pupil."""
    school, student = a_school(home)
    said = run(home, "list", "--school", school).output
    line = next(x for x in said.splitlines() if "查看一名学生的依据" in x)
    command = line.split("baoxue ")[1].split()
    assert said.index(command[1]) < said.index(line)
    assert command[0] == "explain"
    shown = run(home, *command)
    assert shown.exit_code == 0
    assert "逐周" in shown.output or "与上周相比" in shown.output
    assert student not in said


def test_past_deadlines_are_named() -> None:
    """A day after the deadline it is overdue, on the deadline not; in both languages."""
    own = alert("p1", due_on=date(2026, 11, 20))
    for lang, word in (("zh", "已逾期"), ("en", "overdue")):
        assert word not in _alert_line(own, lang, date(2026, 11, 20)).plain
        assert word in _alert_line(own, lang, date(2026, 11, 21)).plain
        assert word not in _alert_line(replace(own, due_on=None), lang, date(2026, 11, 21)).plain


def test_full_names_want_a_reason_and_are_audited(home: Path) -> None:
    """Without a reason nothing; with one the audit has it before anything is shown."""
    school, student = a_school(home)
    with pytest.raises(Refusal, match="--reason"):
        run(home, "list", "--school", school, "--unmasked")
    shown = run(
        home, "list", "--school", school, "--unmasked", "--reason", "家访", "--format", "json"
    )
    assert student in shown.output
    with open_database(f"sqlite:///{home / 'home' / 'baoxue.db'}").read() as connection:
        rows = connection.execute(AUDIT.select()).all()
    assert [r.detail for r in rows if r.action == "reveal"][-1]["reason"] == "家访"


@pytest.mark.parametrize("form", ["text", "json", "html"])
def test_explain_in_every_form(home: Path, tmp_path: Path, form: str) -> None:
    """Each form is written and masked; an unknown pupil is refused, and no form is offered that is not there."""
    _, student = a_school(home)
    out = tmp_path / "page"
    done = run(home, "explain", student, "--format", form, "--out", str(out))
    assert done.exit_code == 0
    assert f"已写入 {out}" in done.stderr
    assert student not in out.read_text(encoding="utf-8")
    with pytest.raises(Refusal):
        run(home, "explain", "nobody")
    assert run(home, "explain", student, "--format", "doc").exit_code == 2
    with pytest.raises(
        Refusal, match="--format html"
    ):  # a name others rely on; it is told, not offered
        run(home, "explain", student, "--format", "pdf")
    assert "|pdf" not in run(home, "explain", "--help").output


def test_the_html_stands_alone(home: Path, tmp_path: Path) -> None:
    """One file: no address of a server, no script, its style inside."""
    _, student = a_school(home)
    out = tmp_path / "page.html"
    run(home, "explain", student, "--format", "html", "--out", str(out))
    html = out.read_text(encoding="utf-8")
    assert 'href="/' not in html
    assert "<script" not in html
    assert "<style>" in html


def test_explain_in_english(home: Path) -> None:
    """The text follows the language."""
    _, student = a_school(home)
    assert "A lead to check" in run(home, "explain", student, lang="en").output


def test_scores(home: Path, tmp_path: Path) -> None:
    """Every scored pupil with full ids and contributions, as Parquet; the audit says who took how many."""
    out = tmp_path / "scores.parquet"
    assert "名学生" in run(home, "scores", "--out", str(out)).output
    database = open_database(f"sqlite:///{home / 'home' / 'baoxue.db'}")
    ((_, _, entry),) = StoredAudit(database, Clock()).tail(1)
    assert (entry.action, entry.actor[:4]) == ("export", "cli:")
    assert entry.detail["rows"] == pl.read_parquet(out).height
    rows = pl.read_parquet(out)
    assert rows.columns[:5] == ["student_id", "school_id", "as_of", "probability", "band"]
    assert rows.height > 100
    assert (
        "pupils with register numbers"
        in run(home, "scores", "--out", str(out), "--week", "2026-W47", lang="en").output
    )
    with pytest.raises(Refusal):
        run(home, "scores", "--out", str(out), "--week", "2020-W01")


def test_a_file_is_what_its_name_says(home: Path, tmp_path: Path) -> None:
    """Scores under .csv are CSV with a byte-order mark and the same rows; another suffix is refused."""
    text, binary = tmp_path / "s.csv", tmp_path / "s.parquet"
    for out in (text, binary):
        run(home, "scores", "--out", str(out))
    assert text.read_bytes().startswith("\ufeffstudent_id,".encode())
    assert pl.read_csv(text).height == pl.read_parquet(binary).height
    with pytest.raises(Refusal, match="parquet"):
        run(home, "scores", "--out", str(tmp_path / "s.xlsx"))


def test_a_busy_port_is_named_with_a_free_one(home: Path) -> None:
    """A port that is taken is refused with another; a host that is not here likewise."""
    with socket.socket() as busy:
        busy.bind(("127.0.0.1", 0))
        busy.listen()
        port = busy.getsockname()[1]
        with pytest.raises(Refusal, match=rf"端口 {port} 已被占用.*--port \d+") as refused:
            run(home, "serve", "--port", str(port))
    other = int(refused.value.zh.rsplit("--port ", 1)[1].rstrip("。"))
    check_free("127.0.0.1", other)
    with pytest.raises(Refusal, match="--host"):
        run(home, "serve", "--host", "203.0.113.9")


def test_alerts(home: Path, tmp_path: Path) -> None:
    """Every school day, without a model: on the terminal, as CSV and as JSON; masked."""
    folder = str(home / "county")
    assert "前办理" in run(home, "alerts", folder, "--as-of", "2026-11-20").output
    out = tmp_path / "alerts"
    run(home, "alerts", folder, "--as-of", "2026-11-20", "--format", "csv", "--out", str(out))
    assert out.read_text(encoding="utf-8-sig").startswith("school_id,class_id,pupil_id")
    said = json.loads(
        run(home, "alerts", folder, "--as-of", "2026-11-20", "--format", "json").output
    )
    assert all("*" in row["student_id"] for row in said if row["student_id"])
    summer = run(home, "alerts", folder, "--as-of", "2026-08-05", "--school", a_school(home)[0])
    assert "2026-08-05 没有必查提醒" in summer.output
    assert summer.exit_code == 0
    wrong = run(home, "alerts", folder, "--as-of", "2026-11-20", "--format", "doc")
    assert wrong.exit_code == 2


def test_a_slip_in_what_is_asked_for_is_no_day_without_alerts(home: Path) -> None:
    """An unknown school, and a year in which nobody was enrolled, are refused with what there is."""
    folder = str(home / "county")
    with pytest.raises(Refusal, match=a_known_school(home)) as refused:
        run(home, "alerts", folder, "--as-of", "2026-11-20", "--school", "nowhere")
    assert "没有学校 nowhere" in refused.value.zh
    with pytest.raises(Refusal, match="没有学生在读"):
        run(home, "alerts", folder, "--as-of", "2015-11-20")


def test_an_account_is_of_a_class_that_its_school_has(home: Path) -> None:
    """A class that the school does not have is refused with some that it has; nobody is made."""
    rows = pl.read_parquet(next((home / "home" / "runs").glob("*/*/*/roster.parquet")))
    school, class_id = rows.select("school_id", "class_id").row(0)
    ask = ("user", "add", "zhao", "--role", "class_teacher", "--school", school, "--class")
    with pytest.raises(Refusal, match="没有班级 nowhere") as refused:
        run(home, *ask, "nowhere", "--class", class_id)
    own = rows.filter(pl.col("school_id") == school)["class_id"].unique().sort()
    assert own[0] in refused.value.zh
    assert own[0] in refused.value.en
    assert "zhao" not in run(home, "user", "list").output
    done = CliRunner().invoke(
        APP, (*ask, class_id, "--password-stdin"), input="correct horse 7 battery\n",
        env={"BAOXUE_HOME": str(home / "home")},
    )  # fmt: skip
    assert done.exit_code == 0, done.output


def test_status(home: Path, tmp_path: Path) -> None:
    """What there is and what to do next, in both languages and for programs."""
    assert "下一步" in run(home, "status").output
    assert "Next:" in run(home, "status", lang="en").output
    assert json.loads(run(home, "status", "--json").output)["last_list"]["week"] == "2026-W47"
    assert "最近名单：无" in run(tmp_path, "status").output


def test_alerts_and_list_speak_alike(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An item is overdue in `alerts` on the days on which it is in `list`; alerts are counted apart from
    pupils, and a week's head counts the pupils of a band in that band's word."""
    school, _ = a_school(home)
    daily = ("alerts", str(home / "county"), "--as-of", "2026-11-20", "--school", school)
    for today, late in ((date(2026, 11, 20), False), (date(2026, 12, 31), True)):
        monkeypatch.setattr(_clock, "today_here", lambda day=today: day)
        said, shown = run(home, *daily).output, run(home, "list", "--school", school).output
        assert ("已逾期" in said, "已逾期" in shown) == (late, late)
        assert re.search(r"必查提醒 \d+ 条（\d+ 名学生、\d+ 个班级）", said)
        assert re.search(r"其中立即核查 \d+ 人", shown)


def test_a_week_published_by_mistake_is_withdrawn(home: Path, tmp_path: Path) -> None:
    """The week before is the newest again, the audit has the reason, the run folder stays and the week can be
    published anew without --revise; nothing else can be withdrawn."""
    own = tmp_path / "own"
    own.mkdir()
    county(own / "county")
    for day in ("2026-11-13", "2026-11-20"):
        run(own, "weekly", str(own / "county"), "--as-of", day, "--engine", "polars")
    folders = set((own / "home" / "runs").glob("*/*/*/manifest.json"))
    with pytest.raises(Refusal, match="理由"):
        run(own, "withdraw", "2026-W47", "--reason", " ")
    said = run(own, "withdraw", "2026-W47", "--reason", "截至日期写错").output
    assert "已撤回 2026-W47" in said
    assert "最新的名单：2026-W46" in said
    assert "2026-W46" in run(own, "status").output
    assert set((own / "home" / "runs").glob("*/*/*/manifest.json")) == folders
    with pytest.raises(Refusal, match="已发布的周次：2026-W46"):
        run(own, "withdraw", "2026-W47", "--reason", "again")
    with open_database(f"sqlite:///{own / 'home' / 'baoxue.db'}").read() as connection:
        row = connection.execute(AUDIT.select()).one()
    assert (row.action, row.detail) == ("withdraw", {"reason": "截至日期写错"})
    assert "2026-W47" in row.subject
    again = run(own, "weekly", str(own / "county"), "--as-of", "2026-11-20", "--engine", "polars")
    assert "已发布 2026-W47" in again.output
    said = run(own, "withdraw", "2026-W46", "--reason", "x", lang="en").output
    assert "The newest list is now: 2026-W47." in said
