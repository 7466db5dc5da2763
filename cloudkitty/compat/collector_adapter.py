# SPDX-License-Identifier: Apache-2.0
"""Call a collector of CloudKitty 25, period by period."""

import collections.abc
import functools
import typing

from oslo_config import cfg

from cloudkitty import dataframe
from cloudkitty.collector import base
from cloudkitty.collector import definitions as metric_definitions
from cloudkitty.collector import metrics
from cloudkitty.common import cancellation
from cloudkitty.common import exceptions
from cloudkitty.common import periods
from cloudkitty.compat import collector
from cloudkitty.compat import convert
from cloudkitty.compat import process


class CollectorAdapter(base.ScopeCollector):
    """Calls a collector of upstream.

    The collector checks the metrics file too, and decides which metrics are
    collected. Times are in UTC.

    :raises cloudkitty.common.exceptions.InvalidConfiguration: if the plugin
        cannot be constructed or defines a metric that the file does not
        have.
    """

    extra_args = metric_definitions.ANY_EXTRA_ARGS
    plugin_class: typing.ClassVar[type[collector.BaseCollector]]

    def __init__(
        self,
        conf: cfg.ConfigOpts,
        definitions: collections.abc.Sequence[metrics.Metric],
    ) -> None:
        process.use(conf)
        content = collector.read_metrics(conf)
        try:
            self._plugin = self.plugin_class(
                period=conf.collect.period, conf=content
            )
            keys = set(self._plugin.conf)
        # A plugin may raise anything.
        except Exception as error:
            raise exceptions.InvalidConfiguration(
                f"[collect] collector = {conf.collect.collector}: "
                f"{type(error).__name__}: {error}"
            ) from error
        super().__init__(
            conf, [metric for metric in definitions if metric.key in keys]
        )
        parsed = metric_definitions.parse(
            content, conf.collect.scope_key, self.extra_args
        )
        unknown = keys - {metric.key for metric in parsed}
        if unknown:
            raise exceptions.InvalidConfiguration(
                f"[collect] collector = {conf.collect.collector}: it defines "
                f"{', '.join(sorted(map(str, unknown)))}, which "
                f"{conf.collect.metrics_conf} does not"
            )

    def collect_scope(
        self,
        metric: metrics.Metric,
        scope_id: str,
        window: periods.Window,
    ) -> collections.abc.Iterator[
        tuple[periods.Window, list[dataframe.DataPoint]]
    ]:
        """Yield each period of ``window`` with its points, oldest first.

        :raises cloudkitty.collector.base.CollectError: for every error of the
            plugin, with the period.
        """
        cancelled = cancellation.current()
        for period in window.periods(self.period_seconds):
            if cancelled is not None and cancelled.cancelled:
                raise base.CollectError(f"metric {metric.key}: cancelled")
            yield period, self._collect_period(metric, scope_id, period)

    def _collect_period(
        self, metric: metrics.Metric, scope_id: str, period: periods.Window
    ) -> list[dataframe.DataPoint]:
        try:
            name, found = self._plugin.retrieve(
                metric.key, period.begin, period.end, scope_id
            )
            points = convert.incoming([(name, found)])[name]
        except collector.NoDataCollected:
            return []
        except (exceptions.CloudKittyError, convert.Unusable) as error:
            raise _error(metric, period, str(error)) from error
        # A plugin may raise anything. The text of a foreign error may contain
        # a password, so it is only in the log.
        except Exception as error:
            raise _error(metric, period, type(error).__name__) from error
        if name != metric.alt_name:
            raise _error(metric, period, f"the collector names it {name}")
        return points


def _error(
    metric: metrics.Metric, period: periods.Window, text: str
) -> base.CollectError:
    return base.CollectError(f"metric {metric.key}: {text}", period=period)


@functools.cache
def make(plugin: type[collector.BaseCollector]) -> type[CollectorAdapter]:
    """Return the collector of this service that calls ``plugin``."""
    return type(
        f"{plugin.__name__}Adapter",
        (CollectorAdapter,),
        {"plugin_class": plugin},
    )
