# SPDX-License-Identifier: Apache-2.0
"""Options of ``[collect]``."""

from oslo_config import cfg

OPTS = [
    cfg.StrOpt(
        "collector",
        default="gnocchi",
        help="Collector: an entry point of cloudkitty.collector.backends. "
        "Part of lock names and of scope rows, so do not rename it lightly.",
    ),
    cfg.IntOpt(
        "period",
        default=3600,
        min=1,
        help="Length of a rating period in seconds, and of the pause between "
        "two looks for work. Periods are aligned to the Unix epoch. Tasks "
        "keep the period they were made with, and fail under another one; a "
        "scope goes on only where a period begins at the end of its rated "
        "data.",
    ),
    cfg.IntOpt(
        "wait_periods",
        default=2,
        min=0,
        help="A period is rated once this many periods have passed since it "
        "began: 2 is one period after its end.",
    ),
    cfg.StrOpt(
        "metrics_conf",
        default="/etc/cloudkitty/metrics.yml",
        help="File with the definitions of the metrics to rate.",
    ),
    cfg.StrOpt(
        "scope_key",
        default="project_id",
        help="Attribute that identifies a scope.",
    ),
]


def list_opts() -> list[tuple[str, list[cfg.Opt]]]:
    """Return the group and its options."""
    return [("collect", OPTS)]
