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
]


def list_opts() -> list[tuple[str, list[cfg.Opt]]]:
    """Return the group and its options."""
    return [("reprocess", OPTS)]
