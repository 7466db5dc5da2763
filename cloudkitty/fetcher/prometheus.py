# SPDX-License-Identifier: Apache-2.0
"""Scopes from the values of a label of a metric in Prometheus."""

from oslo_config import cfg

from cloudkitty.common import exceptions
from cloudkitty.common.prometheus import client as prometheus_client
from cloudkitty.common.prometheus import promql
from cloudkitty.fetcher import base

GROUP = "fetcher_prometheus"


class PrometheusFetcher(base.Fetcher):
    """Reads the values of ``scope_attribute`` in the series of a metric."""

    def __init__(self, conf: cfg.ConfigOpts) -> None:
        super().__init__(conf)
        options = conf[GROUP]
        self._label: str = options.scope_attribute
        if not options.metric:
            raise exceptions.InvalidConfiguration(
                f"[{GROUP}] metric is not set"
            )
        if not promql.label_name_ok(self._label):
            raise exceptions.InvalidConfiguration(
                f"[{GROUP}] scope_attribute: {self._label!r} is not a "
                f"Prometheus label name"
            )
        try:
            series = promql.selector(options.metric, options.filters)
        except ValueError as err:
            raise exceptions.InvalidConfiguration(f"[{GROUP}] {err}") from err
        self.query = f"max({series}) by ({self._label})"
        self._client = prometheus_client.Client(options, GROUP)

    def describe(self) -> str:
        return f"prometheus query={self.query}"

    def get_scopes(self) -> list[str]:
        """Return the sorted values of the label; ignore series without it.

        :raises cloudkitty.fetcher.base.FetchError: if the query fails.
        """
        try:
            result = self._client.query(self.query)
        except prometheus_client.PrometheusError as err:
            raise base.FetchError(f"scopes: {err}") from err
        found = {series["metric"].get(self._label) for series in result}
        return sorted(text for text in found if text)
