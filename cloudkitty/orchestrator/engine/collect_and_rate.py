# SPDX-License-Identifier: Apache-2.0
"""Collect and rate: the engine of both live rating and reprocessing.

It writes nothing. The callers (``live``, ``reprocess``) choose the windows,
and ``writing`` stores the results.
"""

import collections.abc
import concurrent.futures
import dataclasses
import datetime
import typing

from oslo_config import cfg

from cloudkitty import dataframe
from cloudkitty.collector import base as collector_base
from cloudkitty.collector import metrics as ck_metrics
from cloudkitty.common import cancellation
from cloudkitty.common import clock as ck_clock
from cloudkitty.common import exceptions
from cloudkitty.common import periods
from cloudkitty.orchestrator.engine import answers
from cloudkitty.rating import base as rating_base
from cloudkitty.rating import loader as rating_loader
from cloudkitty.rating import skip

#: Seconds between two heartbeats while waiting for the collector.
PULSE_SECONDS = 0.5

#: Called regularly during the work; raises to stop it.
Pulse = collections.abc.Callable[[], None]
T = typing.TypeVar("T")


class UnknownMetric(exceptions.CloudKittyError):
    """A requested metric has no definition."""


@dataclasses.dataclass(frozen=True, slots=True)
class RatedPeriod:
    """One rated period.

    :param frame: its points after rating and skipping; may be empty.
    :param collected: number of points returned by the collector, before
        skipping. If it is zero, nothing is known about the period.
    :param metrics: names of the metrics with collected points.
    """

    frame: dataframe.DataFrame
    collected: int
    metrics: frozenset[str] = frozenset()


@dataclasses.dataclass(frozen=True, slots=True)
class Part(typing.Generic[T]):
    """The successful periods at the beginning of a chunk.

    :param periods: consecutive, oldest first.
    :param failure: why later periods are missing; None if the chunk is
        complete.
    """

    periods: list[T]
    failure: answers.Failure | None = None


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
        scope_id: str,
        window: periods.Window,
        metrics: collections.abc.Sequence[ck_metrics.Metric],
    ) -> "Collection":
        """Begin to collect ``window`` and return immediately.

        :param metrics: the metrics to collect, from ``select_metrics``.
        """

        cancelling = cancellation.Cancellation()

        def ask(metric: ck_metrics.Metric) -> answers.Answer:
            with cancelling.entered():
                return answers.ask(self._collector, metric, scope_id, window)

        asked = {
            self._executor.submit(ask, metric): metric for metric in metrics
        }
        return Collection(
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
        pulse: Pulse,
    ) -> Part[RatedPeriod]:
        """Return the rated frames, up to the first one that fails.

        :param chain: the scope's rating modules.
        :param pulse: called for each frame; raises to stop.
        """
        rated: list[RatedPeriod] = []
        for frame in frames:
            pulse()
            try:
                rated.append(self.rate_frame(frame, chain))
            # Any error, of a rule or a module, belongs to this period.
            except Exception as error:
                return Part(rated, answers.Failure(error, frame.period))
        return Part(rated)

    def rate_frame(
        self, frame: dataframe.DataFrame, chain: rating_loader.Chain
    ) -> RatedPeriod:
        """Return the rated frame without the points to be skipped.

        A period without points is not rated: no rule can price it.

        :raises cloudkitty.rating.base.RatingError: if a rule cannot be
            applied; the text names the period.
        """
        collected = len(frame)
        if not collected:
            return RatedPeriod(frame, 0)
        # Determined before a rating module or an expression drops points.
        metrics = frozenset(name for name, found in frame.itertypes() if found)
        try:
            rated = self._skips.apply(chain.rate(frame))
        except rating_base.RatingError as error:
            raise rating_base.RatingError(
                f"period {frame.start}: {error}"
            ) from error
        return RatedPeriod(rated, collected, metrics)


class Collection:
    """The running collection of one window.

    :param asked: the metric of each pending request.
    :param timeout_seconds: for all requests together, from now on.
    :param cancelling: cancels the requests.
    """

    def __init__(
        self,
        window: periods.Window,
        asked: dict[
            concurrent.futures.Future[answers.Answer], ck_metrics.Metric
        ],
        *,
        clock: ck_clock.Clock,
        period_seconds: int,
        timeout_seconds: int,
        cancelling: cancellation.Cancellation,
    ) -> None:
        self.window = window
        self._asked = asked
        self._clock = clock
        self._period_seconds = period_seconds
        self._timeout_seconds = timeout_seconds
        self._cancelling = cancelling
        self._give_up_at = clock.monotonic() + timeout_seconds

    def cancel(self) -> None:
        """Cancel the requests: their answers are no longer needed.

        Running requests are interrupted, which frees their threads, if the
        collector uses ``common.http`` or checks
        ``common.cancellation.current``.
        """
        for future in self._asked:
            future.cancel()
        self._cancelling.cancel()

    def frames(self, pulse: Pulse) -> Part[dataframe.DataFrame]:
        """Wait; return one unrated frame for each period before an error.

        Points of metrics that share an ``alt_name`` are merged in the order of
        the metrics' keys. A period is complete if all metrics have answered
        for it.

        :param pulse: called regularly; raises to stop.
        """
        window = self.window
        try:
            self._await(pulse)
        except _Unanswered as unanswered:
            error = unanswered.error
            period = answers.failed_period(error, window)
            return Part([], answers.Failure(error, period or window))
        finally:
            # After a failure the other answers are not needed.
            self.cancel()
        answered = [future.result() for future in self._asked]
        end = min((answer.end for answer in answered), default=window.end)
        failure = None
        for answer in answered:
            if answer.error is not None and answer.end == end:
                period = answers.failed_period(answer.error, window)
                rest = periods.Window(end, window.end)
                failure = answers.Failure(answer.error, period or rest)
                break
        try:
            return Part(self._put_together(end), failure)
        except collector_base.CollectError as error:
            return Part([], answers.Failure(error, window))

    def _put_together(
        self, end: datetime.datetime
    ) -> list[dataframe.DataFrame]:
        """Return a frame for each period before ``end``.

        :raises cloudkitty.collector.base.CollectError: if an answer contains a
            period outside the window.
        """
        known = {
            period.begin: dataframe.DataFrame(period.begin, period.end)
            for period in self.window.periods(self._period_seconds)
        }
        for future, metric in self._asked.items():
            for period, points in future.result().periods:
                frame = known.get(period.begin)
                if frame is None:
                    raise collector_base.CollectError(
                        f"metric {metric.key}: the collector answered for "
                        f"{period.begin}, which it was not asked for"
                    )
                if points:
                    frame.add_points(points, metric.alt_name)
        return [frame for frame in known.values() if frame.start < end]

    def _await(self, pulse: Pulse) -> None:
        """Wait until all metrics have answered or one has failed entirely.

        :raises _Unanswered: if one has failed entirely.
        """
        pending = set(self._asked)
        while pending:
            done, pending = concurrent.futures.wait(
                pending,
                timeout=PULSE_SECONDS,
                return_when=concurrent.futures.FIRST_EXCEPTION,
            )
            for future in done:
                try:
                    future.result()
                except Exception as error:
                    raise _Unanswered(error) from error
            pulse()
            if pending and self._clock.monotonic() >= self._give_up_at:
                late = sorted(self._asked[future].key for future in pending)
                timeout = datetime.timedelta(seconds=self._timeout_seconds)
                raise _Unanswered(
                    answers.NoAnswer(
                        f"metric {late[0]}: no answer within {timeout}",
                        divisible=True,
                    )
                )


class _Unanswered(Exception):
    """A metric failed without one complete period.

    :param error: the collector's error.
    """

    def __init__(self, error: Exception) -> None:
        super().__init__(str(error))
        self.error = error


def keep_only(
    period: RatedPeriod, alt_names: collections.abc.Collection[str]
) -> RatedPeriod:
    """Return the period with only the given metrics.

    Rating modules may add metrics that were not collected.
    """
    frame = period.frame
    usage = {
        name: points for name, points in frame.itertypes() if name in alt_names
    }
    return dataclasses.replace(
        period, frame=dataframe.DataFrame(frame.start, frame.end, usage)
    )


def count_points(
    rated: collections.abc.Iterable[RatedPeriod],
) -> int:
    """Return the number of points collected for these periods."""
    return sum(period.collected for period in rated)
