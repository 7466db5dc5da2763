# SPDX-License-Identifier: Apache-2.0
"""Requests with a token: renewal, catalog, errors without secrets."""

from cloudkitty.common import exceptions
from cloudkitty.common.http import client as http_client
from cloudkitty.common.http import errors
from cloudkitty.common.keystone import client
from cloudkitty.common.keystone import credentials
from cloudkitty.tests import base
from cloudkitty.tests import http_stub

GROUP = "collector_gnocchi"


class FakeUser:
    """Gives token-1, and the next one after ``renew``."""

    def __init__(self):
        self.number = 1

    def headers(self):
        return {"X-Auth-Token": f"token-{self.number}"}

    def renew(self, used):
        if used == self.headers():
            self.number += 1


class TestClient(base.TestCase):
    def start(self, *answers):
        self.stub = self.useFixture(http_stub.StubServer(*answers))
        self.user = FakeUser()
        return client.Client(
            self.user,
            lambda: self.stub.url + "/",
            http_client.Limits(5, 1 << 20),
            self.make_conf()[GROUP],
            path="/v1",
        )

    def tokens(self):
        return [each.headers["X-Auth-Token"] for each in self.stub.requests]

    def test_a_request(self):
        asked = self.start(http_stub.Answer("x"))
        self.assertEqual("an unknown endpoint", asked.server)
        with asked.ask(
            "POST", "a", json={"b": 1}, headers={"Accept": "c/d"}
        ) as answer:
            self.assertEqual(b"x", b"".join(answer.pieces()))
        [request] = self.stub.requests
        self.assertEqual(
            ("/v1/a", '{"b":1}', "token-1", "c/d"),
            (
                request.path,
                request.body,
                request.headers["X-Auth-Token"],
                request.headers["Accept"],
            ),
        )
        self.assertIn(asked.server, self.stub.url)

    def test_401_renews_the_token_once(self):
        no = http_stub.Answer("no", status=401)
        asked = self.start(no, http_stub.Answer("x"))
        with asked.ask("GET", "a") as answer:
            self.assertEqual(200, answer.status)
        self.assertEqual(["token-1", "token-2"], self.tokens())
        self.stub.script(no)
        with asked.ask("GET", "a") as answer:
            self.assertEqual(401, answer.status)
        self.assertEqual(["token-2", "token-3"], self.tokens()[2:])

    def test_an_invalid_endpoint(self):
        asked = client.Client(
            FakeUser(),
            lambda: "ftp://user:secret@somewhere",
            http_client.Limits(5, 1 << 20),
            self.make_conf()[GROUP],
        )
        with self.assertRaisesRegex(errors.HTTPError, "no valid URL") as found:
            with asked.ask("GET", "a"):
                pass
        self.assertNotIn("secret", str(found.exception))


class TestCredentials(base.TestCase):
    def conf_of(self, text, **options):
        path = self.make_folder() / "auth.conf"
        path.write_text(text)
        conf = self.make_conf(**{GROUP: options})
        conf(args=["--config-file", str(path)], project="cloudkitty")
        return conf

    def refused(self, text, **options):
        conf = self.conf_of(text, **options)
        err = self.assertRaises(
            exceptions.InvalidConfiguration,
            credentials.Credentials,
            conf,
            GROUP,
            60,
        )
        return str(err)

    def test_not_configured(self):
        self.assertIn(f"[{GROUP}] auth_type is not set", self.refused(""))
        self.assertIn(
            "[shared] auth_type is not set",
            self.refused("", auth_section="shared"),
        )

    def test_unknown_plugin(self):
        text = "[shared]\nauth_type = nope\n"
        self.assertIn(
            "auth_type = nope is not installed",
            self.refused(text, auth_section="shared"),
        )

    def test_missing_options(self):
        text = f"[{GROUP}]\nauth_type = password\npassword = secret\n"
        self.assertIn("options are missing: auth_url", self.refused(text))
        self.assertNotIn("secret", self.refused(text))

    def test_old_name_of_auth_type(self):
        text = "[shared]\nauth_plugin = admin_token\nendpoint = http://x\n"
        conf = self.conf_of(text + "token = t\n", auth_section="shared")
        user = credentials.Credentials(conf, GROUP, 60)
        self.assertEqual({"X-Auth-Token": "t"}, user.headers())

    def user(self, url):
        text = (
            f"[shared]\nauth_type = password\nauth_url = {url}\n"
            "username = me\npassword = secret\nproject_name = p\n"
            "user_domain_id = default\nproject_domain_id = default\n"
        )
        conf = self.conf_of(text, auth_section="shared", timeout=1)
        return credentials.Credentials(conf, GROUP, 60)

    def test_keystone_fails(self):
        for answer, words in (
            (
                http_stub.Answer("no", status=401),
                "version discovery (HTTP 401)",
            ),
            (http_stub.Answer("no", status=500), "answered HTTP 500"),
            (http_stub.Answer("{}"), "keystone at 127.0.0.1:"),
            (http_stub.Answer("", fault="reset"), "cannot be reached"),
            (http_stub.Answer("", fault="stall"), "did not answer in time"),
        ):
            stub = self.useFixture(http_stub.StubServer(answer))
            user = self.user(f"{stub.url}/v3")
            err = self.assertRaises(errors.HTTPError, user.headers)
            self.assertIn(words, str(err))
            self.assertNotIn("secret", str(err))
            self.assertNotIn("://", str(err))
