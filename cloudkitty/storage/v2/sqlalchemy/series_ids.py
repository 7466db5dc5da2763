# SPDX-License-Identifier: Apache-2.0
"""Row ids of series."""

import collections.abc
import functools
import json

import sqlalchemy as sa
from sqlalchemy import orm

from cloudkitty.storage import base
from cloudkitty.storage.v2.sqlalchemy import documents
from cloudkitty.storage.v2.sqlalchemy import expressions
from cloudkitty.storage.v2.sqlalchemy import identity

_SERIES = expressions.SERIES
#: Columns of an inserted row, in this order; mappings as JSON text.
_COLUMNS = (
    "scope",
    "digest",
    "metric",
    "unit",
    "groupby",
    "metadata",
    "description",
)
#: Rows of one INSERT: one or two megabytes.
_ROWS = 5000
#: Series of one SELECT.
_DIGESTS = 5000
#: Characters of a digest.
_DIGEST = 32
#: Expressions of the list of a scope's series. One row for each scope: drivers
#: in Python take most of the time for the number of rows.
_LISTS = {
    "sqlite": "group_concat(digest || id)",
    "postgresql": "string_agg(digest || id, ',')",
    "mysql": "GROUP_CONCAT(digest, id)",
    "mariadb": "GROUP_CONCAT(digest, id)",
}
#: How a list of pairs begins. MariaDB plans a list of pairs in a third of the
#: time of pairs that are joined by OR.
_PAIRS = {
    "sqlite": "VALUES ",
    "postgresql": "VALUES ",
    "mysql": "",
    "mariadb": "",
}

#: Series by their digests.
Wanted = collections.abc.Mapping[str, identity.Series]
#: Row ids by the row id of the scope and by the digest.
_Found = dict[int, dict[str, int]]

# MariaDB does not find keys written as escaped surrogates.
_encode = json.JSONEncoder(ensure_ascii=False).encode


def identify(
    session: orm.Session, wanted: collections.abc.Mapping[int, Wanted]
) -> _Found:
    """Return the row ids of series by their digests; insert missing rows.

    :param wanted: series by the row ids of their scopes, which this
        transaction has locked.
    """
    connection = session.connection()
    found = _find(connection, wanted)
    missing = {
        scope: {
            digest: series
            for digest, series in of_scope.items()
            if digest not in found[scope]
        }
        for scope, of_scope in wanted.items()
        if len(found[scope]) < len(of_scope)
    }
    if missing:
        _insert(connection, missing)
        for scope, ids in _find(connection, missing).items():
            found[scope].update(ids)
    return found


def _insert(
    connection: sa.Connection, missing: collections.abc.Mapping[int, Wanted]
) -> None:
    rows = [
        (
            scope,
            digest,
            series.metric,
            series.unit,
            _encode(series.groupby),
            _encode(series.metadata),
            series.description,
        )
        for scope, of_scope in missing.items()
        for digest, series in of_scope.items()
    ]
    statement = _insertion(connection.dialect)
    for first in range(0, len(rows), _ROWS):
        document = _encode(rows[first : first + _ROWS])
        connection.execute(statement, {"document": document})


@functools.cache
def _insertion(dialect: sa.Dialect) -> sa.TextClause:
    return documents.insertion(dialect, _SERIES, _COLUMNS)


def _find(
    connection: sa.Connection, wanted: collections.abc.Mapping[int, Wanted]
) -> _Found:
    found: _Found = {scope: {} for scope in wanted}
    dialect = connection.dialect.name
    # Our own values, nothing to be quoted.
    pairs = [
        f"({scope},'{digest}')"
        for scope, of_scope in wanted.items()
        for digest in of_scope
    ]
    for first in range(0, len(pairs), _DIGESTS):
        some = ",".join(pairs[first : first + _DIGESTS])
        rows = connection.exec_driver_sql(
            f"SELECT scope, COUNT(*), {_LISTS[dialect]} "  # noqa: S608
            f"FROM {_SERIES.name} WHERE (scope, digest) "
            f"IN ({_PAIRS[dialect]}{some}) GROUP BY scope"
        )
        for scope, count, ids in rows.all():
            found[scope].update(_read(count, ids))
    return found


def _read(count: int, ids: str | bytes) -> dict[str, int]:
    """Return the row ids of a scope's series by their digests.

    :raises cloudkitty.storage.base.StorageError: if the server has cut the
        list, which MySQL and MariaDB do with a warning only.
    """
    text = ids.decode() if isinstance(ids, bytes) else ids
    items = text.split(",")
    if len(items) != count:
        raise base.StorageError(
            f"the database has cut a list of {count} series: "
            "group_concat_max_len is too small"
        )
    return {item[:_DIGEST]: int(item[_DIGEST:]) for item in items}
