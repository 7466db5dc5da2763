# SPDX-License-Identifier: Apache-2.0
"""Scopes whose rows a transaction has locked.

No other transaction can change or delete these rows, so that this one does
not read them again. If it has advanced ``rolled_before`` itself, the sums of
the last days are read from the points, which gives the same result.
"""

import collections.abc
import datetime
import typing

from sqlalchemy import orm

_KEY = "cloudkitty locked scopes"
#: Scope key and identifier: what identifies rated data.
Data = tuple[str, str]


class State(typing.NamedTuple):
    """A scope that has or had points.

    :param id: row id.
    :param rolled_before: all earlier days have sums; None if no day has them.
    """

    id: int
    scope_key: str
    rolled_before: datetime.date | None


def remember(session: orm.Session, data: Data, state: State) -> None:
    """Record the state of a scope that the transaction has just locked."""
    _known(session)[data] = state


def find(
    session: orm.Session,
    scope_key: str,
    scope_ids: collections.abc.Iterable[str],
) -> list[State] | None:
    """Return the states; None unless all of these scopes are locked."""
    known = _known(session)
    found = [known.get((scope_key, scope_id)) for scope_id in scope_ids]
    states = [state for state in found if state is not None]
    return states if len(states) == len(found) else None


def _known(session: orm.Session) -> dict[Data, State]:
    """Return the states that are valid in the current transaction."""
    now = session.get_transaction()
    transaction, states = session.info.get(_KEY, (None, {}))
    if transaction is not now or now is None:
        states = {}
        session.info[_KEY] = now, states
    return states
