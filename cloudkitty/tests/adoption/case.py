# SPDX-License-Identifier: Apache-2.0
"""Common steps of the scenarios."""

import datetime
import decimal
import time
import typing

from cloudkitty.tests import base
from cloudkitty.tests import figures
from cloudkitty.tests.adoption import cloud as ck_cloud
from cloudkitty.tests.adoption import rest
from cloudkitty.tests.adoption import samples
from cloudkitty.tests.adoption import truth
from cloudkitty.tests.galera import processes

#: Periods that are due when upstream starts.
DUE = 40
#: More periods than a test rates.
ALL = 10**6
#: Seconds in which the programs must have done one piece of work.
PATIENCE = 400


class Case(base.TestCase):
    """A cloud that CloudKitty 25 has rated.

    :ivar begin: of the first period.
    :ivar costs: the arguments of ``owe``; a later entry replaces earlier
        ones.
    """

    version_1 = False

    def setUp(self) -> None:
        super().setUp()
        self.started_at = time.monotonic()
        self.begin = samples.now() - (DUE + 2) * samples.LENGTH
        self.cloud = ck_cloud.Cloud(self, self.begin, version_1=self.version_1)
        self.costs: list[tuple[typing.Any, ...]] = []
        self.rows = 0

    def at(self, number: int) -> datetime.datetime:
        """Return the beginning of the n-th period."""
        return self.begin + number * samples.LENGTH

    def prepare(self, cost: str) -> ck_cloud.Api:
        """Create tables, rules and scopes with upstream; return its API."""
        config = self.cloud.config()
        self.cloud.theirs("cloudkitty-dbsync", config, "upgrade")
        self.cloud.theirs("cloudkitty-storage-init", config)
        api = self.cloud.their_api(config)
        api.client.enable_hashmap()
        self.add_scopes(api.client)
        self.set_cost(api.client, cost)
        return api

    def add_scopes(self, client: rest.Client) -> None:
        """Add scopes that are rated up to the beginning."""
        for scope_id in samples.SCOPES:
            client.add_scope(scope_id, self.begin - samples.LENGTH)

    def set_cost(self, client: rest.Client, cost: str) -> None:
        """Replace the price rules while no processor rates new periods."""
        client.set_cost(decimal.Decimal(cost))
        for scope_id, number in self.rated().items():
            self.owe(scope_id, number, ALL, cost)

    def owe(
        self,
        scope_id: str | None,
        first: int,
        end: int,
        cost: str | None,
        metric: str | None = None,
    ) -> None:
        """Expect ``cost`` for the periods from ``first`` to before ``end``.

        :param scope_id: ``None`` selects every scope.
        :param cost: ``None`` if no point is stored.
        :param metric: ``None`` selects every metric.
        """
        value = None if cost is None else decimal.Decimal(cost)
        self.costs.append((scope_id, metric, first, end, value))

    def rated(self) -> dict[str, int]:
        """Return the number of rated periods of each scope."""
        return {
            scope_id: (at.replace(tzinfo=datetime.UTC) - self.begin)
            // samples.LENGTH
            + 1
            for scope_id, at in self.cloud.sql(
                "SELECT identifier, last_processed_timestamp "
                "FROM cloudkitty_storage_states"
            )
        }

    def rated_to(self) -> int:
        """Return the number of periods that both scopes are rated for."""
        return min(self.rated().values())

    def wait_until_rated(self, number: int) -> None:
        """Wait until both scopes are rated for that number of periods."""
        processes.wait_for(
            f"rating of {number} periods",
            lambda: self.rated_to() >= number,
            PATIENCE,
        )

    def cursors(self) -> list[int | None]:
        """Return the position of each task's cursor, oldest task first."""
        rows = self.cloud.sql(
            "SELECT current_reprocess_time "
            "FROM storage_scope_reprocessing_schedule ORDER BY id"
        )
        return [
            at
            and (at.replace(tzinfo=datetime.UTC) - self.begin)
            // samples.LENGTH
            for (at,) in rows
        ]

    def wait_for_task(self, client: rest.Client, scope_id: str) -> None:
        """Wait until the API shows the end of a scope's newest task."""

        def ended() -> bool:
            task = client.tasks(scope_id)[-1]
            return rest.moment(task["current_reprocess_time"]) == rest.moment(
                task["end_reprocess_time"]
            )

        processes.wait_for(f"task of {scope_id}", ended, PATIENCE)

    def expected(self, end: int) -> dict[samples.Key, truth.Value]:
        """Return all points that must be stored before the period ``end``."""

        def cost(key: samples.Key) -> decimal.Decimal | None:
            number = (key.begin - self.begin) // samples.LENGTH
            return next(
                cost
                for scope_id, metric, first, last, cost in self.costs[::-1]
                if scope_id in (None, key.scope_id)
                and metric in (None, key.metric)
                and first <= number < last
            )

        return samples.expected(self.begin, self.at(end), cost)

    def stored(
        self, begin: datetime.datetime, end: datetime.datetime
    ) -> dict[samples.Key, list[truth.Value]]:
        """Return (quantity, price) of all stored rows, by point."""
        return truth.stored(self.cloud.influxdb, begin, end)

    def check_points(self, end: int) -> None:
        """Compare each stored point before the period ``end``."""
        expected = self.expected(end)
        points = self.stored(self.begin, self.at(end))
        self.rows += sum(map(len, points.values()))
        self.assertEqual([], truth.differences(points, expected)[:10])

    def check_summary(self, client: rest.Client, end: int) -> None:
        """Compare the summary of each period before ``end``."""
        expected = truth.summary(self.expected(end))
        shown = client.summary(self.begin, self.at(end))
        self.rows += len(shown)
        different = set(expected) ^ set(shown)
        self.assertEqual([], sorted(different)[:10])
        self.assertEqual(len(expected), len(shown))

    def tell(self, *more: str) -> None:
        """Keep the figures of the scenario; all comparisons were equal."""
        seconds = time.monotonic() - self.started_at
        figures.tell(
            self,
            f"{seconds:.0f} s, {self.rows} rows, 0 differences"
            f"{''.join(f', {one}' for one in more)}",
        )
