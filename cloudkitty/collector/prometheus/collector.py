# SPDX-License-Identifier: Apache-2.0
"""The collector of quantities in a Prometheus server."""

import collections.abc
import datetime

from oslo_config import cfg

from cloudkitty.collector import metrics
from cloudkitty.collector.prometheus import base
from cloudkitty.common import periods
from cloudkitty.common.prometheus import client as prometheus_client

GROUP = "collector_prometheus"
#: Prometheus refuses a range query with more steps than this.
MOST_STEPS = 11_000


class PrometheusCollector(base.PromQLCollector):
    """Queries Prometheus: one range query for many periods of a metric."""

    def __init__(
        self,
        conf: cfg.ConfigOpts,
        definitions: collections.abc.Sequence[metrics.Metric],
    ) -> None:
        client = prometheus_client.Client(conf[GROUP], GROUP)
        super().__init__(conf, definitions, client)

    def split(
        self, window: periods.Window
    ) -> collections.abc.Iterator[periods.Window]:
        """Yield the parts for which one range query is allowed."""
        return parts(window, self.period_seconds)

    def query(self, text: str, first: float, last: float) -> base.Found:
        """Return the series of a range query."""
        return self._client.query_range(text, first, last, self.period_seconds)


def parts(
    window: periods.Window, seconds: int
) -> collections.abc.Iterator[periods.Window]:
    """Yield the parts of a window with no more than ``MOST_STEPS``."""
    step = datetime.timedelta(seconds=seconds * MOST_STEPS)
    begin = window.begin
    while begin < window.end:
        end = min(begin + step, window.end)
        yield periods.Window(begin, end)
        begin = end
