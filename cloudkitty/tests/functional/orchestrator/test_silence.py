# SPDX-License-Identifier: Apache-2.0
"""A host that loses its database lets the other hosts go on."""

import time

import sqlalchemy as sa

from cloudkitty.orchestrator import locks
from cloudkitty.tests import database_servers
from cloudkitty.tests import databases
from cloudkitty.tests import silent_proxy
from cloudkitty.tests.functional.orchestrator import deployment

#: read_timeout, retry_seconds and connect_timeout of the test, with room.
BOUND_SECONDS = 45
_LIMITS = """
[database]
connection = {connection}
connect_timeout = 2
read_timeout = 3
write_timeout = 3
retry_seconds = 4
"""


@databases.on_each(databases.SERVERS)
class Silence:
    backend: str

    def setUp(self):
        super().setUp()
        self.made = deployment.Deployment(
            self,
            scope_ids=("project-a",),
            hours=400,
            backend=self.backend,
            max_workers_reprocessing=0,
            chunk_points=4,
        )

    def through(self, port):
        """Return a configuration whose database is behind a proxy."""
        text = self.made.config.read_text()
        head, _, rest = text.partition("[database]\n")
        line, _, tail = rest.partition("\n")
        url = sa.make_url(line.partition("= ")[2].replace("%%", "%"))
        behind = url.set(port=port).render_as_string(hide_password=False)
        limits = _LIMITS.format(connection=behind.replace("%", "%%"))
        path = self.made.folder / "behind.conf"
        path.write_text(head + limits + tail)
        return path

    def rated_up_to(self):
        with self.made.database.reader() as session:
            return session.scalar(
                sa.text(
                    "SELECT max(last_processed_timestamp) "
                    "FROM cloudkitty_storage_states"
                )
            )

    def test_the_scopes_lock_is_left(self):
        port = database_servers.port(self.made.conf.database.connection)
        proxy = self.useFixture(silent_proxy.SilentProxy(port))
        begun = self.rated_up_to()
        cut_off = deployment.Processor(
            self.through(proxy.port), self.made.folder / "cut-off.log"
        )
        self.addCleanup(cut_off.kill)
        self.made.wait_for(
            "a first chunk", lambda: self.rated_up_to() != begun
        )
        proxy.silence()
        silent_at = time.monotonic()
        held = locks.Locks(self.made.conf)
        held.start()
        self.addCleanup(held.stop)
        name = held.names.of_scope("project-a")

        def free():
            with held.try_hold(name) as got:
                return got

        self.assertFalse(free())
        self.made.wait_for("the lock", free, BOUND_SECONDS)
        self.assertLess(time.monotonic() - silent_at, BOUND_SECONDS)
        # Another host continues.
        stood = self.rated_up_to()
        self.made.start()
        self.made.wait_for("progress", lambda: self.rated_up_to() != stood)
