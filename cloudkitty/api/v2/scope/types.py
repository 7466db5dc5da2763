# SPDX-License-Identifier: Apache-2.0
"""Responses of ``/v2/scope``."""

import functools
import typing

import wsme.types

from cloudkitty.api import fast_types
from cloudkitty.api import ordered
from cloudkitty.api import provisional as ck_provisional
from cloudkitty.api import render
from cloudkitty.api import timestamps
from cloudkitty.db.scopes import records as scope_records


class Scope(fast_types.Type):
    """One scope and its state."""

    scope_id = wsme.types.text
    #: This and the next two may be empty for a scope created by upstream.
    scope_key = ordered.nullable(wsme.types.text)
    fetcher = ordered.nullable(wsme.types.text)
    collector = ordered.nullable(wsme.types.text)
    last_processed_timestamp = ordered.nullable(wsme.types.text)
    #: The same value: python-cloudkittyclient shows this key.
    state = ordered.nullable(wsme.types.text)
    active = bool
    scope_activation_toggle_date = ordered.nullable(wsme.types.text)
    #: Only if periods of the scope are closed.
    closed_before = ordered.optional(wsme.types.text)
    #: Windows that tasks are changing.
    provisional = [ck_provisional.Window]

    @classmethod
    def from_row(
        cls,
        row: scope_records.ScopeState,
        provisional: list[ck_provisional.Window],
    ) -> typing.Self:
        """Return the wire form of a row.

        :param provisional: windows of the scope that tasks are changing.
        """
        closed = {}
        if row.closed_before is not None:
            closed["closed_before"] = timestamps.iso(row.closed_before)
        return cls(
            scope_id=row.scope.identifier,
            scope_key=row.scope.scope_key,
            fetcher=row.scope.fetcher,
            collector=row.scope.collector,
            last_processed_timestamp=timestamps.iso(row.last_processed_at),
            state=timestamps.iso(row.last_processed_at),
            active=row.active,
            scope_activation_toggle_date=timestamps.iso(row.toggled_at),
            provisional=provisional,
            **closed,
        )


#: The text of a scope.
ScopeText = typing.Annotated[fast_types.Rendered, Scope]


def listed(
    row: scope_records.ScopeState, provisional: list[ck_provisional.Window]
) -> ScopeText:
    """Return the JSON of a row in lists; arguments as ``Scope.from_row``."""
    return _rendered(row, provisional) if provisional else _settled(row)


# Most scopes of a list are unchanged between two requests.
@functools.lru_cache(maxsize=4096)
def _settled(row: scope_records.ScopeState) -> fast_types.Rendered:
    return _rendered(row, [])


def _rendered(
    row: scope_records.ScopeState, provisional: list[ck_provisional.Window]
) -> fast_types.Rendered:
    shown = Scope.from_row(row, provisional).to_json()
    return render.rendered(shown)
