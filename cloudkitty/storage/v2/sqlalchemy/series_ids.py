# SPDX-License-Identifier: Apache-2.0
"""Row ids of series."""

import collections.abc
import functools
import json

import sqlalchemy as sa
from sqlalchemy import orm

from cloudkitty.db.sql import exact_text
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
#: Digests and scopes of one statement: SQLite accepts a condition of up to
#: 1,000 parts.
_DIGESTS, _TERMS = 5000, 500
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
    listed = _LISTS[connection.dialect.name]
    for condition in _conditions(wanted):
        rows = connection.exec_driver_sql(
            f"SELECT scope, COUNT(*), {listed} "  # noqa: S608
            f"FROM {_SERIES.name} WHERE {condition} GROUP BY scope"
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


def _conditions(
    wanted: collections.abc.Mapping[int, Wanted],
) -> collections.abc.Iterator[str]:
    """Yield the conditions of the statements that find series.

    Each scope has its own digests: lists of scopes and of digests would
    select their product. The values are our own, nothing to be quoted.
    """
    terms: list[str] = []
    digests = 0
    for scope, of_scope in wanted.items():
        for piece in exact_text.chunks(of_scope):
            if digests + len(piece) > _DIGESTS or len(terms) == _TERMS:
                yield " OR ".join(terms)
                terms, digests = [], 0
            texts = "','".join(piece)
            terms.append(f"scope = {scope} AND digest IN ('{texts}')")
            digests += len(piece)
    if terms:
        yield " OR ".join(terms)
