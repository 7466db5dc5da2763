# SPDX-License-Identifier: Apache-2.0
"""The Aetos collector against a real Aetos, Keystone and Prometheus.

Its subqueries must lead to the same points as Prometheus' range queries.
"""

import datetime
import pathlib
import random

import fixtures
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

NEEDED = {
    "keystone": keystone.THERE,
    "prometheus": prometheus.installed(),
    "aetos": aetos.THERE,
}


def by_scope(collector, metric, window):
    """Return the points of two scopes, sorted by scope."""
    found = collector.collect(metric, ["p-1", "p-2"], window)
    return sorted(found, key=lambda item: item.scope_id)


class AetosCase(base.TestCase):
    """A class of tests with one Keystone, Prometheus and Aetos."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        if all(NEEDED.values()):
            text = prometheus.openmetrics_text(cls.series())
            cls.prometheus = cls.use(
                prometheus.PrometheusFixture(text, cls.folder())
            )
            cls.identity = cls.use(keystone.Keystone())
            cls.use(
                aetos.Aetos(cls.identity, cls.prometheus.url, cls.folder())
            )

    @classmethod
    def use(cls, fixture):
        fixture.setUp()
        cls.addClassCleanup(fixture.cleanUp)
        return fixture

    @classmethod
    def folder(cls):
        return pathlib.Path(cls.use(fixtures.TempDir()).path)

    @classmethod
    def series(cls):
        """Return the series in Prometheus."""
        raise NotImplementedError

    def setUp(self):
        for name, there in NEEDED.items():
            self.need(name, there)
        super().setUp()

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
    @classmethod
    def series(cls):
        return contract.all_series()

    def make_collector(self, all_series):
        return aetos_collector.AetosCollector(
            self.conf_for(contract.PERIOD), contract.parse_definitions()
        )


class TestSamePoints(AetosCase):
    @classmethod
    def series(cls):
        cls.seed = random.SystemRandom().randrange(1 << 32)
        cls.source = random.Random(cls.seed)
        return samples.random_series(cls.source)

    def setUp(self):
        super().setUp()
        # A failure shows the seed; put it above to see it again.
        self.addDetail("seed", content.text_content(str(self.seed)))
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
                found = by_scope(through, metric, window)
                self.assertEqual(
                    by_scope(direct, metric, window),
                    found,
                    (metric, shift),
                )
                amount += sum(len(item.points) for item in found)
        self.assertGreater(amount, 500)
        # A token that was revoked is renewed.
        [token] = through._client._http._user.headers().values()
        self.identity.revoke(token)
        list(through.collect(self.metrics[0], ["p-1"], samples.WINDOW))
