# SPDX-License-Identifier: Apache-2.0
"""Close periods of scopes."""

import sqlalchemy as sa
from alembic import op

from cloudkitty.db.sql import types

revision = "0014"
down_revision = "0012"

_SCOPES = "cloudkitty_storage_states"


def upgrade() -> None:
    op.add_column(_SCOPES, sa.Column("closed_before", types.UTCDateTime()))


def downgrade() -> None:
    op.drop_column(_SCOPES, "closed_before")
