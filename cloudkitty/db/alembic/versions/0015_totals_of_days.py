# SPDX-License-Identifier: Apache-2.0
"""Keep the prices of each day with the totals of a task."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"

_TOTALS = "cloudkitty_task_totals"


def upgrade() -> None:
    op.add_column(_TOTALS, sa.Column("days", sa.JSON(), nullable=True))


def downgrade() -> None:
    op.drop_column(_TOTALS, "days")
