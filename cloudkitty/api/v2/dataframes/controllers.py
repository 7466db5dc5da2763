# SPDX-License-Identifier: Apache-2.0
"""``/v2/dataframes``."""

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
from cloudkitty.api.v2.dataframes import parsing
from cloudkitty.api.v2.dataframes import types
from cloudkitty.policies import dataframes as policy
from cloudkitty.storage import base as storage_base

#: Default number of points of a page, as in upstream.
DEFAULT_LIMIT = 100


class Dataframes(resource.Resource):
    """Rated points."""

    @resource.answers_json
    def get(self) -> types.Dataframes:
        """Return a page of points, grouped by period."""
        authorize.authorize(policy.GET)
        args = query.read("begin", "end", "filters", *paging.NAMES)
        page = paging.read(args, DEFAULT_LIMIT)
        window = rated_query.window(args)
        filters, metrics = rated_query.filters(args)
        _check_single({"type": metrics, **filters})
        if not rated_query.limit_to_own(filters):
            return types.Dataframes(total=0, dataframes=[], provisional=[])
        services = hooks.services()
        wanted = storage_base.Query(
            window=window,
            filters=filters,
            metrics=metrics,
            offset=page.offset,
            limit=page.limit,
        )
        found, changing = provisional.around(
            lambda: services.storage.retrieve(wanted),
            window,
            filters.get(services.conf.collect.scope_key),
        )
        if not found.total:
            raise errors.NotFound(
                error_codes.DATAFRAMES_NOT_FOUND,
                f"no rated data match from {window.begin} to {window.end}: "
                "send a different begin and end, or different filters",
            )
        shown = sum(len(frame) for frame in found.frames)
        paging.add_header(paging.next_link(args, page, shown, found.total))
        return types.Dataframes.of(found, changing)

    @resource.answers_nothing
    def post(self) -> None:
        """Add points to the stored points."""
        authorize.authorize(policy.ADD)
        query.read()
        conf = hooks.services().conf
        frames = parsing.read(
            conf.collect.scope_key,
            fetcher=conf.fetcher.backend,
            collector=conf.collect.collector,
        )
        hooks.services().storage.add(frames)


def _check_single(filters: rated_query.Filters) -> None:
    """Reject several values of one attribute: only a summary allows them."""
    for name, values in filters.items():
        if len(values) > 1:
            raise errors.BadRequest(
                error_codes.ARGUMENT_REPEATED,
                f"filters: {validate.shown(name)} has {len(values)} values: "
                "send one",
            )
