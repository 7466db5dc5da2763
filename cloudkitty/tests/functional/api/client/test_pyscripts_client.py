# SPDX-License-Identifier: Apache-2.0
"""python-cloudkittyclient as it is, on scripts."""

import json
import pathlib
import subprocess
import sys

from keystoneauth1 import loading
from keystoneauth1.exceptions import http

from cloudkitty.tests import base
from cloudkitty.tests import live_api
from cloudkitty.tests.fakes import api as fake_api

try:
    from cloudkittyclient import client
except ImportError:
    client = None

SOURCE = "a = 1\n"
END = "3000-01-01T23:59:59"


class LiveCase(base.TestCase):
    def setUp(self):
        super().setUp()
        self.need("cloudkittyclient", client is not None)
        wsgi = fake_api.make_wsgi(self)
        self.url = self.useFixture(live_api.LiveApi(wsgi)).url


class TestClient(LiveCase):
    def setUp(self):
        super().setUp()
        plugin = loading.get_plugin_loader("cloudkitty-noauth")
        made = client.Client(
            "1", auth=plugin.load_from_options(endpoint=self.url)
        )
        self.scripts = made.rating.pyscripts

    def names(self, **arguments):
        found = self.scripts.list_scripts(**arguments)["scripts"]
        return [script["name"] for script in found]

    def test_the_life_of_a_script(self):
        made = self.scripts.create_script(name="mine", data=SOURCE)
        script_id = made["script_id"]
        self.assertEqual(made, self.scripts.get_script(script_id=script_id))
        self.assertEqual(["mine"], self.names())
        [listed] = self.scripts.list_scripts(no_data=True)["scripts"]
        self.assertNotIn("data", listed)
        # It reads, changes the end, and sends all of it back.
        changed = self.scripts.update_script(script_id=script_id, end=END)
        self.assertEqual(
            {**made, "end": END, "updated_by": "unknown"}, changed
        )
        error = self.assertRaises(
            http.HttpError,
            self.scripts.update_script,
            script_id=script_id,
            data="a = 2\n",
        )
        self.assertEqual(400, error.http_status)
        self.scripts.delete_script(script_id=script_id)
        self.assertEqual([], self.names())
        error = self.assertRaises(
            http.HttpError, self.scripts.get_script, script_id=script_id
        )
        self.assertEqual(404, error.http_status)

    def test_one_that_begins_later(self):
        made = self.scripts.create_script(
            name="later", data=SOURCE, start="2026-12-01T00:00:00"
        )
        changed = self.scripts.update_script(
            script_id=made["script_id"],
            data="a = 2\n",
            description="words",
        )
        self.assertEqual("a = 2\n", changed["data"])
        self.assertEqual("2026-12-01T00:00:00", changed["start"])


class TestCommand(LiveCase):
    def run_command(self, *arguments):
        program = pathlib.Path(sys.executable).with_name("cloudkitty")
        done = subprocess.run(
            [
                *(program, "--os-auth-type", "cloudkitty-noauth"),
                *("--os-endpoint", self.url, "pyscript", *arguments),
            ],
            capture_output=True,
            text=True,
            check=False,
        )
        self.assertEqual(0, done.returncode, done.stderr)
        return done.stdout

    def rows(self, *arguments):
        return json.loads(self.run_command(*arguments, "-f", "json"))

    def test_the_life_of_a_script(self):
        path = self.make_folder() / "mine.py"
        path.write_text(SOURCE)
        [made] = self.rows("create", "mine", str(path))
        script_id = made["Script ID"]
        self.assertEqual(SOURCE, made["Data"])
        self.assertEqual([made], self.rows("get", script_id))
        [listed] = self.rows("list")
        self.assertEqual("mine", listed["Name"])
        [changed] = self.rows("update", script_id, "--end", END)
        self.assertEqual(END, changed["Script End Date"])
        self.run_command("delete", script_id)
        self.assertEqual([], self.rows("list"))
