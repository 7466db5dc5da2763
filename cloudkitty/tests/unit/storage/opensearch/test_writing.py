# SPDX-License-Identifier: Apache-2.0
"""Requests of a replacement, and the errors of single documents."""

import json

import fixtures

from cloudkitty.storage import base as storage_base
from cloudkitty.storage.v2.opensearch import bulk
from cloudkitty.storage.v2.opensearch import versions
from cloudkitty.tests import new_scopes
from cloudkitty.tests.contract.storage import usage
from cloudkitty.tests.unit.storage.opensearch import case

BEFORE = (case.mapping(), case.newest())
AFTER = (case.REFRESHED, case.counts(own=2))
DELETED = case.Answer({"deleted": 3, "failures": []})


class TestReplace(case.StubCase):
    """The requests in turn."""

    def test_requests_of_a_replacement(self):
        storage = self.make(*BEFORE, case.items(201, 200), *AFTER)
        self.replace(storage)
        self.assertEqual(
            [
                "GET /cloudkitty/_mapping",
                "POST /cloudkitty/_search",
                "POST /cloudkitty/_bulk",
                "POST /cloudkitty/_refresh",
                "POST /cloudkitty/_search",
            ],
            self.paths(),
        )
        lines = self.stub.requests[2].body.splitlines()
        action, document = map(json.loads, lines[:2])
        self.assertEqual("external_gte", action["index"]["version_type"])
        self.assertEqual(document["ck"]["write"], action["index"]["version"])

    def test_the_form_of_a_document_is_that_of_upstream(self):
        storage = self.make(
            *BEFORE, case.items(201), case.REFRESHED, case.counts(own=1)
        )
        point = usage.point(
            "1.50", "0.123456789012345678901", {"id": "x"}, {"m": "y"}
        )
        storage.replace(
            new_scopes.make("p1"),
            usage.hours(0, 1),
            [usage.frame(0, cpu=[point])],
        )
        text = self.stub.requests[2].body.splitlines()[1]
        document = json.loads(text, parse_float=str)
        self.assertEqual(
            ["start", "end", "type", "unit", "description"]
            + ["qty", "price", "groupby", "metadata", "ck"],
            list(document),
        )
        own = document.pop("ck")
        self.assertEqual(
            {
                "start": "2026-11-01T00:00:00+00:00",
                "end": "2026-11-01T01:00:00+00:00",
                "type": "cpu",
                "unit": "GiB",
                "description": "Words",
                "qty": "1.5",
                "price": "0.123456789012345678901",
                "groupby": {"id": "x", "project_id": "p1"},
                "metadata": {"m": "y"},
            },
            document,
        )
        self.assertEqual(
            {"scope_key": "project_id", "original": None, "seq": 0},
            {key: own[key] for key in ("scope_key", "original", "seq")},
        )

    def test_ids_are_those_of_the_previous_rating(self):
        """So that a point is overwritten, whatever its new price."""
        seen = []
        for price in ("1", "2"):
            storage = self.make(*BEFORE, case.items(201, 200), *AFTER)
            frame = usage.frame(0, cpu=[usage.point(price=price)] * 2)
            storage.replace(new_scopes.make("p1"), usage.hours(0, 1), [frame])
            lines = self.stub.requests[2].body.splitlines()
            actions = [json.loads(line)["index"] for line in lines[::2]]
            seen.append([action["_id"] for action in actions])
        self.assertEqual(seen[0], seen[1])
        self.assertEqual(2, len(set(seen[0])))

    def test_versions_rise_even_if_the_clock_was_set_back(self):
        future = 1 << 60
        storage = self.make(
            case.mapping(), case.newest(future), case.items(200, 200), *AFTER
        )
        self.replace(storage)
        line = self.stub.requests[2].body.splitlines()[0]
        self.assertEqual(future + 1, json.loads(line)["index"]["version"])
        source = versions.Versions()
        self.assertLess(source.after(0), source.after(0))

    def test_older_points_are_deleted_in_the_scope_and_window_only(self):
        storage = self.make(
            *BEFORE,
            case.items(201, 200),
            case.REFRESHED,
            case.counts(own=2, older=3),
            case.found(total=3),
            DELETED,
            case.REFRESHED,
            case.found(total=0),
        )
        self.replace(storage)
        self.assertIn("POST /cloudkitty/_delete_by_query", self.paths())
        clauses = self.sent(6)["query"]["bool"]["filter"]
        self.assertIn({"terms": {"groupby.project_id": ["p1"]}}, clauses)
        self.assertIn("range", str(clauses))
        [older] = [c for c in clauses if "ck.write" in str(c)]
        self.assertEqual(["must_not"], list(older["bool"]))

    def test_points_that_are_not_found_again_end_the_replacement(self):
        """Then the new points would be deleted as old ones."""
        storage = self.make(
            *BEFORE,
            case.items(201, 201),
            case.REFRESHED,
            case.counts(own=1, older=4),
        )
        self.assertIn("does not return", self.failure(self.replace, storage))
        self.assertNotIn("POST /cloudkitty/_delete_by_query", self.paths())

    def test_a_later_write_ends_the_replacement(self):
        for answer, seen in (
            (case.items(201, 409), case.counts(own=1)),
            (case.items(201, 201), case.counts(own=2, newer=1)),
        ):
            bucket = {"key": {"start": 5, "metric": "cpu"}, "doc_count": 1}
            storage = self.make(
                *BEFORE,
                answer,
                case.REFRESHED,
                seen,
                case.found(groups={"buckets": [bucket]}),
                case.found(total=1),
                DELETED,
                case.REFRESHED,
                case.found(total=0),
            )
            self.assertIn("later write", self.failure(self.replace, storage))
            clauses = self.sent(7)["query"]["bool"]["filter"]
            [own] = [c for c in clauses if "ck.write" in str(c)]
            self.assertEqual(["term"], list(own))
            self.assertIn("{'start': 5}", str(clauses))

    def test_a_fence_is_checked_before_each_write(self):
        calls = []

        def fence():
            calls.append(len(self.stub.requests))
            if len(calls) == 2:
                raise ZeroDivisionError

        self.useFixture(fixtures.MonkeyPatch(f"{bulk.__name__}.DOCUMENTS", 1))
        storage = self.make(*BEFORE, case.items(201), *AFTER)
        frame = usage.frame(0, cpu=[usage.point()] * 2)
        self.assertRaises(
            ZeroDivisionError,
            storage.replace,
            new_scopes.make("p1"),
            usage.hours(0, 1),
            [frame],
            fence=fence,
        )
        self.assertEqual([2, 3], calls)
        self.assertEqual(3, len(self.stub.requests))


class TestBulk(case.StubCase):
    """The results of single documents."""

    def test_a_refused_document(self):
        for status in (400, 404, 500):
            storage = self.make(*BEFORE, case.items(201, status))
            text = self.failure(self.replace, storage)
            self.assertIn(f"refused a point: boom: why ({status})", text)

    def test_only_rejected_documents_are_sent_again(self):
        storage = self.make(
            *BEFORE, case.items(429, 201), case.items(201), *AFTER
        )
        self.replace(storage)
        first, second = (
            self.stub.requests[n].body.splitlines() for n in (2, 3)
        )
        self.assertEqual(first[:2], second)

    def test_a_server_that_rejects_for_ever(self):
        storage = self.make(*BEFORE, case.items(503, 201), case.items(503))
        text = self.failure(self.replace, storage)
        self.assertIn("rejected 1 documents", text)

    def test_malformed_results(self):
        for body in (
            {},
            {"items": {}},
            {"items": [{}]},
            {"items": [{}, {}]},
            {"items": [5, 5]},
            {"items": [{"index": {}}] * 2},
            {"items": [{"index": {"status": "x"}}] * 2},
        ):
            storage = self.make(*BEFORE, case.Answer(body))
            self.assertIn("malformed", self.failure(self.replace, storage))

    def test_documents_of_a_stream_are_created(self):
        storage = self.make(
            case.mapping(index=".ds-cloudkitty-000001"),
            case.newest(),
            # The answer of the first attempt was lost.
            case.items(201, 409, action="create"),
            *AFTER,
            use_datastream=True,
        )
        self.replace(storage)
        lines = self.stub.requests[2].body.splitlines()
        self.assertEqual(["create"], list(json.loads(lines[0])))
        self.assertEqual("@timestamp", next(iter(json.loads(lines[1]))))

    def test_requests_are_bounded(self):
        self.useFixture(fixtures.MonkeyPatch(f"{bulk.__name__}.DOCUMENTS", 2))
        sizes = [len(piece) for piece in bulk._pieces([("i", "x")] * 5)]
        self.assertEqual([2, 2, 1], sizes)
        self.useFixture(fixtures.MonkeyPatch(f"{bulk.__name__}.CHARACTERS", 3))
        long = [("i", "x" * 9), ("i", "x"), ("i", "x"), ("i", "xx")]
        sizes = [len(piece) for piece in bulk._pieces(long)]
        self.assertEqual([1, 2, 1], sizes)


class TestDelete(case.StubCase):
    """Deletion of a scope's points."""

    def delete(self, storage):
        storage.delete(new_scopes.make("p1"), usage.hours(0, 1))

    def test_points_that_change_are_deleted_again(self):
        some, none = case.found(total=2), case.found(total=0)
        conflict = case.Answer({"deleted": 0, "failures": []})
        storage = self.make(
            *(case.mapping(), case.REFRESHED),
            *(some, conflict, case.REFRESHED),
            *(some, DELETED, case.REFRESHED, none),
        )
        self.delete(storage)
        self.assertEqual(9, len(self.stub.requests))

    def test_points_that_always_change(self):
        conflict = case.Answer({"deleted": 0, "failures": []})
        storage = self.make(
            *(case.mapping(), case.REFRESHED),
            *(case.found(total=2), conflict, case.REFRESHED) * 9,
        )
        self.assertIn("they change", self.failure(self.delete, storage))

    def test_failures_of_a_deletion(self):
        for body in (
            {},
            {"deleted": 1},
            {"deleted": 1, "failures": [{"cause": "x"}]},
            {"deleted": "1", "failures": []},
        ):
            storage = self.make(
                *(case.mapping(), case.REFRESHED),
                *(case.found(total=2), case.Answer(body)),
            )
            self.assertIn("not delete all", self.failure(self.delete, storage))

    def test_a_refresh_that_fails_on_a_shard(self):
        failed = {"total": 2, "successful": 1, "failed": 1}
        storage = self.make(case.mapping(), case.Answer({"_shards": failed}))
        self.failure(self.delete, storage)


class TestAdd(case.StubCase):
    """Uploaded points."""

    def test_points_are_removed_if_a_later_one_is_refused(self):
        storage = self.make(
            case.mapping(),
            case.items(201, 400, action="create"),
            case.REFRESHED,
            case.mapping(),
            case.found(total=1),
            DELETED,
            case.REFRESHED,
            case.found(total=0),
        )
        frame = usage.frame(0, cpu=[usage.point()] * 2)
        self.assertRaises(
            storage_base.StorageError,
            storage.add,
            {new_scopes.make("p1"): [frame]},
        )
        clauses = self.sent(5)["query"]["bool"]["filter"]
        self.assertIn({"term": {"ck.added": True}}, clauses)
        self.assertIn({"terms": {"groupby.project_id": ["p1"]}}, clauses)
