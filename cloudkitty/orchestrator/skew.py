# SPDX-License-Identifier: Apache-2.0
"""Warns of a host whose clock differs from the database server's.

Leases are written and judged by the clocks of the hosts. A host that is ahead
by more than the rest of a lease takes tasks over that another host works on.
The fencing token keeps the data right, but the work is done again.
"""

import datetime

from oslo_log import log

from cloudkitty.common import clock as ck_clock
from cloudkitty.db import facade
from cloudkitty.db import server_time

LOG = log.getLogger(__name__)

#: Seconds between two measurements.
INTERVAL_SECONDS = 300
#: Share of a lease by which the clocks may differ. A claim is renewed after a
#: third of its lease, so that a healthy one has two thirds left.
_TOLERATED_SHARE = 0.1


class SkewCheck:
    """Compares two clocks from time to time.

    :param database: the service's database, the common reference of hosts.
    :param clock: the host's clock.
    :param lease_seconds: ``[orchestrator] lease_seconds``.
    """

    def __init__(
        self,
        database: facade.Database,
        clock: ck_clock.Clock,
        lease_seconds: int,
    ) -> None:
        self._database = database
        self._clock = clock
        self._tolerated = datetime.timedelta(
            seconds=max(1.0, lease_seconds * _TOLERATED_SHARE)
        )
        self._next_at: float | None = None

    def run(self) -> None:
        """Measure if it is time to, and warn of a difference.

        :raises oslo_db.exception.DBError: if the database cannot be asked.
        """
        now = self._clock.monotonic()
        if self._next_at is not None and now < self._next_at:
            return
        skew = measure(self._database, self._clock)
        self._next_at = now + INTERVAL_SECONDS
        if abs(skew) > self._tolerated:
            LOG.warning(
                "clock of this host differs from the database server's "
                "seconds=%(seconds)+.1f: synchronize both by NTP, or "
                "processors take over tasks that others work on",
                {"seconds": -skew.total_seconds()},
            )


def measure(
    database: facade.Database, clock: ck_clock.Clock
) -> datetime.timedelta:
    """Return how far the server's clock is ahead of the host's.

    A difference that the duration of the request may explain counts as none.
    """
    with database.reader() as session:
        # The transaction is open: only the statement itself is timed.
        session.connection()
        before = clock.now()
        server = server_time.read(session)
        after = clock.now()
    if server is None or before <= server <= after:
        return datetime.timedelta(0)
    return server - (before if server < before else after)
