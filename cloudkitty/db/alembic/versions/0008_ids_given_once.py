# SPDX-License-Identifier: Apache-2.0
"""Let SQLite give no id a second time.

Without AUTOINCREMENT it gives the id of a deleted row again, and whatever a
plain connection, which has no foreign keys on, left of the old row belongs to
the new one: events and totals of a task, fields and prices of a service.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy import schema

revision = "0008"
down_revision = "0007"

#: Children of a table whose ids they may have kept.
_CHILDREN = {
    "storage_scope_reprocessing_schedule": (
        ("cloudkitty_task_events", "task_id"),
        ("cloudkitty_task_totals", "task_id"),
        ("cloudkitty_task_notes", "task_id"),
    ),
    "hashmap_services": (
        ("hashmap_fields", "service_id"),
        ("hashmap_mappings", "service_id"),
        ("hashmap_thresholds", "service_id"),
    ),
    "hashmap_fields": (
        ("hashmap_mappings", "field_id"),
        ("hashmap_thresholds", "field_id"),
    ),
    "hashmap_groups": (
        ("hashmap_mappings", "group_id"),
        ("hashmap_thresholds", "group_id"),
    ),
}
_TABLES = (
    *_CHILDREN,
    "cloudkitty_storage_states",
    "cloudkitty_task_events",
    "hashmap_mappings",
    "hashmap_thresholds",
    "pyscripts_scripts",
)
#: Tables whose rows are deleted with the task; rows of deleted tasks are of no
#: use.
_OF_TASKS = _CHILDREN["storage_scope_reprocessing_schedule"]


def upgrade() -> None:
    connection = op.get_bind()
    if connection.dialect.name != "sqlite":
        return
    # Read first: a change of one table may touch the texts of others.
    seen = {table: _highest(connection, table) for table in _TABLES}
    for table in _TABLES:
        _rebuild(connection, table)
        _go_on_after(connection, table, seen[table])
    for table, column in _OF_TASKS:
        op.execute(
            f"DELETE FROM {table} WHERE {column} NOT IN "  # noqa: S608
            "(SELECT id FROM storage_scope_reprocessing_schedule)"
        )


def _highest(connection: sa.Connection, table: str) -> int:
    """Return the highest id that the table has or had, as far as seen."""
    places = ((table, "id"), *_CHILDREN.get(table, ()))
    return max(
        connection.exec_driver_sql(
            f"SELECT coalesce(max({column}), 0) FROM {name}"  # noqa: S608
        ).scalar_one()
        for name, column in places
    )


def _rebuild(connection: sa.Connection, name: str) -> None:
    """Rebuild the table with AUTOINCREMENT and otherwise unchanged.

    Foreign keys must be off (see ``migration``): otherwise the rows of its
    child tables would be deleted.
    """
    more = connection.exec_driver_sql(
        "SELECT sql FROM sqlite_master WHERE tbl_name = ? "
        "AND type IN ('index', 'trigger') AND sql IS NOT NULL",
        (name,),
    )
    statements = list(more.scalars())
    table = sa.Table(name, sa.MetaData(), autoload_with=connection)
    table.indexes.clear()
    table.dialect_options["sqlite"]["autoincrement"] = True
    table.name = f"_new_{name}"
    connection.execute(schema.CreateTable(table))
    quote = connection.dialect.identifier_preparer.quote
    columns = ", ".join(quote(column.name) for column in table.columns)
    for statement in (
        f"INSERT INTO _new_{name} ({columns}) SELECT {columns} FROM {name}",  # noqa: S608
        f"DROP TABLE {name}",
        f"ALTER TABLE _new_{name} RENAME TO {name}",
        *statements,
    ):
        connection.exec_driver_sql(statement)


def _go_on_after(connection: sa.Connection, table: str, highest: int) -> None:
    """Let the next id be above ``highest``."""
    connection.exec_driver_sql(
        "DELETE FROM sqlite_sequence WHERE name = ?", (table,)
    )
    connection.exec_driver_sql(
        "INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)",
        (table, highest),
    )
