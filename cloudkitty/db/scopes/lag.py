# SPDX-License-Identifier: Apache-2.0
"""The lag of all scopes in one row, for metrics."""

import dataclasses
import datetime

import sqlalchemy as sa
from sqlalchemy import orm

from cloudkitty.db.scopes import models as scope_models

_Model = scope_models.ScopeState
_LAST = _Model.last_processed_timestamp
_LATE = sa.bindparam("late_before", type_=_LAST.type)
_SELECT = sa.select(
    sa.func.count(),
    sa.func.min(_LAST),
    sa.func.coalesce(sa.func.sum(sa.case((_LAST < _LATE, 1), else_=0)), 0),
).where(
    _Model.active,
    _Model.scope_key == sa.bindparam("of_key"),
    _Model.fetcher == sa.bindparam("of_fetcher"),
    _Model.collector == sa.bindparam("of_collector"),
)


@dataclasses.dataclass(frozen=True, slots=True)
class Lag:
    """The lag of the active scopes.

    :param active: number of active scopes.
    :param late: number of those among them that are late.
    :param oldest: beginning of the last rated period of the scope with the
        largest lag; ``None`` without scopes.
    """

    active: int
    late: int
    oldest: datetime.datetime | None


def read(
    session: orm.Session,
    *,
    scope_key: str,
    fetcher: str,
    collector: str,
    late_before: datetime.datetime,
) -> Lag:
    """Return the lag of the active scopes of one origin.

    :param late_before: scopes whose last rated period begins earlier are
        late.
    """
    active, oldest, late = session.execute(
        _SELECT,
        {
            "late_before": late_before,
            "of_key": scope_key,
            "of_fetcher": fetcher,
            "of_collector": collector,
        },
    ).one()
    return Lag(active, int(late), oldest)
