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
        "deployment must use the same.",
    ),
    cfg.IntOpt(
        "max_workers",
        default=processutils.get_worker_count(),
        sample_default="<number of CPUs>",
        min=0,
        help="Processes that rate new periods; 0 for none.",
    ),
    cfg.IntOpt(
        "max_workers_reprocessing",
        default=processutils.get_worker_count(),
        sample_default="<number of CPUs>",
        min=0,
        help="Processes that work reprocessing tasks off; 0 for none.",
    ),
    cfg.IntOpt(
        "rpc_workers",
        default=1,
        min=0,
        help="Processes that answer the API on the message bus (quotes, "
        "resets of scopes); 0 for none. There is none with transport_url = "
        "fake://, over which no other process could be heard: the API "
        "serves itself then.",
    ),
    cfg.IntOpt(
        "max_threads",
        default=16,
        min=1,
        deprecated_name="max_greenthreads",
        help="Threads with which one worker asks the collector.",
    ),
    cfg.StrOpt(
        "skip_datapoints_expression",
        default="False",
        help="Expression over 'datapoint' and a few other names; points for "
        "which it is true are dropped after rating. A metric may have its "
        "own. An expression with anything that is not allowed stops the "
        "start.",
    ),
    cfg.IntOpt(
        "collector_request_timeout",
        default=300,
        min=30,
        help="Seconds for the collection of all metrics of one chunk.",
    ),
    cfg.IntOpt(
        "reprocess_poll_interval",
        min=1,
        sample_default="<[collect] period>",
        help="Seconds between two looks for reprocessing tasks; unset means "
        "[collect] period.",
    ),
    cfg.IntOpt(
        "reprocess_max_attempts",
        default=10,
        min=1,
        help="Attempts at one task that may fail in a row without any "
        "progress between them; then it is 'failed' and its last_error says "
        "why.",
    ),
    cfg.IntOpt(
        "reprocess_backoff",
        default=5,
        min=1,
        help="Seconds from a failed attempt to the next one; they double "
        "with each further failure, up to reprocess_max_backoff. Live rating "
        "tries failed scopes again after the same pauses, until its next "
        "cycle.",
    ),
    cfg.IntOpt(
        "reprocess_max_backoff",
        default=3600,
        min=1,
        help="The most seconds from a failed attempt to the next one.",
    ),
    cfg.IntOpt(
        "lease_seconds",
        default=120,
        min=1,
        help="Seconds for which a processor owns a task without renewing its "
        "claim. A task whose processor died is taken up by another after "
        "that.",
    ),
    cfg.IntOpt(
        "chunk_points",
        default=20000,
        min=1,
        help="Points that one transaction of a rating run holds, about: it "
        "bounds the memory whatever the window.",
    ),
]


def list_opts() -> list[tuple[str, list[cfg.Opt]]]:
    """Return the group and its options."""
    return [("orchestrator", OPTS)]
