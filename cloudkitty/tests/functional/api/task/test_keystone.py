# SPDX-License-Identifier: Apache-2.0
"""The seed's examples with tokens of a real Keystone.

The requests are those of the seed's three curl commands, byte for byte except
for the placeholders: host, token and scope.
"""

import json
import shutil
import subprocess

import requests

from cloudkitty import conf as ck_conf
from cloudkitty.api import app
from cloudkitty.db import facade
from cloudkitty.tests import base
from cloudkitty.tests import databases
from cloudkitty.tests import keystone
from cloudkitty.tests import live_api
from cloudkitty.tests.fakes import api as fake_api
from cloudkitty.tests.unit.api.task import case

BODY = (
    '{"reason": "Reprocessing test", "scope_ids": "%s", '
    '"start_reprocess_time": "2021-06-01 00:00:00+00:00", '
    '"end_reprocess_time": "2021-06-01 23:00:00+00:00"}'
)
HEADERS = {
    "Accept": "application/json",
    "User-Agent": "python-keystoneclient",
}
SYSTEM = {"system": {"all": True}}
DOMAIN = {"domain": {"id": "default"}}


class TestSeed(base.TestCase):
    """One Keystone for all: it takes a while to start."""

    keystone = None

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        if keystone.THERE:
            cls.keystone = keystone.Keystone()
            cls.keystone.setUp()
            cls.addClassCleanup(cls.keystone.cleanUp)

    def setUp(self):
        super().setUp()
        self.need("keystone", self.keystone is not None)
        # From a file, as a deployer does it.
        options = self.make_folder() / "cloudkitty.conf"
        lines = [
            "[DEFAULT]",
            "auth_strategy = keystone",
            f"api_paste_config = {fake_api.PASTE}",
            "[database]",
            f"connection = {databases.make_url(self)}",
            "[keystone_authtoken]",
            *(
                f"{name} = {value}"
                for name, value in self.keystone.middleware_options().items()
            ),
        ]
        options.write_text("\n".join(lines))
        self.conf = ck_conf.make(argv=[], default_config_files=[str(options)])
        self.database = facade.Database(self.conf)
        self.addCleanup(self.database.dispose)
        self.scope = self.keystone.project_id
        case.add_scopes(self.database, self.scope)
        wsgi = app.load(self.conf)
        self.url = self.useFixture(live_api.LiveApi(wsgi)).url + case.URL

    def call(self, method, token, path="", body=None):
        headers = dict(HEADERS)
        if token:
            headers["X-Auth-Token"] = token
        if body is not None:
            headers["Content-Type"] = "application/json"
        return requests.request(
            method,
            self.url + path,
            headers=headers,
            data=body,
            timeout=60,
        )

    def three(self, token):
        """Send the three requests; return the answers."""
        return (
            self.call("POST", token, body=BODY % self.scope),
            self.call("GET", token, f"/{self.scope}"),
            self.call("GET", token),
        )

    def test_admin_200(self):
        created, one, listed = self.three(self.keystone.token("admin"))
        self.assertEqual((200, {}), (created.status_code, created.json()))
        self.assertEqual(200, one.status_code)
        told = {
            "scope_id": self.scope,
            "reason": "Reprocessing test",
            "start_reprocess_time": "2021-06-01 00:00:00+00:00",
            "end_reprocess_time": "2021-06-01 23:00:00+00:00",
            "current_reprocess_time": None,
        }
        self.assertEqual(told, {key: one.json()[key] for key in told})
        self.assertEqual(200, listed.status_code)
        self.assertEqual([one.json()], listed.json())

    def test_the_same_with_curl(self):
        curl = shutil.which("curl")
        self.need("curl", curl is not None)
        token = self.keystone.token("admin")
        common = [curl, "-s", "-w", "\n%{http_code}"]
        for name, value in {**HEADERS, "X-Auth-Token": token}.items():
            common += ["-H", f"{name}: {value}"]
        json_type = ["-H", "Content-Type: application/json"]
        bodies = []
        for arguments in (
            ["-X", "POST", self.url, *json_type, "-d", BODY % self.scope],
            ["-X", "GET", f"{self.url}/{self.scope}"],
            ["-X", "GET", self.url],
        ):
            output = subprocess.run(
                [*common, *arguments],
                capture_output=True,
                text=True,
                check=True,
            ).stdout
            body, status = output.rsplit("\n", 1)
            self.assertEqual("200", status, body)
            bodies.append(json.loads(body))
        self.assertEqual({}, bodies[0])
        self.assertEqual([bodies[1]], bodies[2])

    def test_the_placeholder_is_400(self):
        answer = self.call(
            "POST", self.keystone.token("admin"), body=BODY % ""
        )
        self.assertEqual(400, answer.status_code)
        self.assertIn("scope_ids", answer.json()["message"])

    def test_others_403(self):
        tokens = {
            "member": self.keystone.token("member"),
            "reader": self.keystone.token("reader"),
            "system": self.keystone.token("admin", SYSTEM),
            "domain": self.keystone.token("admin", DOMAIN),
        }
        for name, token in tokens.items():
            for answer in self.three(token):
                self.assertEqual(403, answer.status_code, name)
                self.assert_error(answer)

    def test_no_token_or_a_wrong_one_401(self):
        for token in (None, "gAAAAAB-not-a-token"):
            for answer in self.three(token):
                self.assertEqual(401, answer.status_code)
                self.assertIn("WWW-Authenticate", answer.headers)
                self.assert_error(answer)

    def test_headers_do_not_make_an_admin(self):
        answer = requests.get(
            self.url,
            headers={"X-Roles": "admin", "X-Project-Id": "p"},
            timeout=60,
        )
        self.assertEqual(401, answer.status_code)
        answer = requests.get(
            self.url,
            headers={
                "X-Auth-Token": self.keystone.token("member"),
                "X-Roles": "admin",
            },
            timeout=60,
        )
        self.assertEqual(403, answer.status_code)

    def test_wrong_methods_405_with_allow(self):
        token = self.keystone.token("admin")
        for method, path, allowed in (
            ("PUT", "", {"GET", "POST"}),
            ("DELETE", "", {"GET", "POST"}),
            ("POST", f"/{self.scope}", {"GET"}),
            ("PATCH", f"/{self.scope}", {"GET"}),
        ):
            answer = self.call(method, token, path)
            self.assertEqual(405, answer.status_code)
            got = set(answer.headers["Allow"].split(", "))
            self.assertEqual(allowed, got - {"HEAD", "OPTIONS"})
            self.assert_error(answer)

    def test_missing_404(self):
        answer = self.call("GET", self.keystone.token("admin"), "/nobody")
        self.assertEqual(404, answer.status_code)
        self.assert_error(answer)

    def assert_error(self, answer):
        body = answer.json()
        [error] = body["errors"]
        self.assertEqual(answer.status_code, error["status"])
        self.assertEqual(body["message"], error["detail"])
        self.assertEqual(
            answer.headers["x-openstack-request-id"], error["request_id"]
        )
