# SPDX-License-Identifier: Apache-2.0
"""The running requests to a collector for one window of some scopes."""

import collections.abc
import concurrent.futures
import datetime

from cloudkitty import dataframe
from cloudkitty.collector import base as collector_base
from cloudkitty.collector import metrics as ck_metrics
from cloudkitty.common import cancellation
from cloudkitty.common import clock as ck_clock
from cloudkitty.common import periods
from cloudkitty.orchestrator.engine import answers

#: Seconds between two heartbeats while waiting for the collector.
PULSE_SECONDS = 0.5

#: Called regularly during the work; raises to stop it.
Pulse = collections.abc.Callable[[], None]
#: The frames of each scope.
Parts = dict[str, answers.Part[dataframe.DataFrame]]


class Collection:
    """The running collection of one window of some scopes.

    :param scope_ids: the scopes asked for.
    :param asked: the metric of each pending request.
    :param timeout_seconds: for all requests together, from now on.
    :param cancelling: cancels the requests.
    """

    def __init__(
        self,
        scope_ids: collections.abc.Sequence[str],
        window: periods.Window,
        asked: dict[
            concurrent.futures.Future[answers.Answers], ck_metrics.Metric
        ],
        *,
        clock: ck_clock.Clock,
        period_seconds: int,
        timeout_seconds: int,
        cancelling: cancellation.Cancellation,
    ) -> None:
        self.window = window
        self._scope_ids = scope_ids
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

    def frames(self, pulse: Pulse) -> Parts:
        """Wait; return the unrated frames of each scope before an error.

        A frame for each period. Points of metrics that share an ``alt_name``
        are merged in the order of the metrics' keys. A period is complete if
        all metrics have answered for it.

        :param pulse: called regularly; raises to stop.
        """
        try:
            self._await(pulse)
        except _Unanswered as unanswered:
            return self._all_failed(unanswered.error)
        finally:
            # After a failure the other answers are not needed.
            self.cancel()
        answered = [
            (metric, future.result()) for future, metric in self._asked.items()
        ]
        try:
            return {
                scope_id: self._part(
                    [(metric, found[scope_id]) for metric, found in answered]
                )
                for scope_id in self._scope_ids
            }
        except collector_base.CollectError as error:
            return self._all_failed(error)

    def _all_failed(self, error: Exception) -> Parts:
        period = answers.failed_period(error, self.window)
        failure = answers.Failure(error, period or self.window)
        return dict.fromkeys(self._scope_ids, answers.Part([], failure))

    def _part(
        self, answered: list[tuple[ck_metrics.Metric, answers.Answer]]
    ) -> answers.Part[dataframe.DataFrame]:
        """Return the frames of one scope, and why later ones are missing."""
        window = self.window
        end = min((answer.end for _, answer in answered), default=window.end)
        failure = None
        for _, answer in answered:
            if answer.error is not None and answer.end == end:
                period = answers.failed_period(answer.error, window)
                rest = periods.Window(end, window.end)
                failure = answers.Failure(answer.error, period or rest)
                break
        return answers.Part(self._put_together(answered, end), failure)

    def _put_together(
        self,
        answered: list[tuple[ck_metrics.Metric, answers.Answer]],
        end: datetime.datetime,
    ) -> list[dataframe.DataFrame]:
        """Return a frame for each period before ``end``.

        :raises cloudkitty.collector.base.CollectError: if an answer contains a
            period outside the window.
        """
        known = {
            period.begin: dataframe.DataFrame(period.begin, period.end)
            for period in self.window.periods(self._period_seconds)
        }
        for metric, answer in answered:
            for period, points in answer.periods:
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
