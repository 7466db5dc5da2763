# SPDX-License-Identifier: Apache-2.0
"""Create the table with the progress of imports of rated points."""

import sqlalchemy as sa
from alembic import op

from cloudkitty.db.sql import types

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.create_table(
        "cloudkitty_rated_imports",
        sa.Column("source", types.ExactText(64), nullable=False),
        sa.Column("scope_id", types.ExactText(256), nullable=False),
        sa.Column("month", types.UTCDateTime(), nullable=False),
        sa.Column("position", types.UTCDateTime(), nullable=False),
        sa.Column("digest", types.ExactText(64), nullable=False),
        sa.Column("finished", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint(
            "source",
            "scope_id",
            "month",
            name="pk_cloudkitty_rated_imports",
        ),
        mysql_engine="InnoDB",
        mysql_charset="utf8mb4",
    )
