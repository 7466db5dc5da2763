# SPDX-License-Identifier: Apache-2.0
"""Options of the fetchers."""

from oslo_config import cfg

from cloudkitty.conf import collectors

FETCHER_OPTS: list[cfg.Opt] = [
    cfg.StrOpt(
        "backend",
        default="keystone",
        help="Fetcher: an entry point of cloudkitty.fetchers.",
    ),
]

SOURCE_OPTS: list[cfg.Opt] = [
    cfg.ListOpt("sources", default=[], help="Scope identifiers."),
]

PROMETHEUS_OPTS = [
    cfg.StrOpt("metric", help="Metric from which the scopes are read."),
    cfg.StrOpt(
        "scope_attribute",
        default="project_id",
        help="Label of the metric that contains the scope identifier.",
    ),
    cfg.DictOpt(
        "filters",
        default={},
        help="Labels and required values by which the series are filtered.",
    ),
    *collectors.PROMETHEUS_OPTS,
]


def list_opts() -> list[tuple[str, list[cfg.Opt]]]:
    """Return the groups and their options."""
    return [
        ("fetcher", FETCHER_OPTS),
        ("fetcher_source", SOURCE_OPTS),
        ("fetcher_prometheus", PROMETHEUS_OPTS),
    ]
