# SPDX-License-Identifier: Apache-2.0
"""Base class of the tables, and the arguments that they share."""

import sqlalchemy as sa
from sqlalchemy import orm

NAMING = {
    "pk": "pk_%(table_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "ix": "ix_%(table_name)s_%(column_0_name)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
}

TABLE_ARGS = {
    "mysql_engine": "InnoDB",
    "mysql_charset": "utf8mb4",
    # The id of a deleted row is not used again.
    "sqlite_autoincrement": True,
}


class Base(orm.DeclarativeBase):
    """All tables of the service's own database."""

    metadata = sa.MetaData(naming_convention=NAMING)
