# SPDX-License-Identifier: Apache-2.0
"""Both directions with ``[storage] version = 1, backend = sqlalchemy``."""

import collections
import datetime
import decimal
import json

from cloudkitty.tests.adoption import case
from cloudkitty.tests.adoption import rest
from cloudkitty.tests.adoption import samples
from cloudkitty.tests.adoption import truth
from cloudkitty.tests.galera import processes


class TestVersion1(case.Case):
    """Upstream has no ``/v2`` here, and so no tasks; this service has."""

    version_1 = True

    def test_there_and_back(self):
        self.config = self.cloud.config()
        theirs = self.prepare("0.5")
        self.rate(self.cloud.their_processor(self.config), case.DUE)
        # Both answer from the same rows.
        totals = self.total(theirs.client)
        theirs.child.end()

        self.cloud.ours("dbsync", self.config, "upgrade")
        self.cloud.ours("storage_init", self.config)
        ours = self.cloud.our_api(self.config)
        self.assertEqual(totals, self.total(ours.client))
        self.check_summary(ours.client, self.last)
        self.set_cost(ours.client, "2")
        ours.client.post_task("alpha", self.at(0), self.at(self.last - 1))
        before = self.last
        processor = self.cloud.our_processor(self.config)
        self.wait_for_task(ours.client, "alpha")
        self.owe("alpha", 0, before, "2")
        self.rate(processor, before + 2)
        self.check_summary(ours.client, self.last)
        ours.child.end()

        self.cloud.theirs("cloudkitty-dbsync", self.config, "upgrade")
        self.cloud.theirs("cloudkitty-storage-init", self.config)
        theirs = self.cloud.their_api(self.config)
        self.rate(self.cloud.their_processor(self.config), self.last + 2)
        self.assertEqual(self.price(), self.total(theirs.client))
        theirs.child.end()
        self.tell()

    def add_scopes(self, client: rest.Client) -> None:
        last = self.begin - samples.LENGTH
        for scope_id in samples.SCOPES:
            self.cloud.sql(
                "INSERT INTO cloudkitty_storage_states (identifier, "
                "scope_key, fetcher, collector, last_processed_timestamp, "
                f"active) VALUES ('{scope_id}', 'project_id', 'source', "
                f"'prometheus', '{last:%Y-%m-%d %H:%M:%S}', 1)"
            )

    def rate(self, processor: processes.Child, number: int) -> None:
        """Let the processor rate that number of periods, and check them."""
        self.wait_until_rated(number)
        processor.end()
        self.last = self.rated_to()
        self.check_points(self.last)

    def stored(
        self, begin: datetime.datetime, end: datetime.datetime
    ) -> dict[samples.Key, list[truth.Value]]:
        points = collections.defaultdict(list)
        for at, scope_id, metric, desc, qty, rate in self.cloud.sql(
            "SELECT begin, tenant_id, res_type, `desc`, qty, rate "
            "FROM rated_data_frames"
        ):
            utc = at.replace(tzinfo=datetime.UTC)
            resource = json.loads(desc)["resource"]
            key = samples.Key(utc, scope_id, metric, resource)
            points[key].append((qty, decimal.Decimal(rate)))
        return {
            key: values
            for key, values in points.items()
            if begin <= key.begin < end
        }

    def price(self) -> float:
        """Return the price of all points."""
        points = self.expected(self.last).values()
        return float(sum(price for _qty, price in points))

    def total(self, client: rest.Client) -> float:
        """Return the price of all points in the reports of version 1."""
        shown = client.ask(
            *("GET", "/v1/report/total"),
            params={
                "begin": self.begin.strftime("%Y-%m-%dT%H:%M:%S"),
                "end": self.at(self.last).strftime("%Y-%m-%dT%H:%M:%S"),
                "all_tenants": "true",
            },
        )
        return float(shown)
