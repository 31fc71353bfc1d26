"""What alembic runs around a migration: the caller's connection, one transaction for all of them."""

from alembic import context

context.configure(connection=context.config.attributes["connection"])
with context.begin_transaction():
    context.run_migrations()
