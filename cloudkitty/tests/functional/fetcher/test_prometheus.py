# SPDX-License-Identifier: Apache-2.0
"""The Prometheus fetcher against a real server."""

import time

from cloudkitty.fetcher import prometheus as prometheus_fetcher
from cloudkitty.tests import base
from cloudkitty.tests import prometheus
from cloudkitty.tests.contract import collector as contract


class TestPrometheus(base.TestCase):
    def test_scopes(self):
        self.need("prometheus", prometheus.installed())
        # An instant query looks five minutes back from the present.
        now = int(time.time())
        samples = [(now + shift, 1) for shift in range(-120, 600, 60)]
        region = 'one"} or up{x="'
        text = prometheus.openmetrics_text(
            [
                *(
                    prometheus.Series(
                        "m", {"project_id": name, "region": region}, samples
                    )
                    for name in contract.HOSTILE
                ),
                prometheus.Series("m", {"region": region}, samples),
                prometheus.Series("m", {"project_id": "else"}, samples),
            ]
        )
        server = self.useFixture(
            prometheus.PrometheusFixture(text, self.make_folder())
        )
        fetcher = prometheus_fetcher.PrometheusFetcher(
            self.make_conf(
                fetcher_prometheus={
                    "prometheus_url": server.url,
                    "metric": "m",
                    "filters": {"region": region},
                }
            )
        )
        self.assertEqual(sorted(contract.HOSTILE), fetcher.get_scopes())
