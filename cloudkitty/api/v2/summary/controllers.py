# SPDX-License-Identifier: Apache-2.0
"""``GET /v2/summary``."""

import collections.abc
import datetime

from cloudkitty.api import authorize
from cloudkitty.api import errors
from cloudkitty.api import hooks
from cloudkitty.api import paging
from cloudkitty.api import provisional
from cloudkitty.api import query
from cloudkitty.api import resource
from cloudkitty.api import validate
from cloudkitty.api.v2.summary import types
from cloudkitty.common import periods
from cloudkitty.policies import summary as policy
from cloudkitty.storage import base as storage_base

#: Rows of a page if the request does not say; as upstream's.
DEFAULT_LIMIT = 100
#: Attributes to group by, and to filter by.
MAX_GROUPS = 20
FORMATS = ("table", "object")
_TIMES = ("time", "time-d", "time-w", "time-m", "time-y")


class Summary(resource.Resource):
    """The sums."""

    @resource.answers_json
    def get(self):
        authorize.authorize(policy.GET)
        args = query.read(
            "begin",
            "end",
            "groupby",
            "filters",
            "custom_fields",
            "response_format",
            *paging.NAMES,
        )
        if "custom_fields" in args:
            raise errors.BadRequest(
                errors.ARGUMENT_UNSUPPORTED,
                "custom_fields is only for InfluxDB and the storage is "
                "another: leave it out",
            )
        page = paging.read(args, DEFAULT_LIMIT)
        groupby = _groupby(args)
        window = _window(args)
        filters = validate.mapping("filters", args.all("filters"))
        as_objects = _as_objects(args)
        metrics = filters.pop("type", ())
        if len(filters) > MAX_GROUPS:
            raise validate.invalid(
                "filters", len(filters), "are too many", f"{MAX_GROUPS}"
            )
        if not _limit_to_own(filters):
            return types.empty(as_objects)
        services = hooks.services()
        wanted = storage_base.Query(
            window=window,
            filters=filters,
            metrics=metrics,
            offset=page.offset,
            limit=page.limit,
        )
        totals, changing = provisional.around(
            lambda: services.storage.total(wanted, groupby),
            window,
            filters.get(services.conf.collect.scope_key),
        )
        paging.add_header(
            paging.next_link(args, page, len(totals.rows), totals.total)
        )
        return types.shape(totals, as_objects, changing)


def _window(args: query.Query) -> periods.Window:
    """Return what ``begin`` and ``end`` mean; without them, the month."""
    now = hooks.services().clock.now()
    begin = _time(args, "begin") or periods.month_start(now)
    end = _time(args, "end") or periods.next_month_start(now)
    if begin >= end:
        raise errors.BadRequest(
            errors.WINDOW_EMPTY,
            f"begin {begin} is not before end {end}: send an end that is "
            "later (without them they are those of the current month)",
        )
    return periods.Window(begin, end)


def _time(args: query.Query, name: str) -> datetime.datetime | None:
    value = args.one(name)
    return None if value is None else validate.time(name, value)


def _groupby(args: query.Query) -> tuple[str, ...]:
    groupby = tuple(dict.fromkeys(args.text_list("groupby")))
    if len(groupby) > MAX_GROUPS:
        raise validate.invalid(
            "groupby", len(groupby), "are too many", f"at most {MAX_GROUPS}"
        )
    for item in groupby:
        if item.startswith("time-") and item not in _TIMES:
            raise validate.invalid(
                "groupby",
                item,
                "is no stretch of time",
                f"one of {', '.join(_TIMES)}",
            )
    return groupby


def _as_objects(args: query.Query) -> bool:
    value = args.one("response_format")
    if value is None:
        return False
    return validate.choice("response_format", value, FORMATS) == "object"


def _limit_to_own(
    filters: collections.abc.MutableMapping[str, tuple[str, ...]],
) -> bool:
    """Make ``filters`` those of the caller's project, if that is the limit.

    :returns: False if the caller has no project, and so nothing to see.
    :raises cloudkitty.api.errors.Forbidden: if another one is asked for.
    """
    context = hooks.context()
    if context.is_admin:
        return True
    if context.project_id is None:
        return False
    scope_key = hooks.services().conf.collect.scope_key
    for asked in filters.get(scope_key, ()):
        if asked != context.project_id:
            raise errors.Forbidden(
                errors.SCOPE_FOREIGN,
                f"{scope_key} {validate.shown(asked)} is not that of your "
                "token: leave it out, or use a token of that project",
            )
    filters[scope_key] = (context.project_id,)
    return True
