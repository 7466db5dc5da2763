# SPDX-License-Identifier: Apache-2.0
"""Prices of batches before and after their tasks.

Only tasks whose result is known are summed: those that have succeeded, and
the completed periods of previews. So both sums are about the same points.
"""

import collections.abc
import dataclasses
import decimal
import typing

import sqlalchemy as sa
from sqlalchemy import orm

from cloudkitty.common import money
from cloudkitty.db.sql import exact_sum
from cloudkitty.db.sql import exact_text
from cloudkitty.db.sql import row_ids
from cloudkitty.db.tasks import models as task_models

_Model = task_models.Reprocess
_Total = task_models.TaskTotal
#: MariaDB returns its largest number for a sum that is too large.
_TOO_LARGE = decimal.Decimal(1).scaleb(money.DIGITS - money.PLACES - 1)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Prices:
    """Sums of prices; None if they are too large to be exact."""

    before: decimal.Decimal | None
    after: decimal.Decimal | None

    @property
    def difference(self) -> decimal.Decimal | None:
        """The price after minus the price before."""
        if self.before is None or self.after is None:
            return None
        return money.EXACT.subtract(self.after, self.before)


def of_batches(
    session: orm.Session, mine: sa.ColumnElement[bool]
) -> dict[str, Prices]:
    """Return the sums of batches by their ids; none without a result.

    :param mine: holds for the tasks of the batches.
    """
    return _sums(session, _Model.batch_id, mine)


def of_metrics(
    session: orm.Session, mine: sa.ColumnElement[bool]
) -> dict[str, Prices]:
    """Return the sums of all selected tasks by metric.

    :param mine: holds for the tasks.
    """
    return dict(sorted(_sums(session, _Total.metric, mine).items()))


def of_tasks(
    session: orm.Session, task_ids: collections.abc.Iterable[int]
) -> dict[int, Prices]:
    """Return the sums of tasks by their ids; none without a result."""
    return {
        task_id: prices
        for piece in exact_text.chunks(task_ids)
        for task_id, prices in _sums(
            session, _Model.id, row_ids.among(_Model.id, piece)
        ).items()
    }


def _sums(
    session: orm.Session,
    key: typing.Any,
    mine: sa.ColumnElement[bool],
) -> dict[typing.Any, Prices]:
    rows = session.connection().execute(
        sa.select(
            key,
            exact_sum.Sum(_Total.price_before),
            exact_sum.Sum(_Total.price_after),
        )
        .select_from(_Model)
        .join(_Total, _Total.task_id == _Model.id)
        .where(mine, _Total.price_after.is_not(None))
        .group_by(key)
    )
    return {
        name: Prices(before=_exact(before), after=_exact(after))
        for name, before, after in rows
    }


def _exact(value: decimal.Decimal) -> decimal.Decimal | None:
    return value if abs(value) < _TOO_LARGE else None
