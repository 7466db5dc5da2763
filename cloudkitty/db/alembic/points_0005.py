# SPDX-License-Identifier: Apache-2.0
"""Points without the index on their periods, which no reader uses.

The step of revision 0005 of the service's database and of a points' database.
It is frozen, and a second run changes nothing.
"""

import sqlalchemy as sa

from cloudkitty.db.sql import types

_points = sa.Table(
    "cloudkitty_rated_points",
    sa.MetaData(),
    sa.Column("begin", types.UTCDateTime()),
)
_begin = sa.Index("ix_rated_points_begin", _points.c.begin)


def drop(connection: sa.Connection) -> None:
    """Drop the index, if it exists."""
    _begin.drop(connection, checkfirst=True)
