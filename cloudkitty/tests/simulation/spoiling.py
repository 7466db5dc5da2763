# SPDX-License-Identifier: Apache-2.0
"""Answers with faults in the data of some scopes."""

import random
import typing

from cloudkitty.tests.simulation import hub as ck_hub
from cloudkitty.tests.simulation import transport
from cloudkitty.tests.simulation import usage

_UNUSABLE = {"nan": "NaN", "inf": "+Inf"}


class Spoiling:
    """Alters quantities before they are sent.

    :param draw: the seed's random numbers.
    """

    def __init__(self, draw: random.Random) -> None:
        self._draw = draw
        #: Scope to the request whose answers have no data of it.
        self._blank: dict[str, tuple[typing.Any, ...]] = {}

    def stop(self) -> None:
        """Forget the requests that were answered without data."""
        self._blank = {}

    def alter(
        self,
        actor: ck_hub.Actor | None,
        query: transport.Query,
        found: transport.Found,
        kind: str | None,
    ) -> None:
        """Alter the answer by a fault of ``kind``: one scope, some or all.

        :param actor: the sender of the query.
        :param found: the quantities of each scope; changed.
        """
        start = self._draw.choice(query.starts)
        one = self._draw.choice(query.scope_ids)
        some = query.scope_ids if self._draw.random() < 0.5 else (one,)
        asked = (actor, query.starts)
        if kind == "empty":
            # The collector lost all metrics of the chunk.
            self._blank = dict.fromkeys(some, asked)
        for scope_id in query.scope_ids:
            if self._blank.get(scope_id) == asked:
                found[scope_id] = {}
        match kind:
            case "nan" | "inf":
                found[one][usage.RESOURCES[0], start] = _UNUSABLE[kind]
            case "many-series":
                for number in range(transport.MANY):
                    found[one][f"many{number}", start] = "1"
            case "partial-metric":
                found |= dict.fromkeys(some, {})
            case "partial-periods":
                _drop(found, some, start)


def _drop(
    found: transport.Found, scope_ids: tuple[str, ...], start: int
) -> None:
    for scope_id in scope_ids:
        for resource in usage.RESOURCES:
            found[scope_id].pop((resource, start), None)
