# SPDX-License-Identifier: Apache-2.0
"""Options of ``[orchestrator]``."""

from oslo_concurrency import processutils
from oslo_config import cfg

OPTS = [
    cfg.StrOpt(
        "coordination_url",
        default="file:///var/lib/cloudkitty/locks",
        secret=True,
        help="tooz backend of the scope locks. All processors of one "
        "deployment must use the same backend.",
    ),
    cfg.IntOpt(
        "max_workers",
        default=processutils.get_worker_count(),
        sample_default="<number of CPUs>",
        min=0,
        help="Number of processes that rate new periods; may be 0.",
    ),
    cfg.IntOpt(
        "max_workers_reprocessing",
        default=processutils.get_worker_count(),
        sample_default="<number of CPUs>",
        min=0,
        help="Number of processes that execute reprocessing tasks; may be 0.",
    ),
    cfg.IntOpt(
        "rpc_workers",
        default=1,
        min=0,
        help="Number of processes that serve requests of the API on the "
        "message bus (quotes, resets of scopes); may be 0. No process is "
        "started if transport_url is fake://, which does not connect "
        "processes: the API then serves these requests itself.",
    ),
    cfg.IntOpt(
        "max_threads",
        mutable=True,
        default=16,
        min=1,
        deprecated_name="max_greenthreads",
        help="Number of threads with which one worker queries the collector.",
    ),
    cfg.StrOpt(
        "skip_datapoints_expression",
        default="False",
        help="Expression over 'datapoint' and a few other names. Points for "
        "which it is true are dropped after rating. A metric may have its "
        "own expression. The processor does not start if the expression "
        "contains an element that is not allowed.",
    ),
    cfg.IntOpt(
        "collector_request_timeout",
        mutable=True,
        default=300,
        min=30,
        help="Timeout in seconds of the collection of all metrics of one "
        "chunk.",
    ),
    cfg.IntOpt(
        "reprocess_poll_interval",
        mutable=True,
        min=1,
        sample_default="<[collect] period>",
        help="Interval in seconds between two searches for reprocessing "
        "tasks. [collect] period if it is not set.",
    ),
    cfg.IntOpt(
        "reprocess_max_attempts",
        mutable=True,
        default=10,
        min=1,
        help="Number of consecutive attempts without progress after which a "
        "task is 'failed'. Its last_error contains the cause.",
    ),
    cfg.IntOpt(
        "reprocess_backoff",
        mutable=True,
        default=5,
        min=1,
        help="Delay in seconds from the first failed attempt to the next "
        "one. It is doubled after each further failure, up to "
        "reprocess_max_backoff. Live rating retries failed scopes with the "
        "same delays until its next cycle.",
    ),
    cfg.IntOpt(
        "reprocess_max_backoff",
        mutable=True,
        default=3600,
        min=1,
        help="Maximum delay in seconds from a failed attempt to the next one.",
    ),
    cfg.IntOpt(
        "lease_seconds",
        default=120,
        min=1,
        help="Seconds after which the claim of a processor on a task expires "
        "unless it is renewed. If a processor dies, another one continues "
        "its task after this time.",
    ),
    cfg.IntOpt(
        "task_retention_days",
        default=0,
        min=0,
        help="Days after which the processor deletes finished reprocessing "
        "tasks, with their events, totals and notes. Numbers from 1 to 6 "
        "count as 7, the time for which the keys of requests are known. 0 "
        "keeps them for ever.",
    ),
    cfg.IntOpt(
        "chunk_points",
        mutable=True,
        default=20000,
        min=1,
        help="Approximate number of points in one transaction of a rating "
        "run. It limits the memory independently of the window.",
    ),
]


def list_opts() -> list[tuple[str, list[cfg.Opt]]]:
    """Return the group and its options."""
    return [("orchestrator", OPTS)]
