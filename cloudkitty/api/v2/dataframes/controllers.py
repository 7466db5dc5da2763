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
from cloudkitty.api.v2.dataframes import marker
from cloudkitty.api.v2.dataframes import parsing
from cloudkitty.api.v2.dataframes import types
from cloudkitty.common import periods
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
        args = query.read("begin", "end", "filters", *paging.NAMES_WITH_MARKER)
        page = paging.read(args, DEFAULT_LIMIT)
        window = rated_query.window(args)
        filters, metrics = rated_query.filters(args)
        _check_single({"type": metrics, **filters})
        if not rated_query.limit_to_own(filters):
            return types.Dataframes(total=0, dataframes=[], provisional=[])
        first = _position(page, window)
        services = hooks.services()
        wanted = storage_base.Query(
            window=periods.Window(first.begin, window.end),
            filters=filters,
            metrics=metrics,
            offset=first.skip + page.offset,
            limit=page.limit,
            counted=first.rest is None,
        )
        found, changing = provisional.around(
            lambda: services.storage.retrieve(wanted),
            window,
            filters.get(services.conf.collect.scope_key),
        )
        if not found.total and page.marker is None:
            raise errors.NotFound(
                error_codes.DATAFRAMES_NOT_FOUND,
                f"no rated data match from {window.begin} to {window.end}: "
                "send a different begin and end, or different filters",
            )
        shown = sum(len(frame) for frame in found.frames)
        known = max(0, found.total - first.skip)
        total, following = known, None
        if shown and page.offset + shown < known:
            # With a marker, the storage has not counted what follows.
            total = max(known, first.rest or 0)
            following = first.after(page.offset, found.frames, total).text()
        with_marker = following if page.marker is not None else None
        paging.add_header(
            paging.next_link(args, page, shown, total, with_marker)
        )
        return types.Dataframes.of(found.frames, total, changing, following)

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
        try:
            hooks.services().storage.add(frames)
        except storage_base.Unstorable as error:
            raise errors.BadRequest(
                error_codes.DATAFRAMES_UNSTORABLE, str(error)
            ) from error


def _position(page: paging.Page, window: periods.Window) -> marker.Marker:
    """Return where the page begins, without its offset."""
    if page.marker is None:
        return marker.first(window)
    return marker.read(page.marker, window)


def _check_single(filters: rated_query.Filters) -> None:
    """Reject several values of one attribute: only a summary allows them."""
    for name, values in filters.items():
        if len(values) > 1:
            raise errors.BadRequest(
                error_codes.ARGUMENT_REPEATED,
                f"filters: {validate.shown(name)} has {len(values)} values: "
                "send one",
            )
