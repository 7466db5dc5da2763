# SPDX-License-Identifier: Apache-2.0
"""Set-up of the contract of the SQL storage."""

import sqlalchemy as sa

from cloudkitty.db import points
from cloudkitty.tests.contract import storage

TABLE: sa.Table = points.RatedPoint.__table__


class SQLCase(storage.StorageContract):
    """A storage whose rows are readable.

    :cvar backend: kind of the database.
    """

    backend: str

    def rows(self, *where):
        """Return whole rows, with their keys, as the database gives them."""
        with self.storage.points_database.engine.connect() as connection:
            return connection.execute(
                points.whole()
                .add_columns(TABLE.c.series, TABLE.c.seq)
                .where(*where)
                .order_by(*TABLE.primary_key)
            ).all()
