# SPDX-License-Identifier: Apache-2.0
"""Objects shared by all checks of one run."""

import sqlalchemy as sa
from oslo_config import cfg
from oslo_db import exception as db_exception

from cloudkitty.db import facade


class Context:
    """The options and the database of one run.

    :param conf: the service's options.
    """

    def __init__(self, conf: cfg.ConfigOpts) -> None:
        self.conf = conf
        self._database: facade.Database | None = None
        self._error: db_exception.DBError | None = None

    @property
    def database(self) -> facade.Database:
        """The service's database, which has answered.

        :raises oslo_db.exception.DBError: if it is unavailable. Only the
            first access waits for a timeout.
        """
        if self._error is not None:
            raise self._error
        if self._database is None:
            opened = facade.Database(
                self.conf, long_statements=True, wait_at_first=False
            )
            try:
                opened.connect(1)
            except db_exception.DBError as error:
                self._error = error
                raise
            self._database = opened
        return self._database

    def has_table(self, name: str) -> bool:
        """Return whether the database has a table."""
        with self.database.engine.connect() as connection:
            return sa.inspect(connection).has_table(name)

    def column_names(self, table: str) -> set[str]:
        """Return the columns of an existing table."""
        with self.database.engine.connect() as connection:
            columns = sa.inspect(connection).get_columns(table)
        return {column["name"] for column in columns}

    def close(self) -> None:
        """Close the connections."""
        if self._database is not None:
            self._database.dispose()
