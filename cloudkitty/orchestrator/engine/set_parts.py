# SPDX-License-Identifier: Apache-2.0
"""The periods of a chunk of several scopes, without those that failed.

The failure of one of several scopes is its own: the scope leaves the set. The
failure of an only scope, or of all, is that of the chunk.
"""

import collections.abc
import dataclasses
import typing

from cloudkitty import dataframe
from cloudkitty.common import periods
from cloudkitty.orchestrator.engine import answers
from cloudkitty.orchestrator.engine import collect_and_rate
from cloudkitty.orchestrator.engine import collection
from cloudkitty.orchestrator.engine import members as ck_members
from cloudkitty.orchestrator.engine import rated_periods
from cloudkitty.orchestrator.engine import replace_or_keep
from cloudkitty.rating import loader as rating_loader
from cloudkitty.storage import base as storage_base

T = typing.TypeVar("T")
Frames = dict[str, list[dataframe.DataFrame]]


class Chains(typing.Protocol):
    """The rating modules of scopes."""

    def of(self, scope_id: str) -> rating_loader.Chain:
        """Return the modules that rate a scope."""


@dataclasses.dataclass(frozen=True, slots=True)
class Parts(typing.Generic[T]):
    """The successful periods at the beginning of a chunk, of each scope.

    :param of: for each present scope; all scopes have the same periods.
    :param failure: why later periods are missing, for all scopes.
    """

    of: dict[str, list[T]]
    failure: answers.Failure | None = None


def take(
    collected: collection.Parts, members: ck_members.Members
) -> Parts[dataframe.DataFrame]:
    """Return the collected frames; a scope that failed leaves the set."""
    if members.alone:
        [(scope_id, part)] = collected.items()
        return Parts({scope_id: part.periods}, part.failure)
    present = {
        scope_id: part
        for scope_id, part in collected.items()
        if scope_id in members
    }
    failed = {
        scope_id: part.failure
        for scope_id, part in present.items()
        if part.failure is not None
    }
    if len(failed) == len(present):
        for failure in failed.values():
            # Not the failure of a period's data: that of the backend.
            if getattr(failure.error, "period", None) is None:
                return Parts({}, failure)
    for scope_id, failure in failed.items():
        members.leave(scope_id, failure.error)
    return Parts(
        {
            scope_id: part.periods
            for scope_id, part in present.items()
            if scope_id not in failed
        }
    )


def rate(
    engine: collect_and_rate.Engine,
    frames: Frames,
    chains: Chains,
    members: ck_members.Members,
    pulse: collection.Pulse,
) -> Parts[rated_periods.RatedPeriod]:
    """Rate the frames; a scope that fails leaves the set.

    :param pulse: called for each frame; raises to stop.
    """
    if members.alone:
        [(scope_id, mine)] = frames.items()
        part = engine.rate_frames(mine, chains.of(scope_id), pulse)
        return Parts({scope_id: part.periods}, part.failure)
    rated: dict[str, list[rated_periods.RatedPeriod]] = {}
    for scope_id, mine in frames.items():
        try:
            part = engine.rate_frames(mine, chains.of(scope_id), pulse)
        # The rules of one scope may be invalid; its module may be a plugin.
        except Exception as error:
            members.leave(scope_id, error)
            continue
        if part.failure is None:
            rated[scope_id] = part.periods
        else:
            members.leave(scope_id, part.failure.error)
    return Parts(rated)


def stored(
    counts: collections.abc.Mapping[
        str, collections.abc.Iterable[storage_base.Count]
    ],
    window: periods.Window,
    period_seconds: int,
    members: ck_members.Members,
) -> dict[str, replace_or_keep.Stored]:
    """Return the numbers of stored points of each scope.

    A scope with points of another period length leaves the set.

    :param counts: of each scope in ``window``.
    """
    found = {}
    for scope_id, mine in counts.items():
        try:
            found[scope_id] = replace_or_keep.by_period(
                mine, window, period_seconds
            )
        except replace_or_keep.OtherPeriod as error:
            members.leave(scope_id, error)
    return found
