# SPDX-License-Identifier: Apache-2.0
"""The contract of collectors (stevedore ``cloudkitty.collector.backends``)."""

import abc
import collections.abc
import typing

from oslo_config import cfg

from cloudkitty import dataframe
from cloudkitty.collector import definitions as metric_definitions
from cloudkitty.collector import metrics
from cloudkitty.common import exceptions
from cloudkitty.common import periods


class CollectError(exceptions.CloudKittyError):
    """The collector's backend is unavailable or its answer is unusable.

    Its text names the metric and the cause, and never holds a secret: it is
    shown to API consumers as a task's last error.

    :param text: the cause.
    :param period: the period that failed, if only one did. The collector has
        returned every earlier period of the window before it raises.
    :param divisible: whether a request for fewer scopes or periods may
        succeed, as after an answer that was too large. False for a backend
        that cannot be reached, and if one period of one scope was requested.
    """

    def __init__(
        self,
        text: str | None = None,
        *,
        period: periods.Window | None = None,
        divisible: bool = False,
    ) -> None:
        super().__init__(text)
        self.period = period
        self.divisible = divisible


class Collected(typing.NamedTuple):
    """The points of a metric of one scope in one period.

    :param points: empty if there are no samples.
    :param error: why the scope has no usable points in this period; None if
        it has. Nothing follows for this scope, and ``points`` is empty.
    """

    scope_id: str
    period: periods.Window
    points: list[dataframe.DataPoint]
    error: CollectError | None = None


class Collector(abc.ABC):
    """Queries one backend for the quantities of a metric.

    Instances are used by several threads at once.

    :param conf: the service's options.
    :param definitions: the metrics of ``[collect] metrics_conf``.
    :raises cloudkitty.common.exceptions.InvalidConfiguration: at start, for
        options or a definition it cannot serve; the text names the metric.
    """

    #: Keys that a definition may have under ``extra_args``.
    extra_args: typing.ClassVar[metric_definitions.ExtraArgs] = {}

    def __init__(
        self,
        conf: cfg.ConfigOpts,
        definitions: collections.abc.Sequence[metrics.Metric],
    ) -> None:
        self.conf = conf
        self.definitions = definitions
        self.period_seconds: int = conf.collect.period

    @abc.abstractmethod
    def collect(
        self,
        metric: metrics.Metric,
        scope_ids: collections.abc.Sequence[str],
        window: periods.Window,
    ) -> collections.abc.Iterable[Collected]:
        """Return the points of each scope in each period of ``window``.

        Every scope and period is returned exactly once, the periods of a
        scope oldest first; scopes may be in any order. A period without
        samples has an empty list, which is not an error. An unusable value
        fails one scope and not the others: its preceding periods are
        returned, then one item with ``error``.

        :param scope_ids: at least one, each once.

        A collector that waits for a backend without
        ``cloudkitty.common.http`` registers a function that ends the wait
        with ``cloudkitty.common.cancellation.current().ending(...)``, if
        ``current()`` is not None: a cancelled collection must free its
        thread.

        :raises CollectError: if the backend cannot be queried for these
            scopes and this window.
        """


class ScopeCollector(Collector):
    """A collector that queries its backend for one scope at a time."""

    def collect(
        self,
        metric: metrics.Metric,
        scope_ids: collections.abc.Sequence[str],
        window: periods.Window,
    ) -> collections.abc.Iterator[Collected]:
        for scope_id in scope_ids:
            try:
                found = self.collect_scope(metric, scope_id, window)
                for period, points in found:
                    yield Collected(scope_id, period, points)
            except CollectError as error:
                if error.period is None:
                    raise
                yield Collected(scope_id, error.period, [], error)

    @abc.abstractmethod
    def collect_scope(
        self,
        metric: metrics.Metric,
        scope_id: str,
        window: periods.Window,
    ) -> collections.abc.Iterable[
        tuple[periods.Window, list[dataframe.DataPoint]]
    ]:
        """Return each period of ``window`` with its points, oldest first.

        :raises CollectError: if the backend cannot be queried; or, with
            ``period`` and after the preceding periods, for a period with an
            unusable value.
        """
