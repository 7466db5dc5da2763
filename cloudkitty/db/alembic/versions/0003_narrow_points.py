# SPDX-License-Identifier: Apache-2.0
"""Store the common attributes of a series' points once."""

from alembic import op

from cloudkitty.db.alembic import points_0003

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    points_0003.narrow(op.get_bind())
