"""The audit is kept by number alone: no index on who or whom.

Each entry was written three times, twice of them at a place of its own: nine tenths of all pages that a
busy desk wrote. Who has seen a child is asked now and then, and reads the whole chain, as proving it does.
"""

from __future__ import annotations

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

INDEXED = ("actor", "subject")


def upgrade() -> None:
    """Drop both."""
    for column in INDEXED:
        op.drop_index(f"ix_audit_{column}", "audit")


def downgrade() -> None:
    """Make both again."""
    for column in INDEXED:
        op.create_index(f"ix_audit_{column}", "audit", [column])
