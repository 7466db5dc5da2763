# SPDX-License-Identifier: Apache-2.0
"""Checks of the database: its schema, the scopes and the tasks.

They select columns of upstream only, so that they work before
``cloudkitty-dbsync upgrade``.
"""

import collections
import collections.abc

import sqlalchemy as sa

from cloudkitty.cli.checks import context as ck_context
from cloudkitty.cli.checks import findings as ck_findings
from cloudkitty.common import wording
from cloudkitty.db import migration
from cloudkitty.db import schema
from cloudkitty.db.scopes import models as scope_models
from cloudkitty.db.tasks import models as task_models
from cloudkitty.db.tasks.row import conditions as task_conditions

_States = scope_models.ScopeState
_Tasks = task_models.Reprocess
_NAMES = (_States.scope_key, _States.fetcher, _States.collector)
#: Identifiers that a text lists.
_SHOWN = 5


def check_schema(
    context: ck_context.Context, found: ck_findings.Findings
) -> None:
    """Compare the schema; one that the command can upgrade is a warning."""
    try:
        schema.check(context.database)
    except schema.WrongSchema as error:
        with found.gather():
            schema.check_upgradable(context.database, migration.SERVICE)
            if _is_current(context):
                raise
            found.warning(str(error))


def check_scopes(
    context: ck_context.Context, found: ck_findings.Findings
) -> None:
    """Look for scopes with NULL columns, and for those that exist twice."""
    if not context.has_table(_States.__tablename__):
        return
    with context.database.engine.connect() as connection:
        lacking = [name.is_(None) for name in _NAMES]
        blank = _count(connection, sa.and_(*lacking))
        some = _count(connection, sa.or_(*lacking)) - blank
        active = collections.Counter(
            connection.scalars(
                sa.select(_States.identifier).where(_States.active)
            )
        )
    given = context.conf
    if blank:
        found.warning(
            f"{blank} scopes have neither scope key nor fetcher nor "
            "collector: they get those of the configuration "
            f"({given.collect.scope_key}, {given.fetcher.backend}, "
            f"{given.collect.collector}) when they are rated next"
        )
    if some:
        found.warning(
            f"{some} scopes have a part of scope key, fetcher "
            "and collector only: they are not rated. Write the missing "
            f"columns in the table {_States.__tablename__}"
        )
    twice = sorted(name for name, count in active.items() if count > 1)
    if twice:
        found.warning(
            f"{_listed(twice)}: active with several scope keys, fetchers or "
            "collectors, and rated once for each that a processor has; "
            "reprocesses are refused. Set active to 0 in the other rows of "
            f"the table {_States.__tablename__}"
        )


def check_tasks(
    context: ck_context.Context, found: ck_findings.Findings
) -> None:
    """Count the unfinished tasks."""
    if not context.has_table(_Tasks.__tablename__):
        return
    unfinished = sa.or_(
        _Tasks.current_reprocess_time.is_(None),
        _Tasks.current_reprocess_time < _Tasks.end_reprocess_time,
    )
    if "state" in context.column_names(_Tasks.__tablename__):
        unfinished = task_conditions.unfinished()
    with context.database.engine.connect() as connection:
        count = connection.scalar(
            sa.select(sa.func.count()).select_from(_Tasks).where(unfinished)
        )
    if count:
        found.note(
            f"{count} reprocess tasks are not finished; they go on after the "
            "upgrade, behind the last period that is done"
        )


def _is_current(context: ck_context.Context) -> bool:
    """Return whether no upgrade would repair the tables."""
    return migration.version(context.database) == migration.head()


def _count(connection: sa.Connection, where: sa.ColumnElement[bool]) -> int:
    """Return the number of scopes that meet a condition."""
    counted = sa.select(sa.func.count()).select_from(_States).where(where)
    return connection.scalar(counted) or 0


def _listed(names: collections.abc.Sequence[str]) -> str:
    text = wording.listed(names, _SHOWN)
    return f"{text} scopes" if len(names) > _SHOWN else f"scopes {text}"
