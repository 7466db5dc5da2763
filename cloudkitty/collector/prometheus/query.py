# SPDX-License-Identifier: Apache-2.0
"""The PromQL of one metric, as upstream's collector writes it.

Upstream's query is for one scope. ``build_for_any`` differs from it only in
the matcher of the scope key, by which the series are grouped anyway.
"""

import collections.abc
import re

from cloudkitty.collector import definitions
from cloudkitty.collector import metrics
from cloudkitty.common import exceptions
from cloudkitty.common.prometheus import promql

EXTRA_ARGS = {
    "aggregation_method": definitions.ExtraArg(
        default="max",
        choices=("avg", "count", "max", "min", "stddev", "stdvar", "sum"),
    ),
    "query_function": definitions.ExtraArg(
        choices=(
            "abs",
            "ceil",
            "exp",
            "floor",
            "ln",
            "log2",
            "log10",
            "round",
            "sqrt",
        ),
    ),
    "range_function": definitions.ExtraArg(
        choices=(
            "changes",
            "delta",
            "deriv",
            "idelta",
            "irange",
            "irate",
            "rate",
        ),
    ),
    "query_prefix": definitions.ExtraArg(default=""),
    "query_suffix": definitions.ExtraArg(default=""),
}
#: Numbers, operators, brackets, and functions of each value by itself.
_BY_VALUE = re.compile(
    r"""(?:
    \s | [-+*/%^(),<>] | [<>=!]= | \bbool\b
    | (?<![\w.]) (?:\d+(?:\.\d*)?|\.\d+) (?:e[-+]?\d+)? (?![\w.])
    | \b(?:abs|ceil|clamp|clamp_max|clamp_min|exp|floor|ln|log2|log10|round
        |sgn|sqrt)\s*\(
    )*""",
    re.VERBOSE | re.ASCII | re.IGNORECASE,
)


def check(metric: metrics.Metric) -> None:
    """Refuse a definition whose names are not valid in PromQL.

    :raises cloudkitty.common.exceptions.InvalidConfiguration: names metric
        and attribute.
    """
    if not promql.metric_name_ok(metric.name):
        raise exceptions.InvalidConfiguration(
            f"metric {metric.name}: not a Prometheus metric name"
        )
    for name in metric.attributes:
        if not promql.label_name_ok(name):
            raise exceptions.InvalidConfiguration(
                f"metric {metric.name}: {name!r} is not a Prometheus label "
                f"name"
            )


def build(
    metric: metrics.Metric, scope_key: str, scope_id: str, seconds: int
) -> str:
    """Return the query whose value at t is that of the period up to t.

    :param seconds: length of a period.
    """
    series = promql.selector(metric.name, {scope_key: scope_id})
    return _around(metric, series, seconds)


def build_for_any(
    metric: metrics.Metric,
    scope_key: str,
    scopes: collections.abc.Iterable[str],
    seconds: int,
) -> str:
    """Return the query for several scopes of a metric that is joinable.

    :param scopes: as ``promql.literal`` returns them.
    :param seconds: length of a period.
    """
    series = promql.selector_of_any(metric.name, scope_key, scopes)
    return _around(metric, series, seconds)


def joinable(metric: metrics.Metric) -> bool:
    """Return whether one query for several scopes has their values.

    The operator's own text must change each value by itself and keep its
    labels. What ``_BY_VALUE`` allows does: the text has no second vector,
    and no function or aggregation over several series.
    """
    args = metric.extra_args
    return all(
        _BY_VALUE.fullmatch(args[key] or "")
        for key in ("query_prefix", "query_suffix")
    )


def _around(metric: metrics.Metric, series: str, seconds: int) -> str:
    args = metric.extra_args
    method = args["aggregation_method"]
    function = args["range_function"] or f"{method}_over_time"
    query = f"{function}({series}[{seconds}s])"
    if args["query_function"]:
        query = f"{args['query_function']}({query})"
    labels = ", ".join(metric.attributes)
    query = f"{method}({query}) by ({labels})"
    if args["query_prefix"]:
        query = f"{args['query_prefix']} {query}"
    if args["query_suffix"]:
        query = f"{query} {args['query_suffix']}"
    return query
