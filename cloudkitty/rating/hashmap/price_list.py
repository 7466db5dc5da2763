# SPDX-License-Identifier: Apache-2.0
"""The prices of one scope over time."""

import bisect
import datetime
import decimal

from cloudkitty import dataframe
from cloudkitty.db.rules import load as hashmap_rules
from cloudkitty.rating import base
from cloudkitty.rating.hashmap import arithmetic
from cloudkitty.rating.hashmap import rules


class PriceList:
    """Rates frames by the rules of one read of the database.

    :param loaded: rules of all times.
    """

    def __init__(self, loaded: hashmap_rules.Rules) -> None:
        self._loaded = loaded
        self._edges = rules.edges(loaded.mappings)
        self._stretch: int | None = None
        self._pricers: dict[str, arithmetic.Pricer] = {}

    def reload(self, at: datetime.datetime) -> None:
        """Activate the rules in force at ``at``.

        Cheap unless a rule has begun or ended since the last call.

        :param at: aware, in any time zone: instants are compared.
        """
        stretch = bisect.bisect_right(self._edges, at)
        if stretch == self._stretch:
            return
        self._pricers = {
            name: arithmetic.Pricer(service)
            for name, service in rules.compile_rules(self._loaded, at).items()
        }
        self._stretch = stretch

    def rate(self, frame: dataframe.DataFrame) -> dataframe.DataFrame:
        """Return the frame with the prices added.

        :raises cloudkitty.rating.base.RatingError: if a rule cannot be
            applied.
        """
        usage = {}
        with decimal.localcontext(base.CONTEXT):
            for metric, points in frame.itertypes():
                pricer = self._pricers.get(metric)
                usage[metric] = (
                    _rate(pricer, metric, points) if pricer else [*points]
                )
        return dataframe.DataFrame(frame.start, frame.end, usage)


def _rate(
    pricer: arithmetic.Pricer, metric: str, points: list[dataframe.DataPoint]
) -> list[dataframe.DataPoint]:
    try:
        return pricer.rate(points)
    except decimal.DecimalException as error:
        raise base.RatingError(
            f"metric {metric}: a price is out of range "
            f"({type(error).__name__})"
        ) from error
