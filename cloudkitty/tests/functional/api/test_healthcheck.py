# SPDX-License-Identifier: Apache-2.0
"""``/healthcheck`` is red while the database or its schema is unusable."""

import logging
import time

import fixtures
import requests
import sqlalchemy as sa

from cloudkitty.api import app
from cloudkitty.api import health
from cloudkitty.db import migration
from cloudkitty.tests import base
from cloudkitty.tests import database_servers
from cloudkitty.tests import databases
from cloudkitty.tests import live_api
from cloudkitty.tests import silent_proxy
from cloudkitty.tests.fakes import api

#: Limits of the ping of the kept connection, of a new connection and of its
#: first answer, with room.
BOUND_SECONDS = 3 * health.TIMEOUT_SECONDS + 3
_VERSION = migration.SERVICE.version_table


@databases.on_each(databases.SERVERS)
class _Healthcheck:
    backend: str

    def setUp(self):
        super().setUp()
        self.log = self.useFixture(fixtures.FakeLogger(level=logging.INFO))

    def start(self, url, **options):
        """Start an API on ``url``, which it reads from its options."""
        conf = self.make_conf(
            default={
                "auth_strategy": "noauth",
                "api_paste_config": str(api.PASTE),
            },
            database={
                "connection": url.render_as_string(hide_password=False),
                # Far above the limits of the healthcheck.
                "connect_timeout": 3600,
                "read_timeout": 3600,
                "max_retries": 0,
            },
            collect={"metrics_conf": str(api.METRICS)},
            **options,
        )
        services = api.services_of(
            conf, databases.make_database(self, "sqlite")
        )
        self.password = url.password
        return self.useFixture(live_api.LiveApi(app.load(conf, services))).url

    def ask(self, url, status, *texts, accept="text/plain"):
        began = time.monotonic()
        answer = requests.get(
            f"{url}/healthcheck",
            headers={"Accept": accept},
            timeout=BOUND_SECONDS,
        )
        self.assertLess(time.monotonic() - began, BOUND_SECONDS)
        self.assertEqual(status, answer.status_code, answer.text)
        for text in texts:
            self.assertIn(text, answer.text)
        for secret in (f":{self.password}@", "mysql", "postgresql+", "://"):
            self.assertNotIn(secret, answer.text)
            self.assertNotIn(secret, self.log.output)
        # The next request reads the state again.
        time.sleep(health.CACHE_SECONDS)
        return answer

    def execute(self, url, *statements):
        engine = sa.create_engine(url)
        self.addCleanup(engine.dispose)
        with engine.begin() as connection:
            for statement in statements:
                connection.execute(sa.text(statement))

    def test_a_silent_server(self):
        direct = sa.make_url(databases.make_url(self, self.backend))
        proxy = self.useFixture(
            silent_proxy.SilentProxy(database_servers.port(direct))
        )
        url = self.start(direct.set(port=proxy.port))
        self.ask(url, 200, "OK")
        proxy.silence()
        self.ask(url, 503, "the database does not respond")
        self.ask(url, 503, "the database does not respond")
        proxy.speak()
        self.ask(url, 200, "OK")
        self.assertEqual(1, self.log.output.count("healthcheck fails"))
        self.assertEqual(1, self.log.output.count("healthcheck succeeds"))

    def test_a_server_that_refuses(self):
        direct = sa.make_url(databases.make_url(self, self.backend))
        url = self.start(direct.set(port=base.free_port()))
        self.ask(url, 503, "the database does not respond")
        detailed = self.ask(url, 503, accept="application/json")
        self.assertFalse(detailed.json()["detailed"])

    def test_a_wrong_password(self):
        direct = sa.make_url(databases.make_url(self, self.backend))
        url = self.start(direct.set(password="wrong-secret"))
        answer = self.ask(url, 503, "the database does not respond")
        self.assertNotIn("wrong-secret", answer.text)

    def test_an_old_schema(self):
        direct = sa.make_url(databases.make_url(self, self.backend, False))
        url = self.start(direct)
        self.ask(url, 503, "the database has no schema")
        self.execute(
            direct,
            f"CREATE TABLE {_VERSION} (version_num VARCHAR(32) NOT NULL)",
        )
        self.ask(url, 503, "the database has no schema")
        self.execute(direct, f"INSERT INTO {_VERSION} VALUES ('0001')")
        self.ask(url, 503, "the schema is old: run cloudkitty-dbsync upgrade")
        self.execute(
            direct,
            f"UPDATE {_VERSION} SET version_num = '{migration.head()}'",
        )
        self.ask(url, 200, "OK")

    def test_the_schema_of_a_newer_release(self):
        direct = sa.make_url(databases.make_url(self, self.backend, False))
        self.execute(
            direct,
            f"CREATE TABLE {_VERSION} (version_num VARCHAR(32) NOT NULL)",
            f"INSERT INTO {_VERSION} VALUES ('9999')",
        )
        self.ask(self.start(direct), 200, "OK")
