"""The key behind the opaque pupil ids: one per home, made once, readable by its owner alone."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from features.refusal import Refusal
from serving.scoring.identity import PUBLIC_KEY

FILE = "pupil.key"


def pupil_key(home: Path, *, synthetic: bool, given: str | None = None) -> str:
    """The key of this home.

    ``given`` (``BAOXUE_PUPIL_KEY``) prevails, so that two homes can give the same ids. Synthetic
    counties take a public key: the same demo gives the same list on every machine. Otherwise a
    secret of 256 bits is made in ``pupil.key`` on first use; backups must hold it.
    """
    if given:
        return given
    if synthetic:
        return PUBLIC_KEY
    path = home / FILE
    try:
        if not path.is_file():
            _make(path)
        return path.read_text(encoding="ascii").strip()
    except OSError as error:
        raise Refusal(
            f"密钥文件 {FILE} 无法读写。请检查 BAOXUE_HOME 的权限，或从备份恢复该文件。",
            f"The key file {FILE} cannot be read or written. Check the permission of BAOXUE_HOME, "
            "or restore it from a backup.",
        ) from error


def _make(path: Path) -> None:
    """Write aside, then link into place: of two processes one key stands."""
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f".{FILE}.{os.getpid()}.{secrets.token_hex(4)}")
    handle = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(secrets.token_hex(32) + "\n")
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(aside, path)
    except FileExistsError:
        pass
    finally:
        aside.unlink()
