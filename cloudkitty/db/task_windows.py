# SPDX-License-Identifier: Apache-2.0
"""Which windows are changing right now."""

import collections.abc
import datetime

import sqlalchemy as sa
from sqlalchemy import orm

from cloudkitty.common import periods
from cloudkitty.db import exact
from cloudkitty.db import models
from cloudkitty.db import rows
from cloudkitty.db import task_rows

_Model = models.Reprocess


def running(
    session: orm.Session,
    period_seconds: int,
    *,
    window: periods.Window | None = None,
    scope_ids: collections.abc.Collection[str] | None = None,
) -> list[rows.Task]:
    """Return the running tasks that change rated data, by id.

    :param period_seconds: ``[collect] period``.
    :param window: only tasks with periods in it; None for any.
    :param scope_ids: only tasks of these scopes; None for any.
    """
    conditions = [
        task_rows.in_state("running"),
        _Model.mode != task_rows.PREVIEW,
    ]
    if window is not None:
        step = datetime.timedelta(seconds=period_seconds)
        conditions += [
            _Model.start_reprocess_time < window.end,
            _Model.end_reprocess_time > window.begin - step,
        ]
    if scope_ids is not None:
        conditions.append(exact.one_of(session, _Model.identifier, scope_ids))
    query = sa.select(_Model).where(*conditions).order_by(_Model.id)
    return [task_rows.task(row) for row in session.scalars(query)]
