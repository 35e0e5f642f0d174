"""Alembic's way in: it migrates the connection that `upgrade` hands over, never one of its own."""

from alembic import context

from riskwatch.adapters.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
