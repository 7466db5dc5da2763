# SPDX-License-Identifier: Apache-2.0
"""Options of the fetchers."""

from oslo_config import cfg

from cloudkitty.conf import collectors
from cloudkitty.conf import gnocchi
from cloudkitty.conf import keystone

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

KEYSTONE_OPTS: list[cfg.Opt] = [
    cfg.StrOpt(
        "keystone_version",
        default="3",
        choices=[
            ("3", "the only version that Keystone has"),
            ("2", "refused at the start; accepted here for old files"),
        ],
        help="Version of the Identity API.",
    ),
    cfg.BoolOpt(
        "ignore_rating_role",
        default=False,
        help="Rate all projects, not only those on which the service user "
        "has the role rating.",
    ),
    cfg.BoolOpt(
        "ignore_disabled_tenants",
        default=False,
        help="Do not rate disabled projects.",
    ),
    *keystone.OPTS,
]

GNOCCHI_OPTS: list[cfg.Opt] = [
    cfg.StrOpt(
        "scope_attribute",
        default="project_id",
        help="Attribute of the resources that contains the scope identifier.",
    ),
    cfg.ListOpt(
        "resource_types",
        default=["generic"],
        help="Resource types that are searched. An empty list finds no scope.",
    ),
    *gnocchi.OPTS,
]


def list_opts() -> list[tuple[str, list[cfg.Opt]]]:
    """Return the groups and their options."""
    return [
        ("fetcher", FETCHER_OPTS),
        ("fetcher_gnocchi", GNOCCHI_OPTS),
        ("fetcher_keystone", KEYSTONE_OPTS),
        ("fetcher_source", SOURCE_OPTS),
        ("fetcher_prometheus", PROMETHEUS_OPTS),
    ]
