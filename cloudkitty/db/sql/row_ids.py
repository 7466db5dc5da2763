# SPDX-License-Identifier: Apache-2.0
"""Lists of row ids in statements."""

import collections.abc
import typing

import sqlalchemy as sa


def among(
    column: typing.Any,
    ids: collections.abc.Collection[int] | None = None,
    *,
    name: str | None = None,
) -> sa.ColumnElement[bool]:
    """Return the condition that ``column`` is one of ``ids``.

    The ids are literals: drivers need not convert them, servers plan an index
    range for each, and there may be more than a database takes parameters.

    :param ids: at most ``exact_text.CHUNK``.
    :param name: the parameter with the ids, for a statement that is built
        once.
    """
    listed: sa.BindParameter[int] = sa.bindparam(
        name, ids, expanding=True, literal_execute=True
    )
    condition: sa.ColumnElement[bool] = column.in_(listed)
    return condition
