# SPDX-License-Identifier: Apache-2.0
"""``GET /v2/summary``."""

from cloudkitty.api import error_codes
from cloudkitty.api import errors
from cloudkitty.api import provisional
from cloudkitty.api import rated_query
from cloudkitty.api import resource
from cloudkitty.api.request import authorize
from cloudkitty.api.request import hooks
from cloudkitty.api.request import paging
from cloudkitty.api.request import query
from cloudkitty.api.request import validate
from cloudkitty.api.v2.summary import types
from cloudkitty.common import attribute_names
from cloudkitty.policies import summary as policy
from cloudkitty.storage import base as storage_base
from cloudkitty.storage import custom_fields
from cloudkitty.storage import grouping

#: Default number of rows of a page, as in upstream.
DEFAULT_LIMIT = 100
#: Maximum number of attributes to group by.
MAX_GROUPS = 20
FORMATS = ("table", "object")
_TIMES = ("time", "time-d", "time-w", "time-m", "time-y")


class Summary(resource.Resource):
    """The sums."""

    @resource.answers_json
    def get(self) -> types.Table | types.Objects:
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
        page = paging.read(args, DEFAULT_LIMIT)
        groupby = _groupby(args)
        columns = _custom_fields(args, groupby)
        window = rated_query.window(args)
        filters, metrics = rated_query.filters(args)
        as_objects = _as_objects(args)
        if not rated_query.limit_to_own(filters):
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
            lambda: _read(services.storage, wanted, groupby, columns),
            window,
            filters.get(services.conf.collect.scope_key),
        )
        paging.add_header(
            paging.next_link(args, page, len(totals.rows), totals.total)
        )
        return types.shape(totals, as_objects, changing)


def _read(
    storage: storage_base.Storage,
    wanted: storage_base.Query,
    groupby: tuple[str, ...],
    columns: tuple[custom_fields.CustomField, ...],
) -> storage_base.Totals | storage_base.CustomTotals:
    if not columns:
        return storage.total(wanted, groupby)
    try:
        return storage.custom_total(wanted, groupby, columns)
    except storage_base.Unsupported:
        raise errors.BadRequest(
            error_codes.ARGUMENT_UNSUPPORTED,
            "custom_fields requires [storage] backend = influxdb, which is "
            "not configured: omit it",
        ) from None


def _custom_fields(
    args: query.Query, groupby: tuple[str, ...]
) -> tuple[custom_fields.CustomField, ...]:
    """Return the chosen columns; empty: quantity and price."""
    text = args.one("custom_fields")
    if text is None:
        return ()
    send = (
        "a list such as SUM(qty) AS qty, MAX(price) AS highest; the functions "
        f"are {', '.join(custom_fields.FUNCTIONS)}, the fields "
        f"{', '.join(custom_fields.FIELDS)}"
    )
    try:
        found = custom_fields.parse(text)
    except ValueError as error:
        raise validate.invalid(
            "custom_fields", text, str(error), send
        ) from None
    taken = {"begin", "end", *grouping.parse(groupby).columns}
    for field in found:
        if field.alias in taken:
            raise validate.invalid(
                "custom_fields",
                text,
                f"has the name {field.alias}, which each row has for another "
                "column",
                "another name after AS",
            )
    return found


def _groupby(args: query.Query) -> tuple[str, ...]:
    groupby = tuple(dict.fromkeys(args.text_list("groupby")))
    if len(groupby) > MAX_GROUPS:
        raise validate.invalid(
            "number of groupby items",
            len(groupby),
            "is too large",
            f"at most {MAX_GROUPS}",
        )
    for item in groupby:
        if attribute_names.is_time(item) and item not in _TIMES:
            raise validate.invalid(
                "groupby",
                item,
                "is not a supported unit of time",
                f"one of {', '.join(_TIMES)}",
            )
        if item in attribute_names.COLUMNS:
            raise validate.invalid(
                "groupby",
                item,
                "is a column of every row and cannot be an attribute",
                f"groupby without {item}; to group by an attribute of this "
                "name, relabel it in the source of the metric",
            )
    return groupby


def _as_objects(args: query.Query) -> bool:
    value = args.one("response_format")
    if value is None:
        return False
    return validate.choice("response_format", value, FORMATS) == "object"
