# SPDX-License-Identifier: Apache-2.0
"""One database: engine, transactions, retries."""

import collections.abc
import contextlib
import typing

from oslo_config import cfg
from sqlalchemy import orm

T = typing.TypeVar("T")


class Database:
    """The service's database, or the storage's own.

    :param conf: the service's options; ``[database]`` sets the engine up.
    :param connection: SQLAlchemy URL; None for ``[database] connection``.
    """

    def __init__(
        self, conf: cfg.ConfigOpts, connection: str | None = None
    ) -> None:
        raise NotImplementedError

    @property
    def dialect(self) -> str:
        """``sqlite``, ``mysql`` (MariaDB too) or ``postgresql``."""
        raise NotImplementedError

    @contextlib.contextmanager
    def reader(self) -> collections.abc.Iterator[orm.Session]:
        """Yield a session in one reading transaction."""
        raise NotImplementedError

    @contextlib.contextmanager
    def writer(self) -> collections.abc.Iterator[orm.Session]:
        """Yield a session in one writing transaction, committed at the end.

        On SQLite it begins IMMEDIATE, so that a lock is met at the begin and
        never half way.
        """
        raise NotImplementedError

    def write(self, work: collections.abc.Callable[[orm.Session], T]) -> T:
        """Run ``work(session)`` in one writing transaction; again on retry.

        The whole transaction is repeated on deadlock, lost connection and
        SQLite's "database is locked", with a growing pause, so ``work`` must
        have no effect but on the session.

        :raises oslo_db.exception.DBError: when the last try failed too.
        """
        raise NotImplementedError

    def dispose(self) -> None:
        """Close all connections (before a fork, or at the end)."""
        raise NotImplementedError
