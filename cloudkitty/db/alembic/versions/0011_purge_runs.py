# SPDX-License-Identifier: Apache-2.0
"""Create the table with the last purges of the processors."""

import sqlalchemy as sa
from alembic import op

from cloudkitty.db.sql import types

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    op.create_table(
        "cloudkitty_purge_runs",
        sa.Column("name", types.ExactText(32), nullable=False),
        sa.Column("began_at", types.UTCDateTime(), nullable=False),
        sa.Column("done_before", types.UTCDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("name", name="pk_cloudkitty_purge_runs"),
        mysql_engine="InnoDB",
        mysql_charset="utf8mb4",
    )
