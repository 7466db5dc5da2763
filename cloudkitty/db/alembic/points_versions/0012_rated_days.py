# SPDX-License-Identifier: Apache-2.0
"""Keep the sums of whole days beside the points."""

from alembic import op

from cloudkitty.db.alembic import points_0012

revision = "0012"
down_revision = "0005"


def upgrade() -> None:
    points_0012.roll_up(op.get_bind())
