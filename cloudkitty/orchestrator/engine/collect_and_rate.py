# SPDX-License-Identifier: Apache-2.0
"""Collect and rate: the engine of both live rating and reprocessing.

It writes nothing: ``pipeline`` calls it chunk by chunk, and ``writer`` stores
the results.
"""

import collections.abc
import concurrent.futures

from oslo_config import cfg

from cloudkitty import dataframe
from cloudkitty.collector import base as collector_base
from cloudkitty.collector import metrics as ck_metrics
from cloudkitty.common import cancellation
from cloudkitty.common import clock as ck_clock
from cloudkitty.common import exceptions
from cloudkitty.common import periods
from cloudkitty.orchestrator import measures
from cloudkitty.orchestrator.engine import answers
from cloudkitty.orchestrator.engine import collection
from cloudkitty.orchestrator.engine import rated_periods
from cloudkitty.rating import base as rating_base
from cloudkitty.rating import loader as rating_loader
from cloudkitty.rating import skip


class UnknownMetric(exceptions.CloudKittyError):
    """A requested metric has no definition."""


class Engine:
    """Collects and rates windows of scopes.

    :param conf: the service's options.
    :param collector: returns the quantities.
    :param clock: measures the duration of collections.
    :param executor: runs the collections; ended by ``close``. None creates
        ``[orchestrator] max_threads`` threads.
    """

    def __init__(
        self,
        conf: cfg.ConfigOpts,
        collector: collector_base.Collector,
        clock: ck_clock.Clock,
        executor: concurrent.futures.Executor | None = None,
    ) -> None:
        self._collector = collector
        self._clock = clock
        self._period_seconds: int = conf.collect.period
        self._timeout: int = conf.orchestrator.collector_request_timeout
        self._skips = skip.compile_skips(conf, collector.definitions)
        # Shared by all work of this process.
        self._executor = executor or concurrent.futures.ThreadPoolExecutor(
            conf.orchestrator.max_threads, thread_name_prefix="collect"
        )

    def close(self) -> None:
        """End the threads without waiting for unanswered requests."""
        self._executor.shutdown(wait=False, cancel_futures=True)

    def select_metrics(
        self,
        alt_names: collections.abc.Collection[str] | None,
        *,
        undefined: bool = False,
    ) -> list[ck_metrics.Metric]:
        """Return the definitions of ``alt_names``, sorted by key.

        :param alt_names: None selects every metric.
        :param undefined: skip names without a definition instead of raising.
        :raises UnknownMetric: if a name no longer has a definition.
        """
        definitions = sorted(
            self._collector.definitions, key=lambda metric: metric.key
        )
        if alt_names is None:
            return definitions
        missing = set(alt_names) - {metric.alt_name for metric in definitions}
        if missing and not undefined:
            raise UnknownMetric(
                f"metric {', '.join(sorted(missing))}: there is no "
                "definition in [collect] metrics_conf"
            )
        return [
            metric for metric in definitions if metric.alt_name in alt_names
        ]

    def start(
        self,
        scope_ids: collections.abc.Sequence[str],
        window: periods.Window,
        metrics: collections.abc.Sequence[ck_metrics.Metric],
    ) -> collection.Collection:
        """Begin to collect ``window`` and return immediately.

        One request for each metric, whatever the number of scopes.

        :param scope_ids: at least one, each once.
        :param metrics: the metrics to collect, from ``select_metrics``.
        """

        cancelling = cancellation.Cancellation()

        def ask(metric: ck_metrics.Metric) -> answers.Answers:
            with cancelling.entered(), measures.phase(measures.COLLECT):
                return answers.ask(self._collector, metric, scope_ids, window)

        asked = {
            self._executor.submit(ask, metric): metric for metric in metrics
        }
        return collection.Collection(
            scope_ids,
            window,
            asked,
            clock=self._clock,
            period_seconds=self._period_seconds,
            timeout_seconds=self._timeout,
            cancelling=cancelling,
        )

    def rate_frames(
        self,
        frames: collections.abc.Iterable[dataframe.DataFrame],
        chain: rating_loader.Chain,
        pulse: collection.Pulse,
    ) -> answers.Part[rated_periods.RatedPeriod]:
        """Return the rated frames, up to the first one that fails.

        :param chain: the scope's rating modules.
        :param pulse: called for each frame; raises to stop.
        """
        rated: list[rated_periods.RatedPeriod] = []
        for frame in frames:
            pulse()
            try:
                rated.append(self.rate_frame(frame, chain))
            # Any error, of a rule or a module, belongs to this period.
            except Exception as error:
                return answers.Part(
                    rated, answers.Failure(error, frame.period)
                )
        return answers.Part(rated)

    def rate_frame(
        self, frame: dataframe.DataFrame, chain: rating_loader.Chain
    ) -> rated_periods.RatedPeriod:
        """Return the rated frame without the points to be skipped.

        A period without points is not rated: no rule can price it.

        :raises cloudkitty.rating.base.RatingError: if a rule cannot be
            applied; the text names the period.
        """
        collected = len(frame)
        if not collected:
            return rated_periods.RatedPeriod(frame, 0)
        # Determined before a rating module or an expression drops points.
        metrics = frozenset(name for name, found in frame.itertypes() if found)
        try:
            rated = self._skips.apply(chain.rate(frame))
        except rating_base.RatingError as error:
            raise rating_base.RatingError(
                f"period {frame.start}: {error}"
            ) from error
        return rated_periods.RatedPeriod(rated, collected, metrics)
