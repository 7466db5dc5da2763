# SPDX-License-Identifier: Apache-2.0
"""Options of ``[collect]``."""

from oslo_config import cfg

OPTS = [
    cfg.StrOpt(
        "collector",
        default="gnocchi",
        help="Collector: an entry point of cloudkitty.collector.backends. The "
        "name is stored with the scopes and is a part of lock names: another "
        "name means other scopes.",
    ),
    cfg.IntOpt(
        "period",
        default=3600,
        min=1,
        help="Length of a rating period in seconds, and the interval between "
        "two cycles of live rating. Periods are aligned to the Unix epoch. A "
        "task stores the period with which it was created and fails if the "
        "period changes. After a change, a scope is rated only if a period "
        "begins at the end of its rated data.",
    ),
    cfg.IntOpt(
        "wait_periods",
        default=2,
        min=0,
        help="Number of periods from the begin of a period to its rating: 2 "
        "rates a period one period after its end.",
    ),
    cfg.StrOpt(
        "metrics_conf",
        default="/etc/cloudkitty/metrics.yml",
        help="File with the definitions of the rated metrics.",
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
