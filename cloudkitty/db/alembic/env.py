# SPDX-License-Identifier: Apache-2.0
"""Runs migrations on the connection that ``db.migration`` hands over."""

from alembic import context

from cloudkitty.db import migration

connection = context.config.attributes["connection"]
tree: migration.Tree = context.config.attributes["tree"]
context.configure(
    connection=connection,
    target_metadata=list(tree.metadata),
    version_table=tree.version_table,
    # SQLite cannot alter a table in place.
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
