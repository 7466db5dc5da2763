# SPDX-License-Identifier: Apache-2.0
"""``GET /v2/scope``."""

import collections

from cloudkitty.api import authorize
from cloudkitty.api import errors
from cloudkitty.api import hooks
from cloudkitty.api import paging
from cloudkitty.api import provisional
from cloudkitty.api import query
from cloudkitty.api import resource
from cloudkitty.api import validate
from cloudkitty.api.v2.scope import types
from cloudkitty.db import scope_states
from cloudkitty.policies import scope as policy

#: Rows of a page if the request does not say; as upstream's.
DEFAULT_LIMIT = 100


class Scopes(resource.Resource):
    """All scopes."""

    @resource.answers_json
    def get(self):
        authorize.authorize(policy.GET)
        args = query.read(
            "scope_id",
            "scope_key",
            "fetcher",
            "collector",
            "active",
            *paging.NAMES,
        )
        page = paging.read(args, DEFAULT_LIMIT)
        filters: scope_states.Filters = {
            "identifiers": args.text_list("scope_id"),
            "scope_keys": args.text_list("scope_key"),
            "fetchers": args.text_list("fetcher"),
            "collectors": args.text_list("collector"),
            "active": _active(args),
        }
        services = hooks.services()
        with services.database.reader() as session:
            found = scope_states.find(
                session, **filters, offset=page.offset, limit=page.limit
            )
            total = services.row_counts.scopes(
                session, services.clock.monotonic(), **filters
            )
            windows = provisional.read(
                session, scope_ids=[row.scope.identifier for row in found]
            )
        if not found:
            raise errors.NotFound(
                errors.SCOPE_NOT_FOUND,
                f"no scope matches on this page; {total} match in all",
            )
        link = paging.next_link(args, page, len(found), total)
        paging.add_header(link)
        changing = collections.defaultdict(list)
        for window in windows:
            changing[window.scope_id].append(window)
        return paging.envelope(
            [
                types.Scope.from_row(row, changing[row.scope.identifier])
                for row in found
            ],
            total,
            link,
        )


def _active(args: query.Query) -> bool | None:
    """Return which kind is asked for: 1, 0, or both (None)."""
    kinds = {
        validate.boolean("active", item) for item in args.text_list("active")
    }
    return kinds.pop() if len(kinds) == 1 else None
