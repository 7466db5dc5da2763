# SPDX-License-Identifier: Apache-2.0
"""python-cloudkittyclient as it is: its Python API and its command."""

import json
import pathlib
import subprocess
import sys
import urllib.error
import urllib.request

from keystoneauth1 import loading
from keystoneauth1.exceptions import http

from cloudkitty.tests import base
from cloudkitty.tests import live_api
from cloudkitty.tests.fakes import api as fake_api
from cloudkitty.tests.unit.api.task import case

try:
    from cloudkittyclient import client
except ImportError:
    client = None

HOURS = {
    "start": base.utc("2021-06-01T00:00"),
    "end": base.utc("2021-06-01T23:00"),
}


class LiveCase(case.TaskCase):
    def setUp(self):
        super().setUp()
        wsgi = fake_api.make_wsgi(self, conf=self.conf, database=self.database)
        self.url = self.useFixture(live_api.LiveApi(wsgi)).url


class TestClient(LiveCase):
    def setUp(self):
        super().setUp()
        self.need("cloudkittyclient", client is not None)
        plugin = loading.get_plugin_loader("cloudkitty-noauth")
        self.client = client.Client(
            "2", auth=plugin.load_from_options(endpoint=self.url)
        )

    def test_create_and_list(self):
        created = self.client.reprocessing.post_reprocessing_task(
            scope_ids=["a", "b"], reason="by the client", **HOURS
        )
        self.assertFalse(created)
        for arguments, expected in (
            ({}, ["b", "a"]),
            ({"order": "ASC"}, ["a", "b"]),
            ({"scope_ids": ["a"]}, ["a"]),
            ({"scope_ids": ["a", "b"], "limit": 1}, ["b"]),
            ({"offset": 1}, ["a"]),
        ):
            got = self.client.reprocessing.get_reprocessing_tasks(**arguments)
            self.assertEqual(
                expected,
                [task["scope_id"] for task in got["results"]],
                arguments,
            )
        self.assertEqual("by the client", got["results"][0]["reason"])

    def test_a_refusal_reaches_the_caller(self):
        error = self.assertRaises(
            http.HttpError,
            self.client.reprocessing.post_reprocessing_task,
            scope_ids=["nobody"],
            reason="why",
            **HOURS,
        )
        self.assertIn("nobody", str(error))


class TestCommand(LiveCase):
    def setUp(self):
        super().setUp()
        self.program = pathlib.Path(sys.executable).with_name("cloudkitty")
        self.need("cloudkittyclient", self.program.exists())

    def run_command(self, *arguments, status=0):
        done = subprocess.run(
            [
                self.program,
                "--os-auth-type",
                "cloudkitty-noauth",
                "--os-endpoint",
                self.url,
                "tasks",
                "reprocessing",
                *arguments,
                "-f",
                "json",
            ],
            capture_output=True,
            text=True,
            check=False,
        )
        self.assertEqual(status, done.returncode, done.stderr)
        return done.stdout

    def test_create_and_get(self):
        create = (
            "create",
            "--scope-id",
            "a",
            "--scope-id",
            "b",
            "--start-reprocess-time",
            HOURS["start"].isoformat(),
            "--end-reprocess-time",
            HOURS["end"].isoformat(),
            "--reason",
            "by the command",
        )
        self.run_command(*create)
        self.assertEqual(["a", "b"], [t.scope_id for t in self.tasks()])
        listed = json.loads(self.run_command("get"))
        self.assertEqual(2, len(listed))
        self.assertIn("by the command", json.dumps(listed))
        one = json.loads(self.run_command("get", "--scope-id", "a"))
        self.assertEqual(1, len(one))
        self.run_command(*create, status=1)
        self.assertEqual(2, len(self.tasks()))


class TestRawPath(LiveCase):
    """Ids with slashes: only a server that keeps the raw path finds them."""

    def test_slashes_anywhere(self):
        names = {
            "p/q": "p%2Fq",
            "p/": "p%2F",
            "/p": "%2Fp",
            "//": "%2F%2F",
            "p%2Fq": "p%252Fq",
        }
        case.add_scopes(self.database, *names)
        self.post(scope_ids=list(names))
        for name, path in names.items():
            with urllib.request.urlopen(
                f"{self.url}{case.URL}/{path}"
            ) as answer:
                self.assertEqual(name, json.load(answer)["scope_id"])
        # None of them may reach the list.
        error = self.assertRaises(
            urllib.error.HTTPError,
            urllib.request.urlopen,
            f"{self.url}{case.URL}/%2F",
        )
        self.addCleanup(error.close)
        self.assertEqual(404, error.code)
