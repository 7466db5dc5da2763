# SPDX-License-Identifier: Apache-2.0
"""Warning about a host whose clock differs from the database server's.

Leases are written and checked with the clocks of the hosts. A host that is
ahead by more than the rest of a lease takes over tasks that another host still
executes. The fencing token protects the data, but the work is repeated.
"""

import datetime

from oslo_log import log

from cloudkitty.common import clock as ck_clock
from cloudkitty.common import log_fields
from cloudkitty.db import facade
from cloudkitty.db.sql import server_time

LOG = log.getLogger(__name__)

#: Seconds between two measurements.
INTERVAL_SECONDS = 300
#: Share of a lease by which the clocks may differ. A claim is renewed after a
#: third of its lease, so a healthy claim has two thirds left.
_TOLERATED_SHARE = 0.1


class SkewCheck:
    """Compares the two clocks regularly.

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
        """Measure if the interval has passed; warn of a difference.

        :raises oslo_db.exception.DBError: if a query of the database fails.
        """
        now = self._clock.monotonic()
        if self._next_at is not None and now < self._next_at:
            return
        skew = measure(self._database, self._clock)
        self._next_at = now + INTERVAL_SECONDS
        if abs(skew) > self._tolerated:
            LOG.warning(
                *log_fields.event(
                    "clock of this host differs from the database server: "
                    "synchronize both by NTP, or processors take over tasks "
                    "that others work on",
                    seconds=-skew.total_seconds(),
                )
            )


def measure(
    database: facade.Database, clock: ck_clock.Clock
) -> datetime.timedelta:
    """Return the offset of the server's clock ahead of the host's.

    The offset is zero if the duration of the query may explain it.
    """
    with database.reader() as session:
        # The transaction is opened first: only the statement is timed.
        session.connection()
        before = clock.now()
        server = server_time.read(session)
        after = clock.now()
    if server is None or before <= server <= after:
        return datetime.timedelta(0)
    return server - (before if server < before else after)
