# SPDX-License-Identifier: Apache-2.0
"""Create the tables of points, or upgrade those without a revision.

Earlier versions made the tables of a database of points and kept no revision.
Those tables may have the shape of revision 0002, 0003 or 0005.
"""

from alembic import op

from cloudkitty.db.alembic import points_0003

revision = "0003"
down_revision = None


def upgrade() -> None:
    points_0003.narrow(op.get_bind())
