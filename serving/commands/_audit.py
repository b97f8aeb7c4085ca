"""What is done at this machine: in the audit first; names in full only with a reason."""

from __future__ import annotations

import getpass
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from features.refusal import Refusal

if TYPE_CHECKING:
    from serving.accounts import Entry
    from serving.settings import ServingSettings


def check_reveal(
    settings: ServingSettings, *, unmasked: bool, reason: str | None, subject: str
) -> None:
    """Log the reveal before anything is shown; Refusal without a reason."""
    if not unmasked:
        return
    if not (reason or "").strip():
        raise Refusal(
            "显示完整姓名和学籍号须写明用途：--unmasked --reason 用途。查看会记入审计。",
            "Full names and numbers need a purpose: --unmasked --reason PURPOSE. It is audited.",
        )
    log("reveal", subject, {"reason": (reason or "").strip()}, settings)


def log(
    action: str, subject: str, detail: Mapping[str, str | int], settings: ServingSettings
) -> None:
    """An entry in the audit by whoever sits at this machine, before what it says is done."""
    from serving.store.audit import StoredAudit
    from serving.store.database import open_database

    audit = StoredAudit(open_database(settings.database), lambda: datetime.now(UTC))
    audit.write(entry(action, subject, detail))


def entry(action: str, subject: str, detail: Mapping[str, str | int]) -> Entry:
    """What is said in the audit of something done at this machine."""
    from serving.accounts import Entry

    return Entry(f"cli:{getpass.getuser()}"[:64], "operator", action, subject[:128], detail)
