# SPDX-License-Identifier: Apache-2.0
"""Return connections of PyMySQL to the pool without a needless ROLLBACK.

The pool of SQLAlchemy sends one after each COMMIT, too, which takes as long
as a short statement. Drivers of PostgreSQL and SQLite send none if no
transaction is open; PyMySQL always does.
"""

import typing

import sqlalchemy as sa
from sqlalchemy import engine as sa_engine
from sqlalchemy import event
from sqlalchemy import pool as sa_pool

_NAME = "cloudkitty_pool_reset"
#: ``SERVER_STATUS_IN_TRANS`` of the protocol of MySQL.
_IN_TRANSACTION = 1


def install(url: sa.URL) -> sa.URL:
    """Return the URL for an engine whose pool resets connections so.

    The URL of another driver is not changed.
    """
    if url.get_driver_name() != "pymysql":
        return url
    return url.update_query_dict({"plugin": _NAME}, append=True)


class Plugin(sa_engine.CreateEnginePlugin):
    """Resets the connections of one engine.

    See "Reset On Return" in SQLAlchemy's documentation.
    """

    def update_url(self, url: sa.URL) -> sa.URL:
        """Return the URL: it has no parameters of this plugin."""
        return url

    def handle_pool_kwargs(
        self,
        pool_cls: type[sa_pool.Pool],
        pool_args: dict[str, typing.Any],
    ) -> None:
        """Replace the reset of the pool by that of ``engine_created``."""
        pool_args["reset_on_return"] = None

    def engine_created(self, engine: sa.Engine) -> None:
        """Install the reset."""
        event.listen(engine, "reset", _reset)


def _reset(
    connection: typing.Any, record: object, state: sa_pool.PoolResetState
) -> None:
    """Roll an open transaction back, except if SQLAlchemy has just done it.

    The answer to each statement says whether a transaction is open. The error
    of a first statement does not, but then SQLAlchemy rolls back by itself.
    """
    is_open = connection.server_status & _IN_TRANSACTION
    if is_open and not state.transaction_was_reset:
        connection.rollback()


sa.dialects.plugins.register(_NAME, __name__, Plugin.__name__)
