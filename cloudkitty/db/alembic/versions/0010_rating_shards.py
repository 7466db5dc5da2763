# SPDX-License-Identifier: Apache-2.0
"""Create the table of the shards that divide scopes among workers."""

import sqlalchemy as sa
from alembic import op

from cloudkitty.db.sql import types

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    table = op.create_table(
        "cloudkitty_rating_shards",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("owner", types.ExactText(255), nullable=True),
        sa.Column(
            "lease_token", sa.Integer(), server_default="0", nullable=False
        ),
        sa.Column("lease_expires_at", types.UTCDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("number", name="pk_cloudkitty_rating_shards"),
        mysql_engine="InnoDB",
        mysql_charset="utf8mb4",
    )
    op.bulk_insert(table, [{"number": number} for number in range(64)])
