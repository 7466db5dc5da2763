# SPDX-License-Identifier: Apache-2.0
"""The Aetos collector against a real Aetos, Keystone and Prometheus.

Its subqueries must lead to the same points as Prometheus' range queries.
"""

import datetime
import random

from testtools import content

from cloudkitty.collector import definitions
from cloudkitty.collector.aetos import collector as aetos_collector
from cloudkitty.collector.prometheus import collector as prometheus_collector
from cloudkitty.collector.prometheus import query
from cloudkitty.common import periods
from cloudkitty.tests import aetos
from cloudkitty.tests import base
from cloudkitty.tests import keystone
from cloudkitty.tests import prometheus
from cloudkitty.tests.contract import collector as contract
from cloudkitty.tests.functional.collector import test_prometheus as samples


class AetosCase(base.TestCase):
    """A test with Keystone, Prometheus and Aetos."""

    def start(self, all_series):
        for name, there in (
            ("keystone", keystone.THERE),
            ("prometheus", prometheus.installed()),
            ("aetos", aetos.THERE),
        ):
            self.need(name, there)
        text = prometheus.openmetrics_text(all_series)
        self.prometheus = self.useFixture(
            prometheus.PrometheusFixture(text, self.make_folder())
        )
        self.identity = self.useFixture(keystone.Keystone())
        self.useFixture(
            aetos.Aetos(self.identity, self.prometheus.url, self.make_folder())
        )

    def conf_for(self, period, **changes):
        auth = self.identity.middleware_options()
        auth |= {"username": "admin", "project_name": "demo"} | changes
        auth.pop("www_authenticate_uri")
        lines = [f"{name} = {value}" for name, value in auth.items()]
        path = self.make_folder() / "auth.conf"
        path.write_text("\n".join(["[shared]", *lines, ""]))
        conf = self.make_conf(
            collect={"period": period},
            collector_prometheus={"prometheus_url": self.prometheus.url},
            collector_aetos={"auth_section": "shared"},
        )
        conf(args=["--config-file", str(path)], project="cloudkitty")
        return conf


class TestContract(contract.CollectorContract, AetosCase):
    def make_collector(self, all_series):
        self.start(all_series)
        return aetos_collector.AetosCollector(
            self.conf_for(contract.PERIOD), contract.parse_definitions()
        )


class TestSamePoints(AetosCase):
    def setUp(self):
        super().setUp()
        seed = random.SystemRandom().randrange(1 << 32)
        # A failure shows the seed; put it here to see it again.
        self.addDetail("seed", content.text_content(str(seed)))
        self.source = random.Random(seed)
        self.start(samples.random_series(self.source))
        self.metrics = definitions.parse(
            {"metrics": samples.random_metrics(self.source)},
            "project_id",
            query.EXTRA_ARGS,
        )

    def test_subqueries_equal_range_queries(self):
        conf = self.conf_for(samples.PERIOD)
        through = aetos_collector.AetosCollector(conf, self.metrics)
        direct = prometheus_collector.PrometheusCollector(conf, self.metrics)
        amount = 0
        for shift, count in ((0, 60), (210, 8)):
            step = datetime.timedelta(seconds=shift)
            window = periods.Window(
                samples.WINDOW.begin + step, samples.WINDOW.end + step
            )
            for metric in self.source.sample(self.metrics, count):
                found = list(through.collect(metric, ["p-1", "p-2"], window))
                self.assertEqual(
                    list(direct.collect(metric, ["p-1", "p-2"], window)),
                    found,
                    (metric, shift),
                )
                amount += sum(len(item.points) for item in found)
        self.assertGreater(amount, 500)
        # A token that was revoked is renewed.
        [token] = through._client._http._user.headers().values()
        self.identity.revoke(token)
        list(through.collect(self.metrics[0], ["p-1"], samples.WINDOW))
