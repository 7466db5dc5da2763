# SPDX-License-Identifier: Apache-2.0
"""Statements whose effect is told by the number of rows they meet."""

import collections.abc
import typing

import sqlalchemy as sa
from sqlalchemy import orm


def count(
    session: orm.Session,
    update: sa.Update,
    values: collections.abc.Mapping[str, typing.Any] | None = None,
) -> int:
    """Run ``update``; return how many rows met its condition.

    :param values: of its parameters, and of columns that it is to change.

    That is what makes a compare-and-set of an UPDATE: whoever finds no row
    was too late. (All drivers count the rows that were found, also those in
    which nothing changed.)
    """
    result = session.connection().execute(update, values)
    return typing.cast("sa.CursorResult[typing.Any]", result).rowcount
