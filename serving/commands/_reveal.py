"""Names in full: only with a reason, and only after the audit has it."""

from __future__ import annotations

import getpass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from features.refusal import Refusal

if TYPE_CHECKING:
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
    from serving.accounts import Entry
    from serving.store.audit import StoredAudit
    from serving.store.database import open_database

    audit = StoredAudit(open_database(settings.database), lambda: datetime.now(UTC))
    actor = f"cli:{getpass.getuser()}"[:64]
    detail = {"reason": (reason or "").strip()}
    audit.write(Entry(actor, "operator", "reveal", subject[:128], detail))
