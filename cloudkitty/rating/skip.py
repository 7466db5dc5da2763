# SPDX-License-Identifier: Apache-2.0
"""Points that are dropped after rating, by the operator's expressions."""

import collections.abc
import decimal
import operator
import typing

from oslo_config import cfg

from cloudkitty import dataframe
from cloudkitty.common import exceptions
from cloudkitty.rating import base
from cloudkitty.rating import expression
from cloudkitty.rating import operations

_OPTION = "skip_datapoints_expression"


class Definition(typing.Protocol):
    """The attributes used of ``cloudkitty.collector.metrics.Metric``."""

    @property
    def key(self) -> str: ...

    @property
    def alt_name(self) -> str: ...

    @property
    def skip_expression(self) -> str | None: ...

    @property
    def position(self) -> int: ...


class Skip:
    """Evaluates whether to drop a point of one metric.

    :param metric: its name, for error texts.
    """

    def __init__(self, metric: str, evaluate: operations.Evaluate) -> None:
        self._metric = metric
        self._evaluate = evaluate

    def __call__(self, subject: operations.Subject) -> bool:
        """Return whether the expression is true for a rated point.

        :raises cloudkitty.rating.base.RatingError: if it cannot be
            evaluated for this point.
        """
        try:
            with decimal.localcontext(base.CONTEXT):
                return bool(self._evaluate(subject))
        except (LookupError, TypeError, ValueError, ArithmeticError) as error:
            # The text must not contain values of the point.
            what = type(error).__name__
            if isinstance(error, KeyError):
                what = f"the point has no {error}"
            raise base.RatingError(
                f"metric {self._metric}: {_OPTION}: {what}"
            ) from error

    def kept(
        self, points: collections.abc.Iterable[dataframe.DataPoint]
    ) -> list[dataframe.DataPoint]:
        """Return the points of one period that are not dropped, in order.

        :raises cloudkitty.rating.base.RatingError: as ``__call__``.
        """
        excluded: list[dataframe.DataPoint] = []
        filtered: list[dataframe.DataPoint] = []
        for point in points:
            subject = operations.Subject(
                point, self._metric, excluded, filtered
            )
            (excluded if self(subject) else filtered).append(point)
        return filtered


class Skips:
    """The expressions of all metrics.

    :param skips: ``alt_name`` to its ``Skip``; metrics of which no point is
        ever dropped are not included.
    """

    def __init__(self, skips: collections.abc.Mapping[str, Skip]) -> None:
        self._skips = skips

    def get(self, alt_name: str) -> Skip | None:
        """Return the ``Skip`` of a metric; None if it drops no point."""
        return self._skips.get(alt_name)

    def apply(self, frame: dataframe.DataFrame) -> dataframe.DataFrame:
        """Return the frame without the dropped points.

        Metrics without remaining points are omitted.

        :raises cloudkitty.rating.base.RatingError: if an expression cannot
            be evaluated.
        """
        if not self._skips and all(frame.usage.values()):
            return frame
        usage = {}
        for metric, points in frame.itertypes():
            skip = self._skips.get(metric)
            if skip is not None:
                points = skip.kept(points)
            if points:
                usage[metric] = points
        return dataframe.DataFrame(frame.start, frame.end, usage)


def compile_skips(
    conf: cfg.ConfigOpts,
    definitions: collections.abc.Iterable[Definition],
) -> Skips:
    """Compile the expressions of all metrics.

    Of definitions that share an ``alt_name``, the last one in the file
    counts. A metric without an expression of its own has that of
    ``[orchestrator] skip_datapoints_expression``.

    :raises cloudkitty.common.exceptions.InvalidConfiguration: for an
        expression with a construct that is not allowed; the text names the
        metric or the option, the construct, its position, and the allowed
        constructs.
    """
    default = _compile(
        conf.orchestrator.skip_datapoints_expression,
        f"[orchestrator] {_OPTION}",
    )
    skips: dict[str, Skip] = {}
    for definition in sorted(definitions, key=operator.attrgetter("position")):
        evaluate = default
        if definition.skip_expression is not None:
            evaluate = check(definition)
        skips.pop(definition.alt_name, None)
        if evaluate is not None:
            skips[definition.alt_name] = Skip(definition.alt_name, evaluate)
    return Skips(skips)


def check(definition: Definition) -> operations.Evaluate | None:
    """Compile the expression of one metric.

    :returns: None if it has none of its own, or one that is never true.
    :raises cloudkitty.common.exceptions.InvalidConfiguration: as
        ``compile_skips``.
    """
    if definition.skip_expression is None:
        return None
    return _compile(
        definition.skip_expression, f"metric {definition.key}: {_OPTION}"
    )


def _compile(text: str, place: str) -> operations.Evaluate | None:
    """Return the closure of an expression; None if it is never true.

    :param place: source of the expression, for error texts.
    """
    try:
        evaluate = expression.compile_expression(text)
    except exceptions.InvalidConfiguration as error:
        raise exceptions.InvalidConfiguration(f"{place}: {error}") from error
    # The default: evaluating it for every point would waste time.
    return None if text.strip() == "False" else evaluate
