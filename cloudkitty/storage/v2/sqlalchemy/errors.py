# SPDX-License-Identifier: Apache-2.0
"""Database errors as the contract's errors."""

import collections.abc
import contextlib

from oslo_db import exception as db_exception
from sqlalchemy import exc

from cloudkitty.db import facade
from cloudkitty.storage import base

#: What PostgreSQL and MySQL say; oslo.db has no class of its own for it.
_NO_SUCH_TABLE = ("42P01", "1146")


@contextlib.contextmanager
def translated(
    action: str, *, keep_retriable: bool = False
) -> collections.abc.Iterator[None]:
    """Raise ``StorageError`` for any database error inside.

    :param action: what was tried, for the text.
    :param keep_retriable: inside a caller's transaction: let what a
        repetition of that transaction may mend pass unchanged, so that the
        caller's retry sees it.
    """
    try:
        yield
    except (db_exception.DBError, exc.SQLAlchemyError) as err:
        if keep_retriable and facade.retriable(err):
            raise
        # Not chained: the original's text shows statements and values.
        raise base.StorageError(
            f"rated points: {action} failed: {_cause(err)}"
        ) from None


def _cause(err: Exception) -> str:
    """Return what went wrong without any of the statement's data."""
    code = _code(err)
    if (
        isinstance(err, db_exception.DBNonExistentTable)
        or code in _NO_SUCH_TABLE
    ):
        return "a table is missing; run cloudkitty-storage-init"
    name = type(err).__name__
    return f"{name} {code}" if code else name


def _code(err: Exception) -> str:
    """Return the database's own code of the error."""
    inner = getattr(err, "inner_exception", None) or err
    original = getattr(inner, "orig", None)
    for attribute in ("pgcode", "sqlite_errorname"):
        code = getattr(original, attribute, None)
        if code:
            return str(code)
    number = original.args[0] if original and original.args else None
    return str(number) if isinstance(number, int) else ""
