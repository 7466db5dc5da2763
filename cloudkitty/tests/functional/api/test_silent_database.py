# SPDX-License-Identifier: Apache-2.0
"""A request is answered in time although the database does not reply."""

import time

import requests
import sqlalchemy as sa

from cloudkitty.api import error_codes
from cloudkitty.db import facade
from cloudkitty.tests import database_servers
from cloudkitty.tests import databases
from cloudkitty.tests import live_api
from cloudkitty.tests import silent_proxy
from cloudkitty.tests.fakes import api
from cloudkitty.tests.fakes import storage as fake_storage
from cloudkitty.tests.functional.api import data

URL = "/v2/task/reprocesses"
#: ``retry_seconds`` and the timeouts of one try beyond it, with room: the
#: connection and the answer to a statement on it.
BOUND_SECONDS = 15
_LIMITS = {
    "connect_timeout": 2,
    "read_timeout": 2,
    "write_timeout": 2,
    "retry_seconds": 3,
    "max_retries": 0,
}


@databases.on_each(databases.SERVERS)
class _Silence:
    backend: str

    def setUp(self):
        super().setUp()
        direct = sa.make_url(databases.make_url(self, self.backend))
        self.proxy = self.useFixture(
            silent_proxy.SilentProxy(database_servers.port(direct))
        )
        behind = direct.set(port=self.proxy.port)
        conf = self.make_conf(
            default={"auth_strategy": "noauth"},
            database={
                "connection": behind.render_as_string(hide_password=False),
                **_LIMITS,
            },
        )
        database = facade.Database(conf)
        self.addCleanup(database.dispose)
        services = api.services_of(
            conf, database, storage=fake_storage.FakeStorage(conf)
        )
        data.fill(services)
        self.url = self.useFixture(live_api.LiveApi(api.wsgi_of(services))).url

    def post(self, project, **headers):
        return requests.post(
            self.url + URL,
            json={
                "scope_ids": [project],
                "start_reprocess_time": data.BEGIN.isoformat(),
                "end_reprocess_time": data.BEGIN.isoformat(),
                "reason": "silence",
            },
            headers=headers,
            timeout=BOUND_SECONDS,
        )

    def refused_in_time(self, project):
        began = time.monotonic()
        answer = self.post(project)
        self.assertLess(time.monotonic() - began, BOUND_SECONDS)
        self.assertEqual(503, answer.status_code, answer.text)
        [error] = answer.json()["errors"]
        self.assertEqual(error_codes.SERVICE_UNAVAILABLE, error["code"])

    def test_a_post(self):
        """Connections that were open, and new ones, on the way back too."""
        first, second = data.PROJECTS
        self.assertEqual(200, self.post(first).status_code)
        with self.assertLogs("cloudkitty", "INFO") as logged:
            self.proxy.silence()
            for _ in range(2):
                self.refused_in_time(second)
            self.proxy.speak()
            answer = self.post(second)
        self.assertEqual(200, answer.status_code, answer.text)
        self.assertEqual(
            ["database away", "database back"],
            [
                record.getMessage().partition(" unit=")[0]
                for record in logged.records
                if record.levelname in ("WARNING", "ERROR")
            ],
        )
        for record in logged.records:
            self.assertIsNone(record.exc_info, record)
        found = requests.get(self.url + URL, timeout=BOUND_SECONDS)
        self.assertEqual(
            sorted(data.PROJECTS),
            sorted(task["scope_id"] for task in found.json()),
        )
