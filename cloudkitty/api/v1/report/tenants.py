# SPDX-License-Identifier: Apache-2.0
"""``GET /v1/report/tenants``."""

from cloudkitty.api import rated_query
from cloudkitty.api import resource
from cloudkitty.api.request import authorize
from cloudkitty.api.request import hooks
from cloudkitty.api.v1 import arguments
from cloudkitty.common import periods
from cloudkitty.db.scopes import queries as scope_queries
from cloudkitty.policies import report as policy
from cloudkitty.storage import base as storage_base


class Tenants(resource.Resource):
    """The identifiers of the rated scopes."""

    @resource.answers_json
    def get(self) -> list[str]:
        authorize.authorize(policy.LIST_TENANTS)
        args = arguments.read("begin", "end")
        begin, end = args.time("begin"), args.time("end")
        if begin is None and end is None:
            return _all()
        return _rated_in(rated_query.window_between(begin, end))


def _all() -> list[str]:
    """Return all scopes, including those that only have added points."""
    services = hooks.services()
    with services.database.reader() as session:
        known = scope_queries.identifiers(session)
    return list(dict.fromkeys([*known, *services.storage.scope_ids()]))


def _rated_in(window: periods.Window) -> list[str]:
    """Return the scopes with a rated point in the window."""
    services = hooks.services()
    scope_key = services.conf.collect.scope_key
    totals = services.storage.total(
        storage_base.Query(window=window), [scope_key]
    )
    found = [row.groups[scope_key] for row in totals.rows]
    return [identifier for identifier in found if identifier]
