# SPDX-License-Identifier: Apache-2.0
"""Common parameters of requests for rated data: window and filters."""

import collections.abc
import datetime

from cloudkitty.api import error_codes
from cloudkitty.api import errors
from cloudkitty.api.request import hooks
from cloudkitty.api.request import query
from cloudkitty.api.request import validate
from cloudkitty.api.request import validate_time
from cloudkitty.common import periods

#: Maximum number of attributes by which one request filters.
MAX_FILTERS = 20

Filters = collections.abc.MutableMapping[str, tuple[str, ...]]


def window(args: query.Query) -> periods.Window:
    """Return the window from ``begin`` to ``end``, by default this month."""
    return window_between(_time(args, "begin"), _time(args, "end"))


def window_between(
    begin: datetime.datetime | None, end: datetime.datetime | None
) -> periods.Window:
    """Return the window; ``None`` selects the begin or end of this month.

    :raises cloudkitty.api.errors.BadRequest: if the window is empty. An empty
        response to a mistyped time would look as if nothing was charged.
    """
    now = hooks.services().clock.now()
    first = begin or periods.month_start(now)
    last = end or periods.next_month_start(now)
    if first >= last:
        advice = "send a later end"
        if begin is None:
            advice = "send begin too, its default is the begin of this month"
        elif end is None:
            advice = "send end too, its default is the end of this month"
        raise errors.BadRequest(
            error_codes.WINDOW_EMPTY,
            f"begin {first} is not before end {last}: {advice}",
        )
    return periods.Window(first, last)


def filters(args: query.Query) -> tuple[Filters, tuple[str, ...]]:
    """Return ``filters`` as values by attribute, and the metrics in it."""
    found = validate.mapping("filters", args.all("filters"))
    metrics = found.pop("type", ())
    if len(found) > MAX_FILTERS:
        raise validate.invalid(
            "number of filters",
            len(found),
            "is too large",
            f"at most {MAX_FILTERS}",
        )
    return found, metrics


def limit_to_own(found: Filters) -> bool:
    """Limit the filters of non-administrators to the caller's project.

    :returns: ``False`` if the caller has no project and so no data.
    :raises cloudkitty.api.errors.Forbidden: if the filters contain another
        project, whether it exists or not.
    """
    context = hooks.context()
    if context.is_admin:
        return True
    if context.project_id is None:
        return False
    scope_key = hooks.services().conf.collect.scope_key
    for asked in found.get(scope_key, ()):
        if asked != context.project_id:
            raise errors.Forbidden(
                error_codes.SCOPE_FORBIDDEN,
                f"{scope_key} {validate.shown(asked)} is not the project of "
                "your token: omit it, or use a token of that project",
            )
    found[scope_key] = (context.project_id,)
    return True


def _time(args: query.Query, name: str) -> datetime.datetime | None:
    value = args.one(name)
    return None if value is None else validate_time.time(name, value)
