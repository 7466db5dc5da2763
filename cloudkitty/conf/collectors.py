# SPDX-License-Identifier: Apache-2.0
"""Options of the collectors."""

from oslo_config import cfg

PROMETHEUS_OPTS = [
    cfg.StrOpt(
        "prometheus_url",
        default="",
        help="Base URL of the Prometheus API, /api/v1 included.",
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
        help="Do not verify the server's certificate. cafile wins over it.",
    ),
    cfg.FloatOpt(
        "timeout",
        default=60,
        min=0,
        help="Seconds for one whole exchange with the server: to connect, "
        "and for the headers and the last byte of the answer. 0 waits "
        "without limit.",
    ),
    cfg.IntOpt(
        "max_response_size",
        default=256 * 1024 * 1024,
        min=1024,
        help="The most bytes of one answer, after decompression. A larger "
        "one is an error; for several periods, fewer are asked for then.",
    ),
]

OPENMETRICS_OPTS: list[cfg.Opt] = [
    cfg.StrOpt(
        "path",
        help="OpenMetrics text file with timestamps that holds the samples.",
    ),
]


def list_opts() -> list[tuple[str, list[cfg.Opt]]]:
    """Return the groups and their options."""
    return [
        ("collector_prometheus", PROMETHEUS_OPTS),
        ("collector_openmetrics", OPENMETRICS_OPTS),
    ]
