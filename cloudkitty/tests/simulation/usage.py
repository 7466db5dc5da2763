# SPDX-License-Identifier: Apache-2.0
"""Usage and prices; both change while tasks run."""

import decimal
import random

from cloudkitty import dataframe
from cloudkitty.rating import base as rating_base
from cloudkitty.tests.simulation import faults as ck_faults
from cloudkitty.tests.simulation import hub as ck_hub

RESOURCES = ("r1", "r2")
QUANTITIES = ("0", "1", "2.25", "17", "0.001")
_UNITS = {"cpu": decimal.Decimal("0.37"), "disk": decimal.Decimal("1.1")}


def price_of(
    version: int, metric: str, start: int, scope_id: str
) -> decimal.Decimal:
    """Return the price of one unit.

    :param version: counts the changes of the price list.
    :param start: beginning of the period, Unix time: some hours are dear.
    :param scope_id: each scope has rules of its own.
    """
    own = sum(scope_id.encode()) % 11
    return _UNITS[metric] * version + start // 3600 % 3 + own


class Samples:
    """Samples of a Prometheus: they arrive late, and they vanish.

    :param draw: the seed's random numbers.
    """

    def __init__(self, draw: random.Random) -> None:
        self._draw = draw
        self._known: dict[tuple[str, str], dict[tuple[str, int], str]] = {}

    def put(self, metric: str, scope_id: str, start: int) -> None:
        """Make up the quantities of a period; some have none."""
        known = self._known.setdefault((metric, scope_id), {})
        for resource in RESOURCES:
            if self._draw.random() < 0.7:
                known[resource, start] = self._draw.choice(QUANTITIES)

    def drop(self, metric: str, scope_id: str, start: int) -> None:
        """Lose the quantities of a period."""
        known = self._known.setdefault((metric, scope_id), {})
        for resource in RESOURCES:
            known.pop((resource, start), None)

    def find(
        self, metric: str, scope_id: str, starts: tuple[int, ...]
    ) -> dict[tuple[str, int], str]:
        """Return (resource, start) to quantity for these periods."""
        known = self._known.get((metric, scope_id), {})
        return {
            (resource, start): known[resource, start]
            for start in starts
            for resource in RESOURCES
            if (resource, start) in known
        }


class PriceChain:
    """The rating modules of one stretch of work.

    :param version: of the price list, as it was when the work began.
    :param scope_id: whose points are rated.
    """

    def __init__(
        self,
        version: int,
        scope_id: str,
        hub: ck_hub.Hub,
        faults: ck_faults.Faults,
    ) -> None:
        self._version = version
        self._scope_id = scope_id
        self._hub = hub
        self._faults = faults

    def rate(self, frame: dataframe.DataFrame) -> dataframe.DataFrame:
        self._hub.point("rate")
        if self._faults.at("rating"):
            raise rating_base.RatingError("rule 7 cannot be applied")
        start = int(frame.start.timestamp())
        return dataframe.DataFrame(
            frame.start,
            frame.end,
            {
                metric: [
                    point.set_price(
                        point.qty
                        * price_of(
                            self._version, metric, start, self._scope_id
                        )
                    )
                    for point in points
                ]
                for metric, points in frame.itertypes()
            },
        )
