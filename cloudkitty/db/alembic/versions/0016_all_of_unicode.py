# SPDX-License-Identifier: Apache-2.0
"""Let all columns of upstream's tables on MySQL hold all of Unicode.

Revisions 0001 and 0004 changed the other ones. The new collations distinguish
all texts that upstream's does, so no unique key can break.
"""

from alembic import op

from cloudkitty.db.sql import types

revision = "0016"
down_revision = "0015"

_TABLES = (
    "modules_state",
    "pyscripts_scripts",
    "service_to_collector_mappings",
    "states",
)
_SCOPES = "cloudkitty_storage_states"


def upgrade() -> None:
    if op.get_bind().dialect.name not in ("mysql", "mariadb"):
        return
    for table in _TABLES:
        op.execute(
            f"ALTER TABLE {table} CONVERT TO CHARACTER SET utf8mb4 "
            "COLLATE utf8mb4_bin"
        )
    # The collation of the column ``identifier``: two columns with different
    # binary collations cannot be arguments of one JSON_ARRAY.
    for name in ("scope_key", "fetcher", "collector"):
        op.alter_column(
            _SCOPES, name, type_=types.ExactString(40), existing_nullable=True
        )


def downgrade() -> None:
    """Keep the columns: the earlier release reads and writes them too."""
