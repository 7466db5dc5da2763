# SPDX-License-Identifier: Apache-2.0
"""Options of ``[reprocess]``: governance of tasks, off by default."""

from oslo_config import cfg

from cloudkitty.conf import types

OPTS = [
    cfg.Opt(
        "closed_before",
        type=types.Instant(),
        mutable=True,
        help="Date or time in ISO 8601, UTC unless it has an offset. Periods "
        "that begin before it are closed: a request that would rate them "
        "again is refused, unless it contains force and the policy "
        "schedule:force_task_reprocesses allows it. A scope may have a later "
        "time of its own. Nothing is closed if it is not set.",
    ),
    cfg.ListOpt(
        "run_windows",
        item_type=types.DailyWindow(),
        default=[],
        mutable=True,
        help="Daily windows in UTC, separated by commas, such as "
        "22:00-06:00, in which processors claim tasks. A claimed task is "
        "executed to its end. Tasks are claimed at any time if it is empty.",
    ),
    cfg.IntOpt(
        "max_running",
        default=0,
        min=0,
        mutable=True,
        help="Maximum number of tasks of one request that run at once, on "
        "all hosts, unless the request has its own max_running. It applies "
        "to requests that are accepted while it is set. 0 means no limit.",
    ),
    cfg.IntOpt(
        "approval_above",
        default=0,
        min=0,
        mutable=True,
        help="Number of periods, of all scopes of a request together, above "
        "which a request awaits the approval of a second user with the "
        "policy schedule:approve_task_reprocesses. Previews need none. 0 "
        "disables approvals.",
    ),
]


def list_opts() -> list[tuple[str, list[cfg.Opt]]]:
    """Return the group and its options."""
    return [("reprocess", OPTS)]
