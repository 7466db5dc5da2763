# SPDX-License-Identifier: Apache-2.0
"""``GET /v2/task/reprocesses`` and ``GET /v2/task/reprocesses/{scope}``."""

import json
import pathlib
import re

import cloudkitty
from cloudkitty.api import error_codes
from cloudkitty.db.tasks import claims as task_claims
from cloudkitty.tasks import request as task_request
from cloudkitty.tests import base
from cloudkitty.tests import claiming
from cloudkitty.tests import new_tasks
from cloudkitty.tests.fakes import api as fake_api
from cloudkitty.tests.unit.api.task import case

SAMPLES = (
    pathlib.Path(cloudkitty.__file__).parents[1]
    / "api-ref/source/samples/task"
)


def sample(name):
    return json.loads((SAMPLES / f"{name}.json").read_text())


def kinds(value):
    """Return the shape of JSON: its keys and the types of its values.

    Of a list, each different shape once.
    """
    if isinstance(value, dict):
        return {key: kinds(item) for key, item in value.items()}
    if isinstance(value, list):
        shapes = []
        for item in value:
            if kinds(item) not in shapes:
                shapes.append(kinds(item))
        return shapes
    return type(value)


class TestOne(case.TaskCase):
    def get(self, scope_id="a", status=200):
        return self.app.get(f"{case.URL}/{scope_id}", status=status).json

    def claim(self):
        with self.database.writer() as session:
            return claiming.claim_next(
                session, owner="test", now=fake_api.NOW, lease_seconds=60
            )

    def test_new_task(self):
        self.post()
        got = self.get()
        batch = got.pop("batch_id")
        self.assertEqual(36, len(batch))
        self.assertEqual(
            {
                "scope_id": "a",
                "reason": "Reprocessing test",
                "start_reprocess_time": "2021-06-01 00:00:00+00:00",
                "end_reprocess_time": "2021-06-01 23:00:00+00:00",
                "current_reprocess_time": None,
                "id": self.tasks()[0].id,
                "state": "scheduled",
                "mode": "reprocess",
                "created_at": "2026-11-22 12:30:00+00:00",
                "started_at": None,
                "finished_at": None,
                "failed_attempts": 0,
                "attempts": 0,
                "last_error": None,
                "periods_total": 24,
                "periods_done": 0,
                "periods_kept": 0,
                "progress": 0.0,
                "period_seconds": 3600,
            },
            got,
        )

    def test_running_task_equals_the_sample(self):
        self.post()
        task = self.claim()
        with self.database.writer() as session:
            task_claims.advance(
                session,
                task.id,
                task.lease_token,
                current_at=base.utc("2021-06-01T05:00"),
                periods_done=6,
                lease_expires_at=fake_api.NOW,
                now=fake_api.NOW,
            )
        got, told = self.get(), sample("reprocess-get-response")
        self.assertEqual(kinds(told), kinds(got))
        self.assertEqual(list(told), list(got))
        for key in (
            "current_reprocess_time",
            "state",
            "periods_total",
            "periods_done",
            "progress",
        ):
            self.assertEqual(told[key], got[key], key)

    def test_unfinished_task_has_precedence(self):
        self.insert_many(3)
        for number in (0, 1):
            task = self.claim()
            if number:
                break
            with self.database.writer() as session:
                task_claims.release(
                    session,
                    task.id,
                    task.lease_token,
                    state="succeeded",
                    now=fake_api.NOW,
                )
        self.assertEqual("number 1", self.get()["reason"])

    def test_newest_of_finished_tasks(self):
        self.insert_many(3)
        while task := self.claim():
            with self.database.writer() as session:
                task_claims.release(
                    session,
                    task.id,
                    task.lease_token,
                    state="failed",
                    now=fake_api.NOW,
                    last_error="cpu at 05:00: refused",
                )
        got = self.get()
        self.assertEqual(
            ("number 2", "failed", "cpu at 05:00: refused"),
            (got["reason"], got["state"], got["last_error"]),
        )
        self.assertEqual("2026-11-22 12:30:00+00:00", got["finished_at"])

    def test_scope_without_tasks(self):
        got = self.get("nobody", status=404)
        self.assertEqual(error_codes.TASK_NOT_FOUND, got["errors"][0]["code"])
        self.assertIn("'nobody'", got["message"])

    def test_ids_with_any_character(self):
        for name, path in (
            ("50%", "50%25"),
            ("p/q", "p%2Fq"),
            ("a b", "a%20b"),
            ("a+b", "a+b"),
            ("x,y", "x,y"),
            ("x?y#z", "x%3Fy%23z"),
            ("über", "%C3%BCber"),
            ("file.json", "file.json"),
            ("..", "%2E%2E"),
            ("%2F", "%252F"),
        ):
            self.insert(new_tasks.make(name, case.LAST))
            self.assertEqual(name, self.get(path)["scope_id"])

    def test_invalid_ids(self):
        for path in ("%00", "x" * 257, "%FF"):
            self.get(path, status=400)

    def test_query_is_rejected(self):
        self.app.get(f"{case.URL}/a?limit=1", status=400)


class TestList(case.TaskCase):
    def ids(self, query="", status=200):
        answer = self.app.get(case.URL + query, status=status).json
        if status != 200:
            return answer
        if isinstance(answer, dict):
            answer = answer["results"]
        return [int(task["reason"].split()[1]) for task in answer]

    def test_empty(self):
        self.assertEqual([], self.app.get(case.URL).json)
        self.assertEqual([], self.app.get(case.URL + "/").json)

    def test_newest_first_unless_ascending(self):
        self.insert_many(3)
        self.assertEqual([2, 1, 0], self.ids())
        self.assertEqual([0, 1, 2], self.ids("?order=asc"))
        self.assertEqual([0, 1, 2], self.ids("?order=ASC"))
        self.assertEqual([2, 1, 0], self.ids("?order=DESC"))

    def test_filters(self):
        self.insert_many(2)
        self.insert_many(4, scope_id="b")
        with self.database.writer() as session:
            claiming.claim_next(
                session, owner="test", now=fake_api.NOW, lease_seconds=60
            )
        for query, count in (
            ("scope_ids=a", 2),
            ("scope_ids=a,b", 6),
            ("scope_ids=a&scope_ids=b", 6),
            ("scope_ids=nobody", 0),
            ("state=running", 1),
            ("state=SCHEDULED", 5),
            ("state=running,scheduled", 6),
            ("state=failed", 0),
            ("mode=reprocess", 6),
            ("batch_id=batch-1", 3),
            ("batch_id=batch-1&scope_ids=b", 2),
            ("batch_id=nobody", 0),
            ("reason=number 1", 2),
            ("reason_contains=NUMBER", 6),
            ("reason_contains=%25", 0),
            ("created_by=ann", 0),
            ("created_after=2026-11-22T12:30", 6),
            ("created_before=2026-11-22T12:29", 0),
            ("begin=2021-06-30T23:30&end=2021-07-01T00:30", 4),
        ):
            self.assertEqual(count, len(self.ids(f"?{query}")), query)
            page = self.app.get(f"{case.URL}?{query}&limit=1").json
            self.assertEqual(count, page["total"], query)

    def test_invalid_filters(self):
        for query, code in (
            ("scope_ids=", error_codes.ARGUMENT_INVALID),
            ("state=done", error_codes.ARGUMENT_INVALID),
            ("state=", error_codes.ARGUMENT_INVALID),
            ("mode=guess", error_codes.ARGUMENT_INVALID),
            ("order=up", error_codes.ARGUMENT_INVALID),
            ("order=asc&order=asc", error_codes.ARGUMENT_REPEATED),
            ("limit=0", error_codes.ARGUMENT_INVALID),
            ("limit=x", error_codes.ARGUMENT_INVALID),
            ("offset=-1", error_codes.ARGUMENT_INVALID),
            ("marker=x", error_codes.ARGUMENT_INVALID),
            ("marker=99999999999999999999", error_codes.ARGUMENT_INVALID),
            ("scope_id=a", error_codes.ARGUMENT_UNKNOWN),
            ("reason_contains=", error_codes.ARGUMENT_INVALID),
            ("created_after=monday", error_codes.TIME_INVALID),
            ("begin=2021-06-02&end=2021-06-01", error_codes.ARGUMENT_INVALID),
            ("scope_ids=%FF", error_codes.QUERY_INVALID),
        ):
            answer = self.ids(f"?{query}", status=400)
            self.assertEqual(code, answer["errors"][0]["code"], query)
            self.assertIn("send", answer["message"])

    def test_pages_by_links(self):
        self.insert_many(5)
        for order, expected in (
            ("desc", [4, 3, 2, 1, 0]),
            ("asc", [0, 1, 2, 3, 4]),
        ):
            seen, url = [], f"{case.URL}?limit=2&order={order}"
            while url:
                page = self.app.get(url).json
                self.assertEqual(5, page["total"])
                seen += [int(t["reason"][7:]) for t in page["results"]]
                url = next((link["href"] for link in page["links"]), None)
            self.assertEqual(expected, seen)

    def test_offset(self):
        self.insert_many(5)
        page = self.app.get(f"{case.URL}?offset=3").json
        self.assertEqual(
            (2, 5, []), (len(page["results"]), page["total"], page["links"])
        )
        page = self.app.get(f"{case.URL}?offset=9").json
        self.assertEqual(([], 5), (page["results"], page["total"]))

    def test_new_task_does_not_shift_the_pages(self):
        self.insert_many(4)
        page = self.app.get(f"{case.URL}?limit=2").json
        self.insert_many(1)
        after = self.app.get(page["links"][0]["href"]).json
        self.assertEqual(
            ["number 1", "number 0"],
            [task["reason"] for task in after["results"]],
        )

    def test_list_without_limit_links_to_the_next_page(self):
        self.insert_many(5)
        answer = self.app.get(case.URL)
        self.assertNotIn("Link", answer.headers)
        self.conf.set_override("max_limit", 3, group="api")
        answer = self.app.get(case.URL + "?scope_ids=a")
        self.assertEqual(3, len(answer.json))
        link, relation = answer.headers["Link"].split("; ")
        self.assertEqual('rel="next"', relation)
        after = self.app.get(link.strip("<>")).json
        self.assertEqual(
            ["number 1", "number 0"],
            [task["reason"] for task in after["results"]],
        )

    def test_limit_is_at_most_max_limit(self):
        self.insert_many(5)
        self.conf.set_override("max_limit", 3, group="api")
        page = self.app.get(f"{case.URL}?limit=100").json
        self.assertEqual((3, 5), (len(page["results"]), page["total"]))
        self.assertEqual(1, len(page["links"]))

    def test_samples(self):
        self.post(**sample("reprocesses-post-request") | {"scope_ids": "a"})
        self.assertEqual({}, sample("reprocesses-post-response"))
        plain = self.app.get(case.URL).json
        told = sample("reprocesses-get-response")
        self.assertEqual([list(t) for t in told], [list(t) for t in plain])
        self.post(scope_ids="b")
        page = self.app.get(f"{case.URL}?limit=1").json
        told = sample("reprocesses-get-page-response")
        self.assertEqual(list(told), list(page))
        self.assertEqual(kinds(told["links"]), kinds(page["links"]))
        self.assertEqual(told["total"], page["total"])


class TestTypes(case.TaskCase):
    def test_types_of_tasks(self):
        for url in ("/v2/task", "/v2/task/"):
            self.assertEqual(
                sample("types-get-response"), self.app.get(url).json
            )

    def test_unknown_type(self):
        self.app.get("/v2/task/backups", status=404)
        self.app.post_json("/v2/task/backups", {}, status=404)


class TestReference(base.TestCase):
    """The page of the API reference."""

    def test_page_lists_all_codes(self):
        page = (SAMPLES.parents[1] / "v2/task.inc").read_text()
        listed = set(re.findall(r"rating\.task\.[a-z_]+", page))
        codes = {
            value
            for name, value in vars(error_codes).items()
            if name.startswith("TASK_")
        }
        self.assertEqual(codes, listed)

    def test_page_contains_the_limits(self):
        page = (SAMPLES.parents[1] / "v2/task.inc").read_text()
        for bound in (task_request.MAX_REASON, task_request.MAX_PERIODS):
            self.assertIn(str(bound), page)
