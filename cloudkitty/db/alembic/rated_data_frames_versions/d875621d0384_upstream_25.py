# SPDX-License-Identifier: Apache-2.0
"""Create upstream's table of rated points as of its release 25.

The revision and its version table have upstream's names: a database at
upstream's head is used as it is, and upstream goes on with one that this
revision created.
"""

import sqlalchemy as sa
from alembic import op

revision = "d875621d0384"
down_revision = None

_NAME = "rated_data_frames"


def upgrade() -> None:
    if sa.inspect(op.get_bind()).has_table(_NAME):
        return
    op.create_table(
        _NAME,
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("begin", sa.DateTime(), nullable=False),
        sa.Column("end", sa.DateTime(), nullable=False),
        sa.Column("unit", sa.String(255), nullable=False),
        sa.Column("qty", sa.Numeric(15, 5), nullable=False),
        sa.Column("res_type", sa.String(255), nullable=False),
        sa.Column("rate", sa.Float(), nullable=False),
        sa.Column("desc", sa.Text(), nullable=False),
        sa.Column("tenant_id", sa.String(32), nullable=True),
        sa.PrimaryKeyConstraint("id", name=f"pk_{_NAME}"),
        mysql_engine="InnoDB",
        mysql_charset="utf8mb4",
    )
    op.create_index("idx_rated_data_frames_date", _NAME, ["begin", "end"])
    op.create_index(
        "idx_tenantid_begin_end", _NAME, ["tenant_id", "begin", "end"]
    )
