# SPDX-License-Identifier: Apache-2.0
"""Base of the tests of queries: an empty database of each kind."""

import datetime

from cloudkitty.tests import base
from cloudkitty.tests import databases

NOW = base.utc("2026-11-05T10:00")
HOUR = datetime.timedelta(hours=1)
#: Names that a collation or a pattern could take for each other.
NAMES = ("a", "A", "a ", "ä", "%", "_", "a/b", "'; DROP TABLE x; --")


class QueryCase:
    """Decorate a subclass with ``databases.on_each``."""

    backend: str

    def setUp(self):
        super().setUp()
        self.database = databases.make_database(self, self.backend)

    def read(self, query, *args, **kwargs):
        """Call ``query(session, ...)`` in a transaction that only reads."""
        with self.database.reader() as session:
            return query(session, *args, **kwargs)

    def write(self, query, *args, **kwargs):
        """Call ``query(session, ...)`` in a transaction that writes."""
        return self.database.write(
            lambda session: query(session, *args, **kwargs)
        )
