# SPDX-License-Identifier: Apache-2.0
from osc_lib import exceptions

from cloudkitty.client import http
from cloudkitty.client import scopes
from cloudkitty.tests import base
from cloudkitty.tests.fakes import rating_api

PATH = "/v2/scope"


def scope(scope_id, last="2026-11-22T22:00:00+00:00"):
    return {"scope_id": scope_id, "last_processed_timestamp": last}


class TestResolve(base.TestCase):
    def resolve(self, response, projects, *values):
        api = rating_api.FakeApi({PATH: [response]})
        return scopes.resolve(api, lambda n: projects.get(n, []), values)

    def test_an_id_is_never_a_name(self):
        projects = {"a": [("other", "default")], "b": [("b-id", "default")]}
        self.assertEqual(
            {"a": "a", "b": "b-id", "c": "c"},
            self.resolve(rating_api.page(scope("a")), projects, "a", "b", "c"),
        )

    def test_an_ambiguous_name(self):
        projects = {"a": [("1", "default"), ("2", "second")]}
        error = self.assertRaises(
            exceptions.CommandError,
            self.resolve,
            http.ApiError(404, "none"),
            projects,
            "a",
        )
        self.assertIn("1 (domain default), 2 (domain second)", str(error))

    def test_scopes_may_be_forbidden(self):
        projects = {"a": [("1", "default")]}
        self.assertEqual(
            {"a": "1", "b": "b"},
            self.resolve(http.ApiError(403, "no"), projects, "a", "b"),
        )

    def test_another_error_is_one(self):
        self.assertRaises(
            http.ApiError, self.resolve, http.ApiError(503, "away"), {}, "a"
        )


class TestRatedUntil(base.TestCase):
    def test_the_oldest_of_all_pages(self):
        pages = [
            rating_api.page(scope("a"), total=2),
            rating_api.page(scope("b", "2026-11-22T21:00:00+02:00"), total=2),
        ]
        api = rating_api.FakeApi({PATH: pages})
        self.assertEqual(
            base.utc("2026-11-22T20:00"), scopes.rated_until(api, None, 3600)
        )
        [_, (_, _, query)] = api.requests
        self.assertIn(("active", "1"), query)
        self.assertIn(("offset", "1"), query)

    def test_selected_scopes(self):
        api = rating_api.FakeApi({PATH: [rating_api.page(scope("a"))]})
        scopes.rated_until(api, ["a", "b"], 3600)
        self.assertIn(("scope_id", "b"), api.requests[0][2])

    def test_none(self):
        for response in (http.ApiError(404, "none"), rating_api.page()):
            api = rating_api.FakeApi({PATH: [response]})
            self.assertRaises(
                exceptions.CommandError, scopes.rated_until, api, None, 3600
            )
