# SPDX-License-Identifier: Apache-2.0
"""The PromQL of one metric and scope, as upstream's collector writes it."""

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
    args = metric.extra_args
    method = args["aggregation_method"]
    series = promql.selector(metric.name, {scope_key: scope_id})
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
