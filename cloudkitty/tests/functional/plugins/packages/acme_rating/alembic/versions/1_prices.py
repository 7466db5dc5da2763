# SPDX-License-Identifier: Apache-2.0
import sqlalchemy as sa
from alembic import op

revision = "acme1"
down_revision = None


def upgrade():
    op.create_table(
        "acme_prices",
        sa.Column("metric", sa.String(255), primary_key=True),
        sa.Column("price", sa.Integer, nullable=False),
    )
