# SPDX-License-Identifier: Apache-2.0
"""The state of a scope: frozen, with aware UTC times."""

import dataclasses
import datetime

from cloudkitty.common import scopes


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ScopeState:
    """A row of ``cloudkitty_storage_states``.

    :param id: the row.
    :param scope: the scope; NULL columns of the row read as ``""``.
    :param last_processed_at: *beginning* of the last rated period.
    :param active: inactive scopes are not rated.
    :param toggled_at: last change of ``active``.
    :param generation: counts acceptances of tasks.
    :param period_seconds: length of the last rated period; None if it is
        not known, as after upstream has rated or reset the scope.
    :param closed_before: periods that begin before it are closed; None if
        none is closed.
    """

    id: int
    scope: scopes.Scope
    last_processed_at: datetime.datetime
    active: bool
    toggled_at: datetime.datetime
    generation: int
    period_seconds: int | None = None
    closed_before: datetime.datetime | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class Closing:
    """A new value of ``closed_before``.

    :param before: None opens the periods again.
    """

    before: datetime.datetime | None
