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
#: Bytes of the scopes of one query. VictoriaMetrics refuses a query of more
#: than 16 KiB by default. Prometheus needs the same time for each scope
#: whether a query is for 250 scopes or for 10,000.
MOST_BYTES = 15_000


class PrometheusCollector(base.PromQLCollector):
    """Queries Prometheus: one range query for many scopes and periods."""

    most_size = MOST_BYTES

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

    def scope_size(self, scope: str) -> int:
        """Return the bytes of a scope in a query."""
        return len(scope.encode(errors="replace"))

    def query(
        self, text: str, first: float, last: float, *, joint: bool
    ) -> base.Found:
        """Return the series of a range query."""
        return self._client.query_range(
            text, first, last, self.period_seconds, form=joint
        )


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
