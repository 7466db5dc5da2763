# SPDX-License-Identifier: Apache-2.0
"""Let notes of tasks name a metric, and count the periods that were kept."""

import sqlalchemy as sa
from alembic import op

from cloudkitty.db.sql import types

revision = "0006"
down_revision = "0005"

_TASKS = "storage_scope_reprocessing_schedule"
_NOTES = "cloudkitty_task_notes"
_KEY = "pk_cloudkitty_task_notes"
_COLUMNS = ("task_id", "begin", "kind", "metric")


def upgrade() -> None:
    op.add_column(
        _TASKS, sa.Column("periods_kept", sa.Integer(), nullable=True)
    )
    # One period may have notes of several metrics; empty is the whole period.
    column: sa.Column[str] = sa.Column(
        "metric", types.ExactText(255), nullable=False, server_default=""
    )
    dialect = op.get_bind().dialect.name
    if dialect == "sqlite":
        # The primary key of a table cannot be changed there.
        _copy()
        return
    op.add_column(_NOTES, column)
    if dialect in ("mysql", "mariadb"):
        # At once: the foreign key needs an index at any time.
        op.execute(
            f"ALTER TABLE {_NOTES} DROP PRIMARY KEY, "
            "ADD PRIMARY KEY (task_id, `begin`, kind, metric)"
        )
        return
    op.drop_constraint(_KEY, _NOTES, type_="primary")
    op.create_primary_key(_KEY, _NOTES, list(_COLUMNS))


def _copy() -> None:
    op.rename_table(_NOTES, f"{_NOTES}_old")
    op.create_table(
        _NOTES,
        sa.Column("task_id", sa.Integer(), nullable=False),
        sa.Column("begin", types.UTCDateTime(), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column(
            "metric", types.ExactText(255), nullable=False, server_default=""
        ),
        sa.Column("end", types.UTCDateTime(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["task_id"],
            [f"{_TASKS}.id"],
            name="fk_task_notes_task_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(*_COLUMNS, name=_KEY),
    )
    shared = ("task_id", "begin", "kind", "end", "detail")
    new = sa.table(_NOTES, *map(sa.column, shared))
    old = sa.table(f"{_NOTES}_old", *map(sa.column, shared))
    op.execute(new.insert().from_select(shared, sa.select(*old.columns)))
    op.drop_table(old.name)
