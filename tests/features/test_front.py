"""The front door: one sentence for whatever a person can mend, the right exit code, never a traceback."""

from __future__ import annotations

import errno
import sqlite3
import sys
from datetime import datetime
from pathlib import Path

import pytest
import typer

import baoxue
from features import front
from features.option import day
from features.places import check_out, unusable, whole
from features.refusal import Refusal
from features.settings import OF_SERVING, Settings
from features.wording import Unfit
from serving.settings import ServingSettings


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty working folder with a home of its own, and Chinese."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("BAOXUE_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("BAOXUE_LANG", raising=False)
    monkeypatch.delenv("BAOXUE_DATABASE_URL", raising=False)
    monkeypatch.setattr(sys, "unraisablehook", sys.unraisablehook)  # put back afterwards


def said(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, *words: str
) -> tuple[int, list[str]]:
    """The exit code of a command given at the front door, and its lines on standard error."""
    monkeypatch.setattr(sys, "argv", ["baoxue", *words])
    with pytest.raises(SystemExit) as ended:
        baoxue.main()
    assert isinstance(ended.value.code, int)
    return ended.value.code, capsys.readouterr().err.strip().splitlines()


MISUSED = {
    (
        "weekly",
        "x",
        "--as-of",
        "2026.11.20",
    ): "--as-of 的值“2026.11.20”不是日期，请写成 2026-11-20。",
    ("weekly", "x"): "缺少 --as-of（截至哪一天），请写上 --as-of 2026-11-20。",
    ("check",): "缺少 DIR（数据文件夹），请写上 DIR。",
    ("list",): "缺少 --school（学校标识码），请写上 --school SCHOOL。",
    ("weekly", "x", "--asof", "1"): "没有选项 --asof，是否应为 --as-of？",
    ("wekly",): "没有命令“wekly”，是否应为 weekly？",
    ("check", "x", "y"): "多写了“y”，请去掉；路径中有空格时请加引号。",
    ("weekly", "x", "--as-of"): "--as-of 后面要写一个值。",
    ("check", "x", "--format", "pdf"): "--format 的值“pdf”只能写 text、json、xlsx。",
    ("sample", "x", "--seed", "-1"): "--seed 的值“-1”不能小于 0。",
    ("sample", "x", "--seed", "a"): "--seed 的值“a”不是整数，请只写数字。",
}


@pytest.mark.parametrize("words", MISUSED)
def test_a_slip_in_a_command_is_said_in_both_languages(
    words: tuple[str, ...], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Chinese first with what to write, then English, exit 2; English alone where English is set."""
    code, lines = said(capsys, monkeypatch, *words)
    assert code == front.MISUSED
    assert lines[0].startswith(MISUSED[words])
    assert len(lines) == 2
    assert lines[1].isascii()
    monkeypatch.setenv("BAOXUE_LANG", "en")
    assert said(capsys, monkeypatch, *words) == (code, lines[1:])


def test_a_day_is_taken_as_people_write_it() -> None:
    """Hyphens, slashes or eight digits; what could mean two days is not taken."""
    for text in ("2026-11-20", "2026/11/20", "20261120"):
        assert day(text) == datetime(2026, 11, 20)  # noqa: DTZ001
    for text in ("2026112", "2026-13-01", "20-11-2026", "", "2026-11/20"):
        with pytest.raises(Unfit):
            day(text)


OUT = {
    ("check", "x", "--out", "none/r.txt"): "要写入的文件夹“none”不存在",
    ("check", "x", "--format", "xlsx", "--out", "none/r.xlsx"): "要写入的文件夹“none”不存在",
    ("features", "x", "--as-of", "2026-11-20", "--out", "none/f.csv"): "要写入的文件夹“none”不存在",
    ("scores", "--out", "none/f.csv"): "要写入的文件夹“none”不存在",
    ("list", "--school", "x", "--out", "none/f"): "要写入的文件夹“none”不存在",
    ("alerts", "x", "--as-of", "2026-11-20", "--out", "none/f"): "要写入的文件夹“none”不存在",
    ("explain", "x", "--out", "none/f"): "要写入的文件夹“none”不存在",
    ("health", "--out", "none/f"): "要写入的文件夹“none”不存在",
    ("evaluate", "--out", "none/f.md"): "要写入的文件夹“none”不存在",
    ("check", "x", "--out", "."): "“.”是文件夹，不是文件",
    ("check", "x", "--out", "a" * 300): "名称太长",
    ("check", "x", "--out", "file/r.txt"): "“file/r.txt”的路径中有一段是文件",
    ("sample", "file/county", "--templates"): "“file/county”的路径中有一段是文件",
    ("sample", "file"): "“file”已是一个文件",
    ("sample", "x", "--profile", "none.toml"): "找不到文件“none.toml”",
    ("train", "x", "--until", "2026-11-20", "--recipe", "none.toml"): "找不到文件“none.toml”",
    (
        "train",
        "x",
        "--until",
        "2026-11-20",
        "--recipe",
        "short.toml",
    ): "训练配方 short.toml 有误：[rows] mist 不是这一节的项",
    ("train", "x", "--until", "2026-11-20", "--recipe", "file"): "file 不是有效的 TOML 文件（第1行",
}


@pytest.mark.parametrize("words", OUT)
def test_a_file_that_cannot_be_used_is_named_before_the_work(
    words: tuple[str, ...], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """One sentence, exit 1, no folder made; every command alike."""
    Path("file").write_text("a file", encoding="utf-8")
    Path("short.toml").write_text("[rows]\nmist = 1", encoding="utf-8")
    code, lines = said(capsys, monkeypatch, *words)
    assert code == front.REFUSED
    assert len(lines) == 1
    assert lines[0].startswith(OUT[words])
    assert not Path("none").exists()


@pytest.mark.parametrize(
    "words",
    [("import", "x"), ("weekly", "x", "--as-of", "2026-11-20"), ("status",), ("user", "list")],
)
@pytest.mark.parametrize("home", ["file", "file/below"])
def test_a_home_that_cannot_be_used_is_named(
    words: tuple[str, ...],
    home: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The sentence says BAOXUE_HOME and where it lies, not a database that nobody set."""
    Path("file").touch()
    Path("x").mkdir()
    monkeypatch.setenv("BAOXUE_HOME", home)
    code, lines = said(capsys, monkeypatch, *words)
    assert code == front.REFUSED
    assert len(lines) == 1
    assert "BAOXUE_HOME" in lines[0]
    assert home in lines[0]
    assert "BAOXUE_DATABASE_URL" not in lines[0]


def test_a_database_that_was_named_is_named(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the address was set the sentence says so."""
    Path("file").touch()
    monkeypatch.setenv("BAOXUE_DATABASE_URL", "sqlite:///file/own.db")
    code, lines = said(capsys, monkeypatch, "status")
    assert code == front.REFUSED
    assert "（file/own.db）" in lines[0]
    assert "BAOXUE_DATABASE_URL" in lines[0]


SETTINGS = {
    "a = = 1": "baoxue.toml 不是有效的 TOML 文件（第1行第5列）。",
    'hme = "x"': "baoxue.toml 中的 hme：没有这一项，是否应为 home？",
    "lang = 'xx'": "设置有误：lang 的值“xx”只能写 zh、en。",
    "[spark]\nmster = 'x'": "设置有误：spark.mster 没有这一项",
    "[capacity]\nshre = 1": "设置有误：capacity.shre 没有这一项",
    "[capacity]\nshare = 2": "设置有误：capacity.share 的值“2”不能大于 1",
}


@pytest.mark.parametrize("text", SETTINGS)
def test_a_setting_that_cannot_be_used_is_named(
    text: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file of settings that cannot be read, an unknown name or value: one sentence, nothing ignored."""
    Path("baoxue.toml").write_text(text, encoding="utf-8")
    code, lines = said(capsys, monkeypatch, "status")
    assert (code, len(lines)) == (front.REFUSED, 1)
    assert lines[0].startswith(SETTINGS[text])


def test_a_file_from_a_notepad_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """The byte-order mark that some editors put first changes nothing; the environment still prevails."""
    Path("baoxue.toml").write_text('lang = "en"\n[capacity]\nshare = 0.5', encoding="utf-8-sig")
    assert (Settings().lang, ServingSettings().capacity.share) == ("en", 0.5)
    monkeypatch.setenv("BAOXUE_LANG", "zh")
    monkeypatch.setenv("BAOXUE_CAPACITY__SHARE", "0.25")
    assert (Settings().lang, ServingSettings().capacity.share) == ("zh", 0.25)


def test_settings_that_may_not_be_read_are_one_sentence(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without the right to read the file it is named; a slip in a command is told as ever."""
    Path("baoxue.toml").write_text('lang = "en"', encoding="utf-8")

    def forbidden(path: Path, **_: object) -> str:
        raise PermissionError(errno.EACCES, "", str(path))

    monkeypatch.setattr(Path, "read_text", forbidden)
    code, lines = said(capsys, monkeypatch, "status")
    assert (code, len(lines)) == (front.REFUSED, 1)
    assert lines[0].startswith("没有读写“baoxue.toml”的权限")
    code, lines = said(capsys, monkeypatch, "wekly")
    assert code == front.MISUSED
    assert lines[0].startswith("没有命令“wekly”")


def test_the_environment_is_told_alike(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A value in the environment that does not fit is named; a secret is never repeated."""
    monkeypatch.setenv("BAOXUE_LANG", "xx")
    assert said(capsys, monkeypatch, "status")[1][0].startswith("设置有误：lang 的值“xx”")
    monkeypatch.setenv("BAOXUE_LANG", "zh")
    monkeypatch.setenv("BAOXUE_CAPACITY", "abc")
    assert said(capsys, monkeypatch, "status")[1][0].startswith("环境变量 BAOXUE_CAPACITY 写法不对")
    monkeypatch.delenv("BAOXUE_CAPACITY")
    Path("baoxue.toml").write_text("pupil_key = 4711", encoding="utf-8")
    assert "4711" not in said(capsys, monkeypatch, "status")[1][0]


def test_both_packages_know_each_others_settings() -> None:
    """What serving reads from the common file is what features lets pass, nothing less and nothing more."""
    assert set(OF_SERVING) == set(ServingSettings.model_fields) - set(Settings.model_fields)


def full_disk() -> sqlite3.OperationalError:
    """What SQLite says where nothing more fits."""
    error = sqlite3.OperationalError("database or disk is full")
    error.sqlite_errorcode = sqlite3.SQLITE_FULL
    return error


def test_a_full_disk_is_one_sentence_however_deep_it_was_met() -> None:
    """The disk's, SQLite's and a Rust library's error are known below errors of other libraries."""
    rust = OSError("No space left on device (os error 28)")
    for cause in (OSError(errno.ENOSPC, "full"), full_disk(), rust):
        outer = RuntimeError("a library's own")
        outer.__cause__ = KeyError("between")
        outer.__cause__.__context__ = cause
        told = unusable(outer)
        assert told is not None
        assert told.zh.startswith("磁盘已满，")
        assert told.en.startswith("The disk is full; ")
    assert unusable(OSError(errno.ENOSPC, "full", "/x")).zh.startswith("磁盘已满（/x）")  # type: ignore[union-attr]


def test_what_nobody_can_mend_keeps_its_traceback() -> None:
    """An error of ours is no refusal, also where a file was missing and that was mended on the way."""
    ours = KeyError("x")
    ours.__context__ = FileNotFoundError(errno.ENOENT, "", "/x")
    assert unusable(ours) is None
    assert unusable(OSError("without a file")) is None
    with pytest.raises(ZeroDivisionError):
        front.answer(lambda: lambda **_: 1 // 0)


@pytest.mark.parametrize("number", [errno.EACCES, errno.EROFS, errno.EIO])
def test_an_error_of_the_disk_names_the_file(
    number: int, capsys: pytest.CaptureFixture[str]
) -> None:
    """No right, a disk that can only be read, any other: the path is in the sentence, exit 1."""

    def fail(**_: object) -> None:
        raise OSError(number, "as the system says it", "/some/where")

    with pytest.raises(SystemExit) as ended:
        front.answer(lambda: fail)
    assert ended.value.code == front.REFUSED
    assert "“/some/where”" in capsys.readouterr().err


def test_half_a_file_is_no_file(tmp_path: Path) -> None:
    """Where writing fails midway nothing is left under the name that was asked for."""
    out = tmp_path / "half"

    def write() -> None:
        with whole(out):
            out.write_text("half", encoding="utf-8")
            raise OSError(errno.ENOSPC, "full", str(out))

    with pytest.raises(OSError, match="full"):
        write()
    assert not out.exists()


def test_a_file_without_rights_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither an existing file nor a folder that may not be written is begun."""
    there = tmp_path / "there"
    there.touch()
    monkeypatch.setattr("os.access", lambda *_: False)
    for out, named in ((there, there), (tmp_path / "new", tmp_path)):
        with pytest.raises(Refusal, match=f"没有读写“{named}”的权限"):
            check_out(out)


def test_ctrl_c_is_answered(capsys: pytest.CaptureFixture[str]) -> None:
    """One sentence and exit 130, wherever it was heard."""

    def heard(**_: object) -> None:
        raise KeyboardInterrupt

    def within(**_: object) -> None:
        try:
            heard()
        except KeyboardInterrupt as stopped:
            raise RuntimeError("Error calling __set_name__") from stopped

    for app in (heard, within, lambda **_: front.STOPPED):
        with pytest.raises(SystemExit) as ended:
            front.answer(lambda app=app: app)  # type: ignore[misc]
        assert ended.value.code == front.STOPPED
        assert capsys.readouterr().err == "已按 Ctrl-C 中止。需要时请重新运行这条命令。\n"


def test_an_input_that_ends_is_no_ctrl_c(capsys: pytest.CaptureFixture[str]) -> None:
    """Where a question meets the end of the input it is said so, and the exit code is a refusal's."""

    def ask(**_: object) -> None:
        try:
            raise EOFError
        except EOFError:
            raise typer.Abort from None

    with pytest.raises(SystemExit) as ended:
        front.answer(lambda: ask)
    assert ended.value.code == front.REFUSED
    assert capsys.readouterr().err.startswith("输入已结束")
