# SPDX-License-Identifier: Apache-2.0
"""Keep what the points of a series have in common once."""

from alembic import op

from cloudkitty.db import points_shape

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    points_shape.narrow(op.get_bind())
