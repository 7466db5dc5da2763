# SPDX-License-Identifier: Apache-2.0
"""Close periods of scopes, and limit when and how many tasks run."""

import sqlalchemy as sa
from alembic import op

from cloudkitty.db.sql import types

revision = "0014"
down_revision = "0013"

_SCOPES = "cloudkitty_storage_states"
_TASKS = "storage_scope_reprocessing_schedule"
_BATCHES = "cloudkitty_task_batches"


def upgrade() -> None:
    op.add_column(_SCOPES, sa.Column("closed_before", types.UTCDateTime()))
    op.add_column(_TASKS, sa.Column("not_before", types.UTCDateTime()))
    op.add_column(_TASKS, sa.Column("max_running", sa.Integer()))
    op.create_table(
        _BATCHES,
        sa.Column("batch_id", sa.String(36), nullable=False),
        sa.Column("claims", sa.Integer(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("batch_id", name=f"pk_{_BATCHES}"),
        mysql_engine="InnoDB",
        mysql_charset="utf8mb4",
    )


def downgrade() -> None:
    op.drop_table(_BATCHES)
    op.drop_column(_TASKS, "max_running")
    op.drop_column(_TASKS, "not_before")
    op.drop_column(_SCOPES, "closed_before")
