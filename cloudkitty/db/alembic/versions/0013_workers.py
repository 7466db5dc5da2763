# SPDX-License-Identifier: Apache-2.0
"""Create the table of the workers of processors."""

import sqlalchemy as sa
from alembic import op

from cloudkitty.db.sql import types

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    op.create_table(
        "cloudkitty_workers",
        sa.Column("name", types.ExactText(255), nullable=False),
        sa.Column("host", sa.String(255), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("pid", sa.Integer(), nullable=False),
        sa.Column("version", sa.String(64), nullable=False),
        sa.Column("started_at", types.UTCDateTime(), nullable=False),
        sa.Column("last_seen_at", types.UTCDateTime(), nullable=False),
        sa.Column("stopped_at", types.UTCDateTime(), nullable=True),
        sa.Column("tasks", sa.Integer(), nullable=False),
        sa.Column("task_id", sa.Integer(), nullable=True),
        sa.Column("scope_id", sa.String(256), nullable=True),
        sa.Column("next_look_at", types.UTCDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("name", name="pk_cloudkitty_workers"),
        mysql_engine="InnoDB",
        mysql_charset="utf8mb4",
    )
