# SPDX-License-Identifier: Apache-2.0
"""Rows of lists of tasks with their prices and estimates."""

import typing

import wsme.types

from cloudkitty.api import ordered
from cloudkitty.api.v2.task import types
from cloudkitty.tasks import rows


class Row(types.Reprocess):
    """One task of a list with ``include``."""

    created_by = ordered.nullable(wsme.types.text)
    #: null unless it waits after a failure.
    next_attempt_at = ordered.nullable(wsme.types.text)
    #: null if unknown.
    seconds_left = ordered.nullable(int)
    #: Of all metrics.
    totals = types.Prices

    @classmethod
    def of_row(cls, row: rows.Row, period_seconds: int) -> typing.Self:
        """Return the wire form of ``row``.

        :param period_seconds: ``[collect] period``.
        """
        shown = cls.of(row.task, period_seconds)
        shown.created_by = row.task.created_by
        shown.next_attempt_at = types.instant(row.task.next_attempt_at)
        shown.seconds_left = row.seconds_left
        shown.totals = types.Prices.of(
            row.prices.before if row.prices else None,
            row.prices.after if row.prices else None,
        )
        return shown
