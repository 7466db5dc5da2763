# SPDX-License-Identifier: Apache-2.0
"""Requests for tasks, accepted as the API accepts them."""

import collections.abc
import datetime

from cloudkitty.common import clock as ck_clock
from cloudkitty.common import notifications as ck_notifications
from cloudkitty.db import facade
from cloudkitty.tasks import accept as ck_accept
from cloudkitty.tasks import governance
from cloudkitty.tasks import request as task_request


def accept(
    database: facade.Database,
    clock: ck_clock.Clock,
    scope_ids: collections.abc.Sequence[str],
    start_at: datetime.datetime,
    end_at: datetime.datetime,
    *,
    period_seconds: int = 3600,
    key: str | None = None,
    rules: governance.Rules = governance.OFF,
    notifications: ck_notifications.Notifications = ck_notifications.SILENT,
    **fields,
) -> ck_accept.Accepted:
    """Accept a request for one task a scope.

    :param start_at: beginning of the first period.
    :param end_at: beginning of the last period.
    :param key: that of an idempotent request.
    :param rules: rules of the operator.
    :param notifications: receives a notification for each task.
    :param fields: other fields of the request.
    :raises: what ``cloudkitty.tasks.accept.accept`` raises.
    """
    request = task_request.Request(
        scope_ids=scope_ids,
        start_at=start_at,
        end_at=end_at,
        **{"reason": "test", **fields},
    )
    return ck_accept.accept(
        database,
        clock,
        period_seconds,
        request,
        key=key,
        rules=rules,
        notifications=notifications,
    )
