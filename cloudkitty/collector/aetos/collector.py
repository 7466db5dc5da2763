# SPDX-License-Identifier: Apache-2.0
"""The collector of quantities in Prometheus behind Aetos.

Aetos checks a token of Keystone and passes instant queries on to Prometheus,
and no range queries. A subquery has the same points where its periods begin
at multiples of their length since the epoch.
"""

import collections.abc
import contextlib
import urllib.parse

from oslo_config import cfg

from cloudkitty.collector import metrics
from cloudkitty.collector.prometheus import base
from cloudkitty.collector.prometheus import collector as prometheus
from cloudkitty.common import periods
from cloudkitty.common.http import client as http_client
from cloudkitty.common.keystone import client as keystone_client
from cloudkitty.common.keystone import credentials
from cloudkitty.common.prometheus import answers
from cloudkitty.common.prometheus import client as prometheus_client

GROUP = "collector_aetos"
#: Type of Aetos in the service catalog.
SERVICE_TYPE = "metric-storage"
_API = "/api/v1"
#: Bytes of the scopes in one URL: Aetos knows no other form of a query. uWSGI
#: refuses requests whose line and headers, the token too, exceed 4 KiB.
MOST_BYTES = 2_500


class AetosCollector(base.PromQLCollector):
    """Queries Aetos: one subquery for many scopes and periods."""

    most_size = MOST_BYTES

    def __init__(
        self,
        conf: cfg.ConfigOpts,
        definitions: collections.abc.Sequence[metrics.Metric],
    ) -> None:
        client = prometheus_client.Queries(
            _make_http(conf), "aetos", "correct it in the service catalog"
        )
        super().__init__(conf, definitions, client)

    def split(
        self, window: periods.Window
    ) -> collections.abc.Iterable[periods.Window]:
        """Return the parts for which one query has the right points."""
        if window.begin.timestamp() % self.period_seconds:
            return window.periods(self.period_seconds)
        return prometheus.parts(window, self.period_seconds)

    def scope_size(self, scope: str) -> int:
        """Return the bytes of a scope in a URL."""
        return len(urllib.parse.quote_plus(scope, errors="replace"))

    def query(
        self, text: str, first: float, last: float, *, joint: bool
    ) -> base.Found:
        """Return the series of a subquery, or of one instant."""
        if first < last:
            return self._client.query_steps(
                text, first, last, self.period_seconds
            )
        return contextlib.nullcontext(
            _as_matrix(self._client.query(text, last))
        )


def _as_matrix(
    series: collections.abc.Iterable[answers.Series],
) -> collections.abc.Iterator[answers.Series]:
    for one in series:
        yield {"metric": one["metric"], "values": [one["value"]]}


def _make_http(conf: cfg.ConfigOpts) -> keystone_client.Client:
    options = conf[GROUP]
    seconds = options.timeout or conf.orchestrator.collector_request_timeout
    user = credentials.Credentials(conf, GROUP, seconds)
    return keystone_client.Client(
        user,
        lambda: user.endpoint(
            SERVICE_TYPE, options.interface, options.region_name
        ),
        http_client.Limits(seconds, options.max_response_size),
        options,
        path=_API,
    )
