# SPDX-License-Identifier: Apache-2.0
"""Drop the index of points that no reader uses any more."""

from alembic import op

from cloudkitty.db import points_index

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    points_index.drop(op.get_bind())
