# SPDX-License-Identifier: Apache-2.0
"""From one wide table of rated points to three narrow ones.

The step of revision 0003 of the service's database and of a points' database.
It is frozen: a later change of the tables is a later step. A second run
changes nothing, because the tables may have been made without a revision.
"""

import collections.abc
import hashlib
import json
import typing

import sqlalchemy as sa

from cloudkitty.db.sql import types

_POINTS = "cloudkitty_rated_points"
#: Name of the wide table while its rows are copied.
_WIDE = "cloudkitty_rated_points_0002"
#: Rows copied at a time.
_ROWS = 5000
_OPTIONS: typing.Any = {"mysql_engine": "InnoDB", "mysql_charset": "utf8mb4"}
_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_MONEY = types.ExactNumeric(65, 28)

_metadata = sa.MetaData()
_scopes = sa.Table(
    "cloudkitty_rated_scopes",
    _metadata,
    sa.Column("id", sa.Integer(), nullable=False),
    sa.Column("scope_id", types.ExactText(256), nullable=False),
    sa.Column("scope_key", types.ExactText(40), nullable=False),
    sa.PrimaryKeyConstraint("id", name="pk_cloudkitty_rated_scopes"),
    sa.UniqueConstraint("scope_id", "scope_key", name="uq_rated_scopes_scope"),
    **_OPTIONS,
)
_series = sa.Table(
    "cloudkitty_rated_series",
    _metadata,
    sa.Column("id", _BIG, nullable=False),
    sa.Column("scope", sa.Integer(), nullable=False),
    sa.Column("digest", types.ExactText(32), nullable=False),
    sa.Column("metric", types.ExactText(255), nullable=False),
    sa.Column("unit", sa.String(255), nullable=False),
    sa.Column("groupby", sa.JSON(), nullable=False),
    sa.Column("metadata", sa.JSON(), nullable=False),
    sa.Column("description", sa.Text(), nullable=True),
    sa.PrimaryKeyConstraint("id", name="pk_cloudkitty_rated_series"),
    sa.UniqueConstraint(
        "scope", "digest", name="uq_rated_series_scope_digest"
    ),
    **_OPTIONS,
)
_points = sa.Table(
    _POINTS,
    _metadata,
    sa.Column("scope", sa.Integer(), nullable=False, autoincrement=False),
    sa.Column("begin", types.UTCDateTime(), nullable=False),
    sa.Column("series", _BIG, nullable=False, autoincrement=False),
    sa.Column("seq", sa.Integer(), nullable=False),
    sa.Column("end", types.UTCDateTime(), nullable=False),
    sa.Column("qty", _MONEY, nullable=False),
    sa.Column("price", _MONEY, nullable=False),
    sa.PrimaryKeyConstraint(
        "scope", "begin", "series", "seq", name="pk_cloudkitty_rated_points"
    ),
    sa.Index("ix_rated_points_begin", "begin"),
    sqlite_with_rowid=False,
    **_OPTIONS,
)
_wide = sa.Table(
    _WIDE,
    sa.MetaData(),
    sa.Column("id", _BIG, primary_key=True),
    sa.Column("scope_id", types.ExactText(256)),
    sa.Column("scope_key", sa.String(40)),
    sa.Column("begin", types.UTCDateTime()),
    sa.Column("end", types.UTCDateTime()),
    sa.Column("metric", types.ExactText(255)),
    sa.Column("unit", sa.String(255)),
    sa.Column("qty", _MONEY),
    sa.Column("price", _MONEY),
    sa.Column("groupby", sa.JSON()),
    sa.Column("metadata", sa.JSON()),
    sa.Column("description", sa.Text()),
)


def narrow(connection: sa.Connection) -> None:
    """Give the tables their shape of revision 0003, unless it is later.

    If it was interrupted, call it again: it then copies all rows again,
    because MySQL cannot roll back changes of tables.
    """
    if _is_wide(connection):
        _put_aside(connection)
    if sa.inspect(connection).has_table(_WIDE):
        _metadata.drop_all(connection)
        _metadata.create_all(connection)
        _Copy(connection).run()
        _wide.drop(connection)
    else:
        _metadata.create_all(connection)


def _is_wide(connection: sa.Connection) -> bool:
    inspector = sa.inspect(connection)
    return inspector.has_table(_POINTS) and any(
        column["name"] == "metric" for column in inspector.get_columns(_POINTS)
    )


def _put_aside(connection: sa.Connection) -> None:
    """Rename the table, and free the names of its indexes."""
    for index in sa.inspect(connection).get_indexes(_POINTS):
        on = f" ON {_POINTS}" if _is_mysql(connection) else ""
        connection.exec_driver_sql(f"DROP INDEX {index['name']}{on}")
    connection.exec_driver_sql(f"ALTER TABLE {_POINTS} RENAME TO {_WIDE}")
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(
            f"ALTER TABLE {_WIDE} RENAME CONSTRAINT pk_{_POINTS} TO pk_{_WIDE}"
        )


def _is_mysql(connection: sa.Connection) -> bool:
    return connection.dialect.name in ("mysql", "mariadb")


class _Copy:
    """Copies all rows of the wide table."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection
        self._scopes: dict[tuple[str, str], int] = {}
        self._series: dict[tuple[int, str], int] = {}

    def run(self) -> None:
        after = 0
        while rows := self._next(after):
            self._connection.execute(
                _points.insert(), [self._point(row) for row in rows]
            )
            after = rows[-1].id

    def _next(
        self, after: int
    ) -> collections.abc.Sequence[sa.Row[typing.Any]]:
        return self._connection.execute(
            sa.select(_wide)
            .where(_wide.c.id > after)
            .order_by(_wide.c.id)
            .limit(_ROWS)
        ).all()

    def _point(self, row: sa.Row[typing.Any]) -> dict[str, typing.Any]:
        scope = self._scope(row)
        return {
            "scope": scope,
            "begin": row.begin,
            "series": self._find_series(scope, row),
            # Keeps their order, and two of one series apart.
            "seq": row.id % 2**31,
            "end": row.end,
            "qty": row.qty,
            "price": row.price,
        }

    def _scope(self, row: sa.Row[typing.Any]) -> int:
        key = (row.scope_id, row.scope_key)
        if key not in self._scopes:
            self._scopes[key] = self._insert(
                _scopes, {"scope_id": row.scope_id, "scope_key": row.scope_key}
            )
        return self._scopes[key]

    def _find_series(self, scope: int, row: sa.Row[typing.Any]) -> int:
        values = {
            "metric": row.metric,
            "unit": row.unit,
            "groupby": row.groupby,
            "metadata": row._mapping["metadata"],
            "description": row.description,
        }
        text = json.dumps(list(values.values()), sort_keys=True)
        digest = hashlib.blake2b(text.encode(), digest_size=16).hexdigest()
        key = (scope, digest)
        if key not in self._series:
            self._series[key] = self._insert(
                _series, {"scope": scope, "digest": digest, **values}
            )
        return self._series[key]

    def _insert(self, table: sa.Table, values: dict[str, typing.Any]) -> int:
        made = self._connection.execute(table.insert(), values)
        key: typing.Any = made.inserted_primary_key
        return int(key[0])
