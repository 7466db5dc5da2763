# SPDX-License-Identifier: Apache-2.0
"""The Keystone fetcher: incomplete and malformed answers, its start."""

from cloudkitty.common import exceptions
from cloudkitty.fetcher import base as fetcher_base
from cloudkitty.fetcher import keystone
from cloudkitty.tests import base
from cloudkitty.tests import http_stub


def page(*names, **more):
    """Return an answer with projects."""
    return http_stub.Answer({"projects": [{"id": n} for n in names], **more})


class TestKeystone(base.TestCase):
    def make(self, *answers, **options):
        self.stub = self.useFixture(
            http_stub.StubServer(*(answers or [http_stub.Answer("")]))
        )
        path = self.make_folder() / "auth.conf"
        path.write_text(
            "[shared]\nauth_type = admin_token\ntoken = secret\n"
            f"endpoint = {self.stub.url}\n"
        )
        conf = self.make_conf(
            fetcher_keystone={
                "auth_section": "shared",
                "ignore_rating_role": True,
                **options,
            }
        )
        conf(args=["--config-file", str(path)], project="cloudkitty")
        fetcher = keystone.KeystoneFetcher(conf)
        # The plugin of a fixed token does not know Keystone's own address.
        fetcher._user.identity = lambda: self.stub.url
        fetcher._http._find = fetcher._user.identity
        return fetcher

    def test_version_2_is_refused(self):
        err = self.assertRaises(
            exceptions.InvalidConfiguration, self.make, keystone_version="2"
        )
        self.assertIn("[fetcher_keystone] keystone_version = 2", str(err))

    def test_pages(self):
        fetcher = self.make(
            page("b", "a", truncated=True), page("c", truncated=False)
        )
        self.assertEqual(["a", "b", "c"], fetcher.get_scopes())
        self.assertEqual(
            [{}, {"marker": "a"}],
            [each.parameters for each in self.stub.requests],
        )

    def test_only_direct_assignments_of_the_role_count(self):
        def assignment(project, role="rating", **more):
            scope = {"project": {"id": project}, **more}
            return {"scope": scope, "role": {"name": role}}

        assignments = [
            assignment("a"),
            assignment("b", "member"),
            assignment("c", **{"OS-INHERIT:inherited_to": "projects"}),
            assignment("elsewhere"),
        ]
        fetcher = self.make(
            page("a", "b", "c"),
            http_stub.Answer({"role_assignments": assignments}),
            ignore_rating_role=False,
        )
        fetcher._user.user_id = lambda: "me"
        self.assertEqual(["a"], fetcher.get_scopes())
        self.assertEqual("me", self.stub.requests[1].parameters["user.id"])

    def test_unusable_answers(self):
        for answer, words in (
            (page("a", truncated=True), "incomplete list of projects"),
            (page(truncated=True), "incomplete list of projects"),
            (http_stub.Answer({"projects": {}}), "not a JSON object"),
            (http_stub.Answer({"projects": [{}]}), "malformed"),
            (http_stub.Answer({"projects": [1]}), "without a list"),
            (http_stub.Answer({"other": []}), "without a list"),
            (http_stub.Answer("[]"), "not a JSON object"),
            (
                http_stub.Answer({"error": {"message": "why"}}, status=500),
                "HTTP 500: why",
            ),
        ):
            fetcher = self.make(answer)
            err = self.assertRaises(
                fetcher_base.FetchError, fetcher.get_scopes
            )
            self.assertIn(words, str(err))
            self.assertNotIn("secret", str(err))
