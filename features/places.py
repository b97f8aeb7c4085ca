"""Files and folders that cannot be read or written: which one it is, and what to do about it."""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from features.refusal import Refusal

_WORDS: dict[int, tuple[str, str]] = {
    errno.ENOENT: (
        "找不到“{}”。请核对路径；如要写在这里，请先建好所在的文件夹。",
        "There is no {}. Check the path; to write there, make its folder first.",
    ),
    errno.EACCES: (
        "没有读写“{}”的权限。请换一个位置，或请管理员开通权限。",
        "No permission to read or write {}. Choose another place, or ask for the permission.",
    ),
    errno.EISDIR: (
        "“{}”是文件夹，不是文件。请在后面写上文件名。",
        "{} is a folder. Add the name of a file.",
    ),
    errno.ENOTDIR: (
        "“{}”的路径中有一段是文件，不是文件夹。请核对路径。",
        "Part of the path {} is a file where a folder is needed. Check the path.",
    ),
    errno.EEXIST: (
        "“{}”已是一个文件，不能建成文件夹。请换一个位置。",
        "{} is a file already and cannot become a folder. Choose another place.",
    ),
    errno.ENAMETOOLONG: (
        "名称太长：“{}”。请换一个短的文件名。",
        "The name is too long: {}. Choose a shorter one.",
    ),
    errno.EROFS: (
        "“{}”所在的磁盘只能读，不能写。请换一个位置。",
        "{} lies on a disk that can only be read. Choose another place.",
    ),
}
_WORDS[errno.EPERM] = _WORDS[errno.EACCES]
_FULL = (errno.ENOSPC, errno.EDQUOT)
#: SQLite's number for a disk without room, under which its driver names it.
_SQLITE_FULL = 13
#: How a library written in Rust says it: ``No such file or directory (os error 2): PATH``.
_RUST = re.compile(r"\(os error (\d+)\)(?:: (\S.*))?")


def check_out(out: Path | None) -> None:
    """Refuse a file that cannot be written, before the work and not after it; None is no file.

    Folders are not made: one that is missing is, as a rule, a slip of the pen.
    """
    if out is None:
        return
    try:
        if out.is_dir():
            raise IsADirectoryError(errno.EISDIR, "", str(out))
        there, above = out.exists(), out.parent
        if not above.exists():
            raise Refusal(
                f"要写入的文件夹“{above}”不存在。请先建好该文件夹，或换一个位置。",
                f"The folder {above} does not exist. Make it first, or choose another place.",
            )
        if not above.is_dir():
            raise NotADirectoryError(errno.ENOTDIR, "", str(out))
        if not os.access(out if there else above, os.W_OK):
            raise PermissionError(errno.EACCES, "", str(out if there else above))
    except OSError as error:
        raise unusable(error) or error from error


@contextmanager
def whole(out: Path) -> Iterator[None]:
    """Where writing ``out`` fails or is stopped, what was written of it so far is taken away."""
    try:
        yield
    except BaseException:
        if out.is_file():  # never a terminal or a pipe
            out.unlink()
        raise


def unusable(error: BaseException, home: Path | None = None) -> Refusal | None:
    """The refusal for an error of the disk; None where it is not one that a person can mend.

    What lies below ``home`` was never named by the person: its sentence names ``BAOXUE_HOME``.
    """
    chain = list(_chain(error))
    if any(disk_full(one) for one in chain):
        place = next((path for one in chain for path in [_number(one)[1]] if path), "")
        return full(place)
    # what an error was made of, not what went on as it came up: that may have been mended
    made_of = (error, error.__cause__, *error.args)
    for one in made_of:
        if isinstance(one, OSError):
            number, path = _number(one)
            if path:
                return _said(number, path, one.strerror or "", home)
    return None


def disk_full(error: BaseException) -> bool:
    """Whether ``error`` says that nothing more fits on the disk."""
    code = getattr(error, "sqlite_errorcode", None)
    number = _number(error)[0]
    return number in _FULL or (code is not None and code & 0xFF == _SQLITE_FULL)


def full(place: str = "") -> Refusal:
    """The disk is full, wherever it was seen."""
    zh, en = (f"（{place}）", f" ({place})") if place else ("", "")
    return Refusal(
        f"磁盘已满{zh}，未能写完。请清理磁盘空间后重新运行这条命令。",
        f"The disk is full{en}; not everything was written. Make room and run the command again.",
    )


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or error.__context__


def _number(error: BaseException) -> tuple[int, str]:
    """The system's number of the error and the path it names."""
    number = getattr(error, "errno", None)
    if isinstance(error, OSError) and number:
        name = error.filename
        return number, os.fsdecode(name) if isinstance(name, str | bytes | os.PathLike) else ""
    found = _RUST.search(str(error))
    return (int(found[1]), (found[2] or "").strip("\"'")) if found else (0, "")


def _said(number: int, path: str, strerror: str, home: Path | None) -> Refusal:
    zh, en = _WORDS.get(
        number,
        (
            f"读写“{{}}”时出错（{strerror}）。请检查磁盘后重试。",
            f"{{}} failed: {strerror}. Check the disk.",
        ),
    )
    zh, en = zh.replace("{}", path), en.replace("{}", path)
    own = None if home is None else home.absolute()
    there = Path(path).absolute()
    if own is not None and (own == there or own in there.parents or there in own.parents):
        zh += f"数据存放处由 BAOXUE_HOME 指定，现为“{home}”。"
        en += f" Where data are kept is set by BAOXUE_HOME, now {home}."
    return Refusal(zh, en)
