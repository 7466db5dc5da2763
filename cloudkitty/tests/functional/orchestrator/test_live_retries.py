# SPDX-License-Identifier: Apache-2.0
"""Live rating continues soon after a backend is available again.

The period is an hour, so a scope that waited for the next cycle would not be
rated within the time of these tests.
"""

import urllib.request

import sqlalchemy as sa

from cloudkitty.db.scopes import queries as scope_queries
from cloudkitty.orchestrator.rpc import reset_queue
from cloudkitty.storage import loader as storage_loader
from cloudkitty.tests import base
from cloudkitty.tests import database_servers
from cloudkitty.tests import databases
from cloudkitty.tests import http_stub
from cloudkitty.tests import prometheus
from cloudkitty.tests import silent_proxy
from cloudkitty.tests.functional.orchestrator import deployment

HOURS = 24
BACKOFF = """
[orchestrator]
reprocess_backoff = 1
reprocess_max_backoff = 2
"""
LIMITS = """
[database]
connection = {connection}
connect_timeout = 1
read_timeout = 1
write_timeout = 1
retry_seconds = 0
"""


class AwayProxy(http_stub.StubServer):
    """Answers 503 until ``come_back``, then forwards to a Prometheus.

    :param server: URL of the server's API, ``/api/v1`` included.
    """

    def __init__(self, server):
        super().__init__(http_stub.Answer("away", status=503))
        self._server = server.removesuffix("/api/v1")
        self._away = True

    def come_back(self):
        self._away = False

    def _play(self, handler, answer):
        if not self._away:
            with urllib.request.urlopen(self._server + handler.path) as real:
                answer = http_stub.Answer(real.read().decode())
        super()._play(handler, answer)


class TestCollectorAway(base.TestCase):
    def test_failed_scopes_are_rated_when_it_is_back(self):
        self.need("prometheus", prometheus.installed())
        scope_ids = ("project-a", "project-b")
        samples = deployment.Deployment(self, scope_ids, hours=HOURS)
        server = self.useFixture(
            prometheus.PrometheusFixture(
                (samples.folder / "samples.om").read_text(),
                self.make_folder(),
            )
        )
        proxy = self.useFixture(AwayProxy(server.url))
        place = deployment.Deployment(
            self,
            scope_ids,
            hours=HOURS,
            end=samples.window.end,
            collector="prometheus",
            prometheus_url=f"{proxy.url}/api/v1",
            max_workers_reprocessing=0,
        )
        with place.config.open("a") as config:
            config.write(BACKOFF)
        place.set_price("1")
        place.start()
        place.wait_for_log("cycle scopes=2 rated=0 failed=2")
        self.assertEqual([], place.dump())
        proxy.come_back()
        place.wait_until_rated()
        self.assertEqual(len(scope_ids) * HOURS * 4, len(place.dump()))


@databases.on_each(databases.SERVERS, name="TestAway")
class _DatabaseAway:
    backend: str

    def test_failed_scopes_are_rated_when_it_is_back(self):
        scope_ids = ("project-a", "project-b", "project-c")
        place = deployment.Deployment(
            self,
            scope_ids,
            hours=400,
            backend=self.backend,
            max_workers_reprocessing=0,
            chunk_points=4,
        )
        place.set_price("1")
        server = sa.make_url(place.conf.database.connection)
        proxy = self.useFixture(
            silent_proxy.SilentProxy(database_servers.port(server))
        )
        behind = server.set(port=proxy.port)
        text = place.config.read_text()
        head, _, rest = text.partition("[database]\n")
        limits = LIMITS.format(
            connection=behind.render_as_string(hide_password=False).replace(
                "%", "%%"
            )
        )
        place.config.write_text(
            head + limits + rest.partition("\n")[2] + BACKOFF
        )
        first = self.rated_up_to(place)
        place.start()
        place.wait_for(
            "a first chunk", lambda: self.rated_up_to(place) != first
        )
        proxy.silence()
        place.wait_for_log("database away")
        proxy.speak()
        place.wait_until_rated()
        place.wait_for_log("database back unit=service")
        lines = place.whole_log().splitlines()
        for text in ("ERROR cloudkitty", "database back unit=service"):
            self.assertEqual(
                1, sum(text in line for line in lines), "\n".join(lines)
            )
        self.assertNotIn("Traceback", "\n".join(lines))
        self.assertEqual(len(scope_ids) * 400 * 4, len(place.dump()))

    def rated_up_to(self, place):
        with place.database.reader() as session:
            return [
                state.last_processed_at
                for state in scope_queries.find(session)
            ]


@databases.on_each(name="TestReset")
class _Reset:
    backend: str

    def test_reset_scope_is_rated_again_at_once(self):
        place = deployment.Deployment(
            self,
            ("project-a", "project-b"),
            hours=HOURS,
            backend=self.backend,
            max_workers_reprocessing=0,
        )
        place.set_price("1")
        place.start()
        place.wait_until_rated()
        rated = place.dump()
        with place.database.reader() as session:
            (state,) = scope_queries.find(session, identifiers=["project-a"])
        # As another host's processor does it.
        reset_queue.reset(
            place.database,
            storage_loader.load(place.conf, place.database),
            state.scope,
            place.window.begin,
            deployment.HOUR,
        )
        self.assertLess(len(place.dump()), len(rated))
        place.wait_until_rated()
        self.assertEqual(rated, place.dump())
        place.wait_for_log("resets scopes=1 rated=1")
