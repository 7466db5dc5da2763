# SPDX-License-Identifier: Apache-2.0
"""The reprocess that corrects rated periods after a change of a price."""

import datetime
import shlex

from cloudkitty.client import http
from cloudkitty.client import rules
from cloudkitty.common import periods


def window(
    start: datetime.datetime,
    end: datetime.datetime | None,
    rated_until: datetime.datetime,
    period_seconds: int,
) -> periods.Window | None:
    """Return the rated periods that a rule applies to; ``None`` for none.

    A rule applies to a period if it was in force when the period began.

    :param start: when the rule begins, aware.
    :param end: when it ends, exclusive; ``None``: never.
    :param rated_until: end of the rated periods.
    """
    begin = _next_period(start, period_seconds)
    if end is not None:
        rated_until = min(rated_until, _next_period(end, period_seconds))
    return periods.Window(begin, rated_until) if begin < rated_until else None


def command(rule: http.Item, which: periods.Window) -> str:
    """Return the command that rates the periods of a rule again.

    :param rule: the rule with its new price, from ``rules``.
    """
    scope = rule["tenant_id"]
    words = [
        *("openstack", "rating", "reprocess", "create"),
        *(("--scope", scope) if scope else ("--all-scopes",)),
        *(("--metric", rule["metric"]) if rule["metric"] else ()),
        *("--begin", which.begin.isoformat()),
        *("--end", which.end.isoformat()),
        "--reason",
        f"New price {rule['cost']} of {rules.described(rule)}",
    ]
    return shlex.join(words)


def _next_period(at: datetime.datetime, seconds: int) -> datetime.datetime:
    """Return ``at``, or the beginning of the next period."""
    begin = periods.floor(at, seconds)
    if begin == at:
        return begin
    return begin + datetime.timedelta(seconds=seconds)
