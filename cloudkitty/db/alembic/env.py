# SPDX-License-Identifier: Apache-2.0
"""Runs migrations on the connection that ``db.migration`` hands over."""

from alembic import context

from cloudkitty.db import migration

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=migration.METADATA,
    version_table=migration.VERSION_TABLE,
    # SQLite cannot alter a table in place.
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
