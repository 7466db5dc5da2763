# SPDX-License-Identifier: Apache-2.0
"""Drop the index of points that no reader uses."""

from alembic import op

from cloudkitty.db.alembic import points_0005

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    points_0005.drop(op.get_bind())
