# SPDX-License-Identifier: Apache-2.0
"""Scopes and metrics for requests: ``include`` of ``GET /v2/task``."""

from cloudkitty.api.request import authorize
from cloudkitty.api.request import hooks
from cloudkitty.api.v1.info import reading
from cloudkitty.api.v2.task import types
from cloudkitty.db.scopes import queries as scope_queries
from cloudkitty.db.scopes import records as scope_records
from cloudkitty.policies import info as info_policies
from cloudkitty.policies import scope as scope_policies


def scopes() -> list[types.ActiveScope]:
    """Return all active scopes, in the order in which they were added.

    :raises cloudkitty.api.errors.Forbidden: without the rule of
        ``GET /v2/scope``.
    """
    authorize.authorize(scope_policies.GET)
    with hooks.services().database.reader() as session:
        found = scope_queries.find(session, active=True)
    return [_shown(state) for state in found]


def metrics() -> list[str]:
    """Return the names of the metrics, in the order of their file.

    :raises cloudkitty.api.errors.Forbidden: without the rule of
        ``GET /v1/info/metrics``.
    :raises cloudkitty.api.errors.Unavailable: if the file cannot be read.
    """
    authorize.authorize(info_policies.LIST_METRICS)
    found, _content = reading.read()
    return list(dict.fromkeys(metric.alt_name for metric in found))


def _shown(state: scope_records.ScopeState) -> types.ActiveScope:
    return types.ActiveScope(
        scope_id=state.scope.identifier,
        last_processed_timestamp=types.instant(state.last_processed_at),
        closed_before=types.instant(state.closed_before),
    )
