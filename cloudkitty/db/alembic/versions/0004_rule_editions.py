# SPDX-License-Identifier: Apache-2.0
"""Let rules be edited by many at once, and by users with long ids."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

_AUDITED = ("hashmap_mappings", "pyscripts_scripts")
_USERS = ("created_by", "updated_by", "deleted_by")
_TEXTS = (
    "hashmap_services",
    "hashmap_fields",
    "hashmap_groups",
    "hashmap_mappings",
    "hashmap_thresholds",
)


def upgrade() -> None:
    op.create_table(
        "cloudkitty_rule_editions",
        sa.Column("module", sa.String(255), nullable=False),
        sa.Column("edition", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("module", name="pk_cloudkitty_rule_editions"),
        mysql_engine="InnoDB",
        mysql_charset="utf8mb4",
    )
    dialect = op.get_bind().dialect.name
    if dialect == "sqlite":
        # It ignores the length of types, and supports all of Unicode.
        return
    if dialect in ("mysql", "mariadb"):
        for table in _TEXTS:
            # Upstream's tables lack a part of Unicode. The new collation
            # distinguishes all texts that theirs does, so no unique key can
            # break.
            op.execute(
                f"ALTER TABLE {table} CONVERT TO CHARACTER SET utf8mb4 "
                "COLLATE utf8mb4_bin"
            )
    # Keystone's ids of users of LDAP have 64 characters.
    for table in _AUDITED:
        for name in _USERS:
            op.alter_column(
                table,
                name,
                type_=sa.String(255),
                existing_type=sa.String(32),
                existing_nullable=name != "created_by",
            )
