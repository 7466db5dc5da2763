# SPDX-License-Identifier: Apache-2.0
"""Read points and sums from ``rated_data_frames``."""

import collections.abc
import itertools
import typing

import sqlalchemy as sa
from sqlalchemy import orm
from sqlalchemy.ext import compiler
from sqlalchemy.sql import functions

from cloudkitty import dataframe
from cloudkitty.db import rated_data_frames
from cloudkitty.storage import base
from cloudkitty.storage.v1.sqlalchemy import conditions
from cloudkitty.storage.v1.sqlalchemy import rows as ck_rows
from cloudkitty.storage.v2.sqlalchemy import expressions

_TABLE = rated_data_frames.TABLE


class _Rate(functions.FunctionElement[float]):
    """The column ``rate`` with all its digits.

    MySQL and MariaDB return a FLOAT with 6 digits, a DOUBLE with all.
    """

    type = sa.Float()
    inherit_cache = True
    name = "rate"


@compiler.compiles(_Rate)
def _rate(element: _Rate, compiled: typing.Any, **kw: typing.Any) -> str:
    return compiled.process(element.clauses, **kw)


@compiler.compiles(_Rate, "mysql")
@compiler.compiles(_Rate, "mariadb")
def _rate_mysql(element: _Rate, compiled: typing.Any, **kw: typing.Any) -> str:
    return f"({compiled.process(element.clauses, **kw)} + 0e0)"


#: The price of a row.
RATE = _Rate(_TABLE.c.rate)
#: The last one orders points that one scope wrote at once.
_ORDER = (
    _TABLE.c.begin,
    _TABLE.c.end,
    expressions.text(_TABLE.c.res_type),
    expressions.text(_TABLE.c.tenant_id),
    _TABLE.c.id,
)


def single(session: orm.Session) -> bool:
    """Return whether the database stores prices in single precision."""
    return is_single(session.get_bind().dialect.name)


def is_single(dialect: str) -> bool:
    """Return whether a database stores FLOAT in single precision."""
    return dialect in ("mysql", "mariadb")


def retrieve(
    session: orm.Session, query: base.Query, scope_key: str
) -> base.Frames:
    """Return the requested page of points and the number of all."""
    where = conditions.of_query(query, scope_key)
    everything = (
        sa.select(
            _TABLE.c.begin,
            _TABLE.c.end,
            _TABLE.c.res_type,
            _TABLE.c.unit,
            _TABLE.c.qty,
            RATE.label("rate"),
            _TABLE.c.desc,
        )
        .where(*where)
        .order_by(*_ORDER)
    )
    connection = session.connection()
    if not query.offset and query.limit is None:
        found = connection.execute(everything).all()
        total = len(found)
    else:
        count = sa.select(sa.func.count()).select_from(_TABLE).where(*where)
        # One statement, so that the count and the page are consistent.
        page = everything.add_columns(count.scalar_subquery().label("total"))
        page = page.offset(query.offset or None).limit(query.limit)
        found = connection.execute(page).all()
        total = found[0].total if found else connection.scalar(count) or 0
    return base.Frames(
        total=total, frames=_merge(found, single=single(session))
    )


def periods(
    session: orm.Session, query: base.Query, scope_key: str
) -> list[base.Period]:
    """Return the periods with points that match, oldest first."""
    times = (_TABLE.c.begin, _TABLE.c.end)
    found = session.connection().execute(
        sa.select(*times, sa.func.count().label("points"))
        .where(*conditions.of_query(query, scope_key))
        .group_by(*times)
        .order_by(*times)
    )
    return [base.Period(*row) for row in found]


def scope_ids(session: orm.Session) -> list[str]:
    """Return the identifiers of scopes that have points, sorted."""
    tenant = expressions.text(_TABLE.c.tenant_id)
    tenants = (
        sa.select(tenant.label("tenant_id"))
        .where(_TABLE.c.tenant_id.is_not(None))
        .distinct()
    )
    found = session.connection().scalars(tenants).all()
    return sorted(each for each in found if _has_points(session, each))


def empty(session: orm.Session) -> bool:
    """Return whether the table holds no point."""
    statement = sa.select(_TABLE.c.id).where(conditions.POINT).limit(1)
    return session.connection().scalar(statement) is None


def _has_points(session: orm.Session, tenant_id: str) -> bool:
    statement = (
        sa.select(_TABLE.c.id)
        .where(
            conditions.one_of(_TABLE.c.tenant_id, [tenant_id]),
            conditions.POINT,
        )
        .limit(1)
    )
    return session.connection().scalar(statement) is not None


def _merge(
    found: collections.abc.Iterable[sa.Row[typing.Any]], *, single: bool
) -> list[dataframe.DataFrame]:
    frames = []
    for (start, end), group in itertools.groupby(
        found, key=lambda row: (row.begin, row.end)
    ):
        frame = dataframe.DataFrame(start, end)
        for row in group:
            frame.add_point(ck_rows.decode(row, single=single), row.res_type)
        frames.append(frame)
    return frames
