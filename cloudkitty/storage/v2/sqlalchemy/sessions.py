# SPDX-License-Identifier: Apache-2.0
"""Transactions on rated points: the caller's, or one of their own."""

import collections.abc
import contextlib

from sqlalchemy import orm

from cloudkitty.db import facade
from cloudkitty.storage import checks as storage_checks
from cloudkitty.storage.v2.sqlalchemy import errors
from cloudkitty.storage.v2.sqlalchemy import sqlite


class Sessions:
    """Sessions of the database that has the points.

    :param joins: whether it is the service's own database, whose
        transactions callers may pass.
    """

    def __init__(self, database: facade.Database, *, joins: bool) -> None:
        self._database = database
        self._joins = joins

    @contextlib.contextmanager
    def reader(
        self, transaction: orm.Session | None = None
    ) -> collections.abc.Iterator[orm.Session]:
        """Give a session to read.

        :param transaction: the session, instead of a new one.
        :raises cloudkitty.storage.base.StorageError: if the database fails.
        :raises ValueError: for a transaction of another database.
        """
        self.check(transaction)
        if transaction is not None:
            with errors.translated("reading", keep_retriable=True):
                sqlite.prepare(transaction.connection())
                yield transaction
            return
        with errors.translated("reading"), self._database.reader() as session:
            sqlite.prepare(session.connection())
            yield session

    def write(
        self,
        work: collections.abc.Callable[[orm.Session], None],
        transaction: orm.Session | None = None,
    ) -> None:
        """Call ``work`` with a session to write; repeated if it is retried.

        The parameters and errors are those of ``reader``.
        """
        self.check(transaction)
        if transaction is not None:
            with errors.translated("writing", keep_retriable=True):
                work(transaction)
            return
        with errors.translated("writing"):
            self._database.write(work)

    def check(self, transaction: orm.Session | None) -> None:
        """Refuse a transaction of another database with ``ValueError``."""
        if not self._joins:
            storage_checks.require_no_transaction(transaction)
