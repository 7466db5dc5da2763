# SPDX-License-Identifier: Apache-2.0
"""Options of the collectors."""

from oslo_config import cfg

from cloudkitty.conf import gnocchi
from cloudkitty.conf import keystone

PROMETHEUS_OPTS = [
    cfg.StrOpt(
        "prometheus_url",
        default="",
        help="Base URL of the Prometheus API, including /api/v1.",
    ),
    cfg.StrOpt("prometheus_user", help="User of HTTP basic authentication."),
    cfg.StrOpt(
        "prometheus_password",
        secret=True,
        help="Password of HTTP basic authentication.",
    ),
    cfg.StrOpt("cafile", help="File with the CA certificates to trust."),
    cfg.BoolOpt(
        "insecure",
        default=False,
        help="Do not verify the certificate of the server. Ignored if cafile "
        "is set.",
    ),
    cfg.FloatOpt(
        "timeout",
        mutable=True,
        default=60,
        min=0,
        help="Timeout in seconds of one complete exchange with the server, "
        "from the connection to the last byte of the response. 0 means no "
        "timeout.",
    ),
    cfg.IntOpt(
        "max_response_size",
        mutable=True,
        default=256 * 1024 * 1024,
        min=1024,
        help="Maximum size of one response in bytes, after decompression. A "
        "larger response is an error; if it contains several periods, the "
        "query is repeated with fewer periods.",
    ),
]

OPENMETRICS_OPTS: list[cfg.Opt] = [
    cfg.StrOpt(
        "path",
        help="OpenMetrics text file that contains samples with timestamps.",
    ),
]

AETOS_OPTS: list[cfg.Opt] = [
    cfg.StrOpt(
        "interface",
        default="public",
        choices=["internal", "public", "admin"],
        help="Interface of the endpoint of type metric-storage in the service "
        "catalog.",
    ),
    cfg.StrOpt(
        "region_name",
        help="Region of the endpoint in the service catalog.",
    ),
    *keystone.OPTS,
]


def list_opts() -> list[tuple[str, list[cfg.Opt]]]:
    """Return the groups and their options."""
    return [
        ("collector_aetos", AETOS_OPTS),
        ("collector_gnocchi", gnocchi.OPTS),
        ("collector_prometheus", PROMETHEUS_OPTS),
        ("collector_openmetrics", OPENMETRICS_OPTS),
    ]
