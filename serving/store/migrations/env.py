"""Alembic's entry: the connection comes from ``serving.store.database``, never from a file."""

from __future__ import annotations

from alembic import context

from serving.store.database import metadata

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=metadata,
    render_as_batch=connection.dialect.name == "sqlite",
    transactional_ddl=True,
    transaction_per_migration=False,
)
context.run_migrations()
