# SPDX-License-Identifier: Apache-2.0
"""Close periods of scopes, limit running tasks, and let tasks be approved."""

import sqlalchemy as sa
from alembic import op

from cloudkitty.db.sql import types

revision = "0014"
down_revision = "0013"

_SCOPES = "cloudkitty_storage_states"
_TASKS = "storage_scope_reprocessing_schedule"
_EVENTS = "cloudkitty_task_events"
_BATCHES = "cloudkitty_task_batches"


def upgrade() -> None:
    op.add_column(_SCOPES, sa.Column("closed_before", types.UTCDateTime()))
    op.add_column(_TASKS, sa.Column("not_before", types.UTCDateTime()))
    op.add_column(_TASKS, sa.Column("max_running", sa.Integer()))
    op.create_table(
        _BATCHES,
        sa.Column("batch_id", sa.String(36), nullable=False),
        sa.Column("claims", sa.Integer(), server_default="0", nullable=False),
        sa.Column(
            "approval", sa.Boolean(), server_default=sa.false(), nullable=False
        ),
        sa.Column("approved_by", sa.String(255)),
        sa.Column("approved_at", types.UTCDateTime()),
        sa.Column("preview_id", sa.String(36)),
        sa.Column("preview_digest", sa.String(64)),
        sa.PrimaryKeyConstraint("batch_id", name=f"pk_{_BATCHES}"),
        mysql_engine="InnoDB",
        mysql_charset="utf8mb4",
    )
    _resize_states(16, 32)


def downgrade() -> None:
    # The earlier release does not know the state.
    for column in ("state", "from_state", "to_state"):
        table = sa.table(
            _TASKS if column == "state" else _EVENTS, sa.column(column)
        )
        op.execute(
            sa.update(table)
            .where(table.c[column] == "awaiting_approval")
            .values({column: "paused"})
        )
    _resize_states(32, 16)
    op.drop_table(_BATCHES)
    op.drop_column(_TASKS, "max_running")
    op.drop_column(_TASKS, "not_before")
    op.drop_column(_SCOPES, "closed_before")


def _resize_states(old: int, new: int) -> None:
    """Change the length of the states; SQLite has none."""
    if op.get_bind().dialect.name == "sqlite":
        return
    for table, column in (
        (_TASKS, "state"),
        (_EVENTS, "from_state"),
        (_EVENTS, "to_state"),
    ):
        op.alter_column(
            table,
            column,
            existing_type=sa.String(old),
            type_=sa.String(new),
            existing_nullable=column != "to_state",
        )
