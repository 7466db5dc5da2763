# SPDX-License-Identifier: Apache-2.0
"""Translate database errors to errors of the storage contract."""

import collections.abc
import contextlib

from oslo_db import exception as db_exception
from sqlalchemy import exc

from cloudkitty.db import facade
from cloudkitty.storage import base

#: Codes of PostgreSQL and MySQL for which oslo.db has no class.
_NO_SUCH_TABLE = ("42P01", "1146")
#: For a text with a character that the character set of a column lacks.
_NO_SUCH_CHARACTER = ("22P05", "1366")


@contextlib.contextmanager
def translated(
    action: str, *, keep_retriable: bool = False
) -> collections.abc.Iterator[None]:
    """Raise ``StorageError`` for any database error inside.

    For a text that the database cannot hold, it is ``Unstorable``.

    :param action: the attempted action, for the text.
    :param keep_retriable: inside a caller's transaction: raise errors that a
        retry of that transaction may resolve unchanged, so that the caller
        can retry.
    """
    try:
        yield
    except (db_exception.DBError, exc.SQLAlchemyError) as err:
        if keep_retriable and facade.retriable(err):
            raise
        # Not chained: the original's text shows statements and values.
        if _code(err) in _NO_SUCH_CHARACTER:
            raise base.Unstorable(
                "a scope_id, metric or unit cannot be stored: the character "
                "set of the table lacks one of its characters; send others, "
                "or convert the table to utf8mb4 (PostgreSQL: a database "
                "with the encoding UTF8)"
            ) from None
        raise base.StorageError(
            f"rated points: {action} failed: {_cause(err)}"
        ) from None


def _cause(err: Exception) -> str:
    """Return the cause without any data of the statement."""
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
