# SPDX-License-Identifier: Apache-2.0
"""What one worker process does from its start to its end."""

import threading

from oslo_config import cfg
from oslo_log import log

from cloudkitty.common import clock as ck_clock
from cloudkitty.orchestrator import live
from cloudkitty.orchestrator import loop
from cloudkitty.orchestrator import reprocess
from cloudkitty.orchestrator import resources

LOG = log.getLogger(__name__)

_WORKS: dict[str, type[live.LiveRating] | type[reprocess.Reprocessing]] = {
    "rating": live.LiveRating,
    "reprocessing": reprocess.Reprocessing,
}


def run(
    kind: str, conf: cfg.ConfigOpts, stop: threading.Event, name: str
) -> None:
    """Work until asked to stop.

    :param kind: ``rating`` or ``reprocessing``.
    :param name: for the log.
    """
    clock = ck_clock.SystemClock()
    made = resources.build(conf, clock)
    LOG.info("%(name)s worker started", {"name": name})
    try:
        loop.Loop(_WORKS[kind](made, stop), clock, stop, name).run()
    finally:
        made.close()
