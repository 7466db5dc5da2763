# SPDX-License-Identifier: Apache-2.0
"""Serialize the edits of the rules of one module."""

import collections.abc
import typing

import sqlalchemy as sa
from oslo_db import exception as db_exception
from sqlalchemy import orm

from cloudkitty.db import facade
from cloudkitty.db.rules import models as rule_models
from cloudkitty.db.sql import rowcount

_Model = rule_models.RuleEdition
_T = typing.TypeVar("_T")


def edit(
    database: facade.Database,
    module: str,
    work: collections.abc.Callable[[orm.Session], _T],
) -> _T:
    """Run ``work(session)`` under the lock on the rules of a module.

    It is retried when the connection is lost, perhaps after the commit. So
    ``work`` must accept rows that it inserted itself.

    :param module: name of the rating module.
    """

    def edition(session: orm.Session) -> _T:
        count_up(session, module)
        return work(session)

    return database.write(edition)


def count_up(session: orm.Session, module: str) -> None:
    """Begin an edition of a module's rules: the first step of a write.

    Other transactions wait here until this one ends, so that the results of a
    check are still valid when the rule is written. Each edition increments
    the number, so that writes on two nodes of a Galera cluster conflict too:
    one of the transactions is then retried.

    :param module: name of the rating module.
    """
    one_more = (
        sa.update(_Model)
        .where(_Model.module == module)
        .values(edition=_Model.edition + 1)
        .execution_options(synchronize_session=False)
    )
    if rowcount.count(session, one_more):
        return
    try:
        session.execute(sa.insert(_Model).values(module=module, edition=1))
    except db_exception.DBDuplicateEntry as error:
        # Another transaction inserted the first edition: retry.
        raise db_exception.DBDeadlock(error) from error
