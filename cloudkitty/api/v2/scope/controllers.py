# SPDX-License-Identifier: Apache-2.0
"""``/v2/scope``: list, add, reset, change."""

import collections

import pecan

from cloudkitty.api import error_codes
from cloudkitty.api import errors
from cloudkitty.api import provisional
from cloudkitty.api import resource
from cloudkitty.api.request import authorize
from cloudkitty.api.request import hooks
from cloudkitty.api.request import paging
from cloudkitty.api.request import query
from cloudkitty.api.request import validate
from cloudkitty.api.v2.scope import parsing
from cloudkitty.api.v2.scope import problems
from cloudkitty.api.v2.scope import types
from cloudkitty.db.scopes import queries as scope_queries
from cloudkitty.db.scopes import records as scope_records
from cloudkitty.policies import scope as policy
from cloudkitty.scopes import changes as scope_changes
from cloudkitty.scopes import reset as scope_reset
from cloudkitty.tasks import governance

#: Default number of rows of a page, as in upstream.
DEFAULT_LIMIT = 100


class Scopes(resource.Resource):
    """All scopes."""

    @resource.answers_json
    def get(self) -> paging.Envelope[types.ScopeText]:
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
        filters: scope_queries.Filters = {
            "identifiers": args.text_list("scope_id"),
            "scope_keys": args.text_list("scope_key"),
            "fetchers": args.text_list("fetcher"),
            "collectors": args.text_list("collector"),
            "active": _active(args),
        }
        services = hooks.services()
        with services.database.reader() as session:
            found = scope_queries.find(
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
                error_codes.SCOPE_NOT_FOUND,
                f"this page contains no scope: {total} scopes match in total",
            )
        link = paging.next_link(args, page, len(found), total)
        paging.add_header(link)
        changing = collections.defaultdict(list)
        for window in windows:
            changing[window.scope_id].append(window)
        return paging.envelope(
            [
                types.listed(row, changing[row.scope.identifier])
                for row in found
            ],
            total,
            link,
        )

    @resource.answers_json
    def post(self) -> types.Scope:
        """Add a scope."""
        authorize.authorize(policy.CREATE)
        query.read()
        services = hooks.services()
        new = parsing.read_new(services.conf)
        with problems.answered():
            made = scope_changes.create(
                services.database,
                services.clock,
                services.conf.collect.period,
                new.scope,
                new.last_processed_at,
                active=new.active,
                rules=governance.Rules.of(services.conf),
            )
        return _show(made)

    @resource.answers_json
    def put(self) -> resource.Empty:
        """Reset scopes; the processors do it."""
        authorize.authorize(policy.RESET)
        query.read()
        asked = parsing.read_reset()
        with problems.answered():
            found = _to_reset(asked)
            hooks.services().rpc.reset_state(
                [state.scope for state in found], asked.begin
            )
        pecan.response.status = 202
        return {}

    @resource.answers_json
    def patch(self) -> types.Scope:
        """Change a scope."""
        authorize.authorize(policy.UPDATE)
        query.read()
        asked = parsing.read_change()
        if asked.closing is not None:
            authorize.authorize(policy.CLOSE)
        services = hooks.services()
        with problems.answered():
            changed = scope_changes.change(
                services.database,
                services.clock,
                asked.identifier,
                active=asked.active,
                closing=asked.closing,
                **asked.parts,
            )
        return _show(changed)


def _to_reset(asked: parsing.Reset) -> list[scope_records.ScopeState]:
    """Return the selected active scopes, or raise if one is missing."""
    services = hooks.services()
    period_seconds = services.conf.collect.period
    scope_reset.check_date(asked.begin, period_seconds)
    which: scope_queries.Filters = {
        **asked.filters,
        "identifiers": asked.identifiers,
        "active": True,
    }
    with services.database.reader() as session:
        found = scope_queries.find(session, **which)
        if not asked.identifiers:
            # Scopes that are not rated up to the date need no reset.
            found = [
                state
                for state in found
                if scope_reset.reached(state, asked.begin, period_seconds)
            ]
        known = {state.scope.identifier for state in found}
        unknown = [one for one in asked.identifiers if one not in known]
        if unknown or not found:
            raise errors.NotFound(
                error_codes.SCOPE_NOT_FOUND,
                f"no active scope matches {validate.shown(unknown[0])}"
                if unknown
                else "no active scope matches that is rated up to this date",
            )
        scope_reset.check(
            session,
            found,
            asked.begin,
            period_seconds,
            governance.Rules.of(services.conf),
        )
        scope_reset.check_whole(session, found)
    return found


def _show(state: scope_records.ScopeState) -> types.Scope:
    return types.Scope.from_row(
        state, provisional.find(scope_ids=[state.scope.identifier])
    )


def _active(args: query.Query) -> bool | None:
    """Return the filter for active scopes; ``None`` selects every scope."""
    kinds = {
        validate.boolean("active", item) for item in args.text_list("active")
    }
    return kinds.pop() if len(kinds) == 1 else None
