# SPDX-License-Identifier: Apache-2.0
"""Collectors' answers: the periods before an error are kept.

A chunk is only a unit of transfer. The periods that a collector returned
before it failed are complete; the error belongs to the missing periods.
"""

import collections.abc
import dataclasses
import datetime
import typing

from cloudkitty import dataframe
from cloudkitty.collector import base as collector_base
from cloudkitty.collector import metrics as ck_metrics
from cloudkitty.common import exceptions
from cloudkitty.common import periods

T = typing.TypeVar("T")
Collected = list[tuple[periods.Window, list[dataframe.DataPoint]]]


class NoAnswer(collector_base.CollectError):
    """A collection took longer than ``collector_request_timeout``."""


@dataclasses.dataclass(frozen=True, slots=True)
class Answer:
    """The answer of a collector for one metric and scope.

    :param periods: the returned periods, with their points.
    :param end: end of the last complete period.
    :param error: why the answer is incomplete; None if it is complete.
    """

    periods: Collected
    end: datetime.datetime
    error: Exception | None = None


#: The answer for each scope that was asked for.
Answers = dict[str, Answer]


@dataclasses.dataclass(frozen=True, slots=True)
class Failure:
    """The error that ended a chunk before its end.

    :param error: raised after the periods before it are stored.
    :param window: the period that failed; several periods if the error does
        not concern a single period, such as an unreachable backend.
    """

    error: Exception
    window: periods.Window

    @property
    def divisible(self) -> bool:
        """Whether a request for fewer periods may succeed.

        An error other than ``CollectError`` is a fault of the collector: it
        could not handle the data of one period.
        """
        if isinstance(self.error, collector_base.CollectError):
            return self.error.divisible
        return True

    def named(self, period_seconds: int) -> Exception:
        """Return the error; its text names the period if only one failed."""
        error, begin = self.error, self.window.begin
        if self.window.period_count(period_seconds) != 1:
            return error
        if not isinstance(error, exceptions.CloudKittyError):
            # Shown with the traceback in the log.
            error.add_note(f"period {begin}")
        elif isinstance(error, collector_base.CollectError) and str(
            begin
        ) not in str(error):
            named = collector_base.CollectError(
                f"period {begin}: {error}",
                period=self.window,
                divisible=error.divisible,
            )
            named.__cause__ = error
            return named
        return error


@dataclasses.dataclass(frozen=True, slots=True)
class Part(typing.Generic[T]):
    """The successful periods of one scope at the beginning of a chunk.

    :param periods: consecutive, oldest first.
    :param failure: why later periods are missing; None if the chunk is
        complete.
    """

    periods: list[T]
    failure: Failure | None = None


def ask(
    collector: collector_base.Collector,
    metric: ck_metrics.Metric,
    scope_ids: collections.abc.Sequence[str],
    window: periods.Window,
) -> Answers:
    """Collect ``window``; later errors are in the answers of the scopes.

    :param scope_ids: the scopes asked for, each once.
    :raises Exception: the collector's error, if no scope has a complete
        period.
    """
    found: dict[str, Collected] = {scope_id: [] for scope_id in scope_ids}
    failed: dict[str, Answer] = {}
    try:
        # A collector may be a generator that fails between two periods.
        for scope_id, period, points, error in collector.collect(
            metric, scope_ids, window
        ):
            mine = found.get(scope_id)
            if mine is None:
                raise collector_base.CollectError(
                    f"metric {metric.key}: the collector answered for another "
                    "scope, which it was not asked for"
                )
            if error is not None:
                failed[scope_id] = _incomplete(mine, error, window)
            else:
                mine.append((period, points))
    except Exception as error:
        complete = {
            scope_id: Answer(mine, window.end)
            for scope_id, mine in found.items()
            if _is_complete(mine, window)
        }
        answers = {
            scope_id: complete.get(scope_id)
            or failed.get(scope_id)
            or _incomplete(mine, error, window)
            for scope_id, mine in found.items()
        }
        if all(answer.end == window.begin for answer in answers.values()):
            raise
        return answers
    answers = {
        scope_id: failed.get(scope_id) or Answer(mine, window.end)
        for scope_id, mine in found.items()
    }
    if len(answers) == 1:
        [answer] = answers.values()
        if answer.error is not None and answer.end == window.begin:
            raise answer.error
    return answers


def failed_period(
    error: Exception, window: periods.Window
) -> periods.Window | None:
    """Return the period inside ``window`` that the error names, if any."""
    if not isinstance(error, collector_base.CollectError):
        return None
    period = error.period
    if period is None or not window.begin <= period.begin < window.end:
        return None
    return period


def _incomplete(
    found: Collected, error: Exception, window: periods.Window
) -> Answer:
    """Return the answer of a scope that ends with an error."""
    period = failed_period(error, window)
    if period is not None:
        return Answer(found, period.begin, error)
    end = max((period.end for period, _ in found), default=window.begin)
    return Answer(found, end, error)


def _is_complete(found: Collected, window: periods.Window) -> bool:
    return bool(found) and found[-1][0].end >= window.end
