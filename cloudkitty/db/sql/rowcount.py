# SPDX-License-Identifier: Apache-2.0
"""Statements that return the number of rows that matched."""

import collections.abc
import typing

import sqlalchemy as sa
from sqlalchemy import orm


def count(
    session: orm.Session,
    statement: sa.Update | sa.Delete,
    values: collections.abc.Mapping[str, typing.Any] | None = None,
) -> int:
    """Run a statement; return the number of rows that matched its condition.

    :param values: of its parameters, and of the columns to change.

    The number makes an UPDATE a compare-and-swap: if no row matched, another
    transaction was first. All drivers count the matched rows, including
    unchanged ones.
    """
    result = session.connection().execute(statement, values)
    return typing.cast("sa.CursorResult[typing.Any]", result).rowcount
