# SPDX-License-Identifier: Apache-2.0
"""Row ids of scopes and of the series of their points."""

import collections.abc
import dataclasses
import functools
import hashlib
import json
import typing

import sqlalchemy as sa
from sqlalchemy import orm

from cloudkitty.common import scopes
from cloudkitty.db.sql import exact_text
from cloudkitty.storage import attributes
from cloudkitty.storage.v2.sqlalchemy import expressions

_SCOPES = expressions.SCOPES
_SERIES = expressions.SERIES
_ENCODER = json.JSONEncoder(sort_keys=True)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """The common values of the points of a series, all of them storable."""

    metric: str
    unit: str
    groupby: dict[str, str]
    metadata: dict[str, str]
    description: str | None

    def digest(self) -> str:
        """Return the identity of the series: 128 bits in hexadecimal.

        ``BLAKE2b``, https://www.rfc-editor.org/rfc/rfc7693, of the JSON text
        with sorted keys.
        """
        text = _ENCODER.encode(
            [
                self.metric,
                self.unit,
                self.groupby,
                self.metadata,
                self.description,
            ]
        )
        return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


class Held(typing.NamedTuple):
    """A scope locked by this transaction for writing.

    :param row: id of the scope's row.
    :param others: whether it has series of metrics that are not written.
    """

    row: int
    others: bool


def hold(
    session: orm.Session,
    scope: scopes.Scope,
    metrics: collections.abc.Iterable[str] = (),
    *,
    make: bool,
) -> Held | None:
    """Find and lock the row of a scope until the transaction ends.

    Without the lock, a second writer's DELETE would not see the rows that
    the first writer is about to insert.

    :param metrics: the metrics that are written.
    :param make: insert a row if the scope has none.
    :returns: None if the scope has no row and ``make`` is False.
    """
    connection = session.connection()
    values = {"scope_id": scope.identifier, "scope_key": scope.scope_key}
    # Series with other names cannot be stored.
    names = sorted({name for name in metrics if attributes.is_clean(name)})
    asked = {**values, "metrics": names}
    found = connection.execute(_HOLD, asked).one_or_none()
    if found is None and make:
        connection.execute(_make_scope(connection.dialect.name), values)
        found = connection.execute(_HOLD, asked).one()
    return None if found is None else Held(found.id, bool(found.others))


def identify(
    session: orm.Session,
    scope: int,
    wanted: collections.abc.Mapping[str, Series],
) -> dict[str, int]:
    """Return the row ids of series by their digests; insert missing rows.

    :param scope: row id of a scope locked by this transaction.
    :param wanted: series by their digests.
    """
    connection = session.connection()
    found = _find(connection, scope, wanted)
    missing = [
        {
            "scope": scope,
            "digest": digest,
            "metric": series.metric,
            "unit": series.unit,
            "groupby": series.groupby,
            "metadata": series.metadata,
            "description": series.description,
        }
        for digest, series in wanted.items()
        if digest not in found
    ]
    if missing:
        connection.execute(_SERIES.insert(), missing)
        found = _find(connection, scope, wanted)
    return found


def refs(
    session: orm.Session,
    scope_key: str,
    scope_ids: collections.abc.Iterable[str],
) -> list[int]:
    """Return the row ids of the requested scopes that have a row."""
    found: list[int] = []
    for piece in exact_text.chunks(scope_ids):
        found += session.scalars(
            sa.select(_SCOPES.c.id).where(
                _SCOPES.c.scope_id.in_(piece),
                _SCOPES.c.scope_key == scope_key,
            )
        )
    return found


def ref() -> sa.ScalarSelect[int]:
    """Return the subquery of one row id by ``scope_id`` and ``scope_key``."""
    return _FIND_SCOPE.scalar_subquery()


def all_refs(session: orm.Session) -> list[int]:
    """Return the row ids of all scopes."""
    return list(session.connection().scalars(_FIND_ALL))


_FIND_SCOPE = sa.select(_SCOPES.c.id).where(
    _SCOPES.c.scope_id == sa.bindparam("scope_id"),
    _SCOPES.c.scope_key == sa.bindparam("scope_key"),
)
_FIND_ALL = sa.select(_SCOPES.c.id)
_HOLD = _FIND_SCOPE.add_columns(
    sa.exists()
    .where(
        _SERIES.c.scope == _SCOPES.c.id,
        _SERIES.c.metric.not_in(sa.bindparam("metrics", expanding=True)),
    )
    .label("others")
).with_for_update(of=_SCOPES)
_FIND = sa.select(_SERIES.c.digest, _SERIES.c.id).where(
    _SERIES.c.scope == sa.bindparam("scope"),
    _SERIES.c.digest.in_(sa.bindparam("digests", expanding=True)),
)


def _find(
    connection: sa.Connection,
    scope: int,
    digests: collections.abc.Iterable[str],
) -> dict[str, int]:
    found: dict[str, int] = {}
    for piece in exact_text.chunks(digests):
        rows = connection.execute(
            _FIND, {"scope": scope, "digests": list(piece)}
        )
        found.update((row.digest, row.id) for row in rows)
    return found


@functools.cache
def _make_scope(dialect: str) -> sa.TextClause:
    """Return the INSERT that has no effect if the row exists.

    Another transaction may have inserted the row between the read and the
    write. A text clause, because SQLAlchemy supports this INSERT only in its
    dialect-specific constructs.
    """
    if dialect in ("mysql", "mariadb"):
        otherwise = "ON DUPLICATE KEY UPDATE id = id"
    else:
        otherwise = "ON CONFLICT DO NOTHING"
    return sa.text(
        f"INSERT INTO {_SCOPES.name} (scope_id, scope_key) "  # noqa: S608
        f"VALUES (:scope_id, :scope_key) {otherwise}"
    ).bindparams(
        sa.bindparam("scope_id", type_=_SCOPES.c.scope_id.type),
        sa.bindparam("scope_key", type_=_SCOPES.c.scope_key.type),
    )
