# SPDX-License-Identifier: Apache-2.0
"""Points without the index on their periods, which no reader uses any more.

The step of revision 0005, also for a database that holds nothing but points
and has no revisions.
"""

import sqlalchemy as sa

_POINTS = "cloudkitty_rated_points"
_INDEX = "ix_rated_points_begin"


def drop(connection: sa.Connection) -> None:
    """Drop the index, if it is there."""
    found = sa.inspect(connection).get_indexes(_POINTS)
    if any(index["name"] == _INDEX for index in found):
        mysql = connection.dialect.name in ("mysql", "mariadb")
        on = f" ON {_POINTS}" if mysql else ""
        connection.exec_driver_sql(f"DROP INDEX {_INDEX}{on}")
