# SPDX-License-Identifier: Apache-2.0
"""The fake collector keeps the contract, too."""

import datetime

from cloudkitty.collector import base as collector_base
from cloudkitty.common import periods
from cloudkitty.tests import base
from cloudkitty.tests.contract import collector as contract
from cloudkitty.tests.fakes import collector as fake


class TestContract(contract.CollectorContract, base.TestCase):
    def make_collector(self, all_series):
        found = fake.FakeCollector(
            self.make_conf(), contract.parse_definitions()
        )
        keys = {metric.name: metric.key for metric in found.definitions}
        for series in all_series:
            labels = dict(series.labels)
            scope_id = labels.pop("project_id")
            for at, value in series.samples:
                begin = datetime.datetime.fromtimestamp(at, datetime.UTC)
                begin = periods.floor(begin, contract.PERIOD)
                found.put(keys[series.name], scope_id, begin, value, **labels)
        return found

    def test_queued_failures_are_raised(self):
        self.collector.fail("down", None, OSError("broken"))
        err = self.assertRaises(
            collector_base.CollectError, self.collect, "plain"
        )
        self.assertEqual("down", str(err))
        self.assertEqual(8, len(self.collect("plain")))
        self.assertRaises(OSError, self.collect, "plain")
        self.assertEqual(
            [("instance_up@#instance", "plain", contract.WINDOW)] * 3,
            self.collector.calls,
        )
