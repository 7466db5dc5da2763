# SPDX-License-Identifier: Apache-2.0
"""``POST /v2/task/reprocesses``."""

import json

import sqlalchemy as sa

from cloudkitty.api import error_codes
from cloudkitty.api.v2.task import problems
from cloudkitty.db.scopes import updates as scope_updates
from cloudkitty.db.tasks import models as task_models
from cloudkitty.tasks import errors as task_errors
from cloudkitty.tests import base
from cloudkitty.tests import new_scopes
from cloudkitty.tests.unit.api.task import case
from cloudkitty.tests.unit.api.task import test_read


class TestCreate(case.TaskCase):
    def test_request_of_upstream(self):
        answer = self.post()
        self.assertEqual({}, answer.json)
        self.assertEqual("application/json", answer.content_type)
        [task] = self.tasks()
        self.assertEqual(
            ("a", 24, "Reprocessing test"),
            (task.scope_id, task.periods_total, task.reason),
        )

    def test_location_lists_the_created_tasks(self):
        self.post(scope_ids="b", reason="another")
        location = self.post(scope_ids="a").headers["Location"]
        listed = self.app.get(location).json
        self.assertEqual(["a"], [task["scope_id"] for task in listed])

    def test_trailing_slash(self):
        answer = self.app.post_json(case.URL + "/", case.BODY)
        self.assertIn(case.URL + "?batch_id=", answer.headers["Location"])

    def test_scopes_as_string_or_list(self):
        hour = {"end_reprocess_time": case.BODY["start_reprocess_time"]}
        self.post(scope_ids="a, b,a", **hour)
        self.assertEqual(["a", "b"], [t.scope_id for t in self.tasks()])
        hour = {
            "start_reprocess_time": "2021-06-02",
            "end_reprocess_time": "2021-06-02",
        }
        self.post(scope_ids=["b", "a", "b"], **hour)
        self.assertEqual(4, len(self.tasks()))

    def test_items_of_a_list_with_any_character(self):
        names = ["x,y", " z ", "50%", "p/q", "über", "\U0001f4b0", "'\"\\"]
        case.add_scopes(self.database, *names)
        self.post(scope_ids=names)
        self.assertEqual(set(names), {task.scope_id for task in self.tasks()})

    def test_all_selects_each_scope(self):
        for value in ("ALL", ["ALL"]):
            self.post(
                scope_ids=value,
                start_reprocess_time="2021-06-01",
                end_reprocess_time="2021-06-01",
            )
            self.assertEqual(2, len(self.tasks()))
            with self.database.writer() as session:
                session.execute(sa.delete(task_models.Reprocess))

    def test_formats_of_times(self):
        for start, end in (
            ("2021-06-01T00:00:00Z", "2021-06-01T00:00Z"),
            ("2021-06-02", "2021-06-02 00:00"),
            ("2021-06-03T02:00:00+02:00", "2021-06-02 19:00:00-05:00"),
        ):
            self.post(start_reprocess_time=start, end_reprocess_time=end)
        self.assertEqual(
            [
                base.utc("2021-06-01T00:00"),
                base.utc("2021-06-02T00:00"),
                base.utc("2021-06-03T00:00"),
            ],
            [task.start_at for task in self.tasks()],
        )

    def test_user_id_is_stored_and_truncated(self):
        self.post(
            headers={
                "X-User-Id": "u" * 5000,
                "X-Project-Id": "p" * 5000,
            }
        )
        [task] = self.tasks()
        self.assertEqual("u" * 255, task.created_by)
        self.assertEqual("p" * 255, task.project_id)
        self.assertTrue(task.request_id.startswith("req-"))


class TestRefused(case.TaskCase):
    def test_blank_scopes(self):
        for value in ("", " ", []):
            self.refuse(error_codes.TASK_SCOPES_BLANK, "ALL", scope_ids=value)
        for value in (",", "a,,b", ["a", ""], [" "]):
            self.refuse(error_codes.ARGUMENT_INVALID, scope_ids=value)

    def test_all_with_scope_ids(self):
        for value in ("ALL,a", ["a", "ALL"]):
            self.refuse(
                error_codes.TASK_ALL_WITH_SCOPE_IDS,
                "ALL alone",
                scope_ids=value,
            )

    def test_unknown_scopes(self):
        self.refuse(
            error_codes.TASK_SCOPE_UNKNOWN,
            "nobody, all",
            "/v2/scope",
            scope_ids="a,nobody,all",
        )

    def test_invalid_reasons(self):
        for reason in ("", "  ", "x" * 4001):
            self.refuse(error_codes.TASK_REASON_INVALID, reason=reason)

    def test_end_before_start(self):
        self.refuse(
            error_codes.TASK_END_BEFORE_START,
            end_reprocess_time="2021-05-31 23:00:00+00:00",
        )

    def test_unaligned_window(self):
        self.refuse(
            error_codes.TASK_WINDOW_UNALIGNED,
            "start_reprocess_time 2021-06-01 00:00:00+00:00",
            "end_reprocess_time 2021-06-01 23:00:00+00:00",
            start_reprocess_time="2021-06-01 00:10",
            end_reprocess_time="2021-06-01 23:59:59",
        )

    def test_too_long_window(self):
        self.refuse(
            error_codes.TASK_WINDOW_TOO_LONG,
            "1981-05-29 15:00:00+00:00",
            start_reprocess_time="1970-01-01",
        )

    def test_window_that_is_not_rated(self):
        self.refuse(
            error_codes.TASK_WINDOW_NOT_RATED,
            "2021-07-01 00:00:00+00:00 or earlier",
            end_reprocess_time="2021-07-01 01:00",
        )

    def test_overlap(self):
        self.post()
        self.refuse(
            error_codes.TASK_OVERLAPS,
            "a (2021-06-01 00:00:00+00:00 to 2021-06-01 23:00:00+00:00)",
        )

    def test_ambiguous_scope(self):
        with self.database.writer() as session:
            scope_updates.create(
                session,
                new_scopes.make("a", scope_key="domain_id"),
                case.LAST,
            )
        self.refuse(
            error_codes.TASK_SCOPE_AMBIGUOUS, "keep one of them active"
        )

    def test_missing_keys(self):
        for key in case.BODY:
            self.refuse(error_codes.ARGUMENT_MISSING, key, **{key: None})

    def test_unknown_keys(self):
        for key in ("metric", "priority", "scope_id", "x"):
            self.refuse(error_codes.ARGUMENT_UNKNOWN, key, **{key: "a"})

    def test_values_of_another_type(self):
        others = (5, 1.5, True, {}, {"a": "b"}, [[]], [None], [5], "\0")
        for value in others:
            self.refuse(error_codes.ARGUMENT_INVALID, scope_ids=value)
            if not isinstance(value, str):
                self.refuse(error_codes.ARGUMENT_INVALID, reason=value)
        for key in ("start_reprocess_time", "end_reprocess_time"):
            for value in (*others, "10", "monday", "Jan", "2021-13-01"):
                self.refuse(error_codes.TIME_INVALID, key, **{key: value})

    def test_null(self):
        for key in case.BODY:
            body = {**case.BODY, key: None}
            self.app.post_json(case.URL, body, status=400)
        self.assertEqual([], self.tasks())

    def test_too_long_id(self):
        self.refuse(error_codes.ARGUMENT_INVALID, "256", scope_ids="x" * 257)

    def test_bodies_that_are_not_objects(self):
        deep = "[" * 50_000
        for body in ("", "[]", '"a"', "5", "null", "{", "\xff", deep):
            answer = self.app.post(
                case.URL,
                body.encode("latin-1"),
                content_type="application/json",
                status=400,
            )
            self.assertEqual(
                error_codes.BODY_INVALID, answer.json["errors"][0]["code"]
            )

    def test_query_is_rejected(self):
        self.app.post_json(case.URL + "?mode=x", case.BODY, status=400)
        self.assertEqual([], self.tasks())

    def test_each_error_of_the_domain_has_a_code(self):
        reasons = set(task_errors.TaskError.__subclasses__())
        self.assertEqual(reasons, set(problems.CODES))

    def test_other_content_type(self):
        self.app.post(
            case.URL,
            json.dumps(case.BODY),
            content_type="text/plain",
            status=415,
        )


class TestOptions(case.TaskCase):
    """Keys that upstream does not have."""

    def post_one(self, **changes):
        self.post(**changes)
        [task] = self.tasks()
        return task

    def test_defaults(self):
        task = self.post_one()
        self.assertEqual(
            (None, "reprocess", False),
            (task.metrics, task.mode, task.allow_empty),
        )

    def test_null_counts_as_missing(self):
        body = {**case.BODY, "metrics": None, "mode": None}
        self.app.post_json(case.URL, {**body, "allow_empty": None})
        [task] = self.tasks()
        self.assertEqual(
            (None, "reprocess", False),
            (task.metrics, task.mode, task.allow_empty),
        )

    def test_metrics_as_string_or_list(self):
        task = self.post_one(metrics="cpu, volume.size,cpu")
        self.assertEqual(("cpu", "volume.size"), task.metrics)
        self.post(scope_ids="b", metrics=["a,b"])
        self.assertEqual(("a,b",), self.tasks()[1].metrics)

    def test_invalid_metrics(self):
        for metrics in ("", " ", [], [""], 5, {}, [1], ["x" * 256], ["\0"]):
            self.refuse(
                error_codes.ARGUMENT_INVALID, "metrics", metrics=metrics
            )
        self.refuse(
            error_codes.ARGUMENT_INVALID,
            "at most 100",
            metrics=[str(n) for n in range(101)],
        )

    def test_invalid_flags(self):
        for value in ("perhaps", 1, [], {}):
            self.refuse(
                error_codes.ARGUMENT_INVALID, "allow_empty", allow_empty=value
            )
        for value in ("", "guess", 1, []):
            self.refuse(error_codes.ARGUMENT_INVALID, "preview", mode=value)

    def test_preview_blocks_no_task(self):
        self.post()
        for _ in range(2):
            self.post(mode="preview")
        self.assertEqual(
            ["reprocess", "preview", "preview"],
            [task.mode for task in self.tasks()],
        )
        # A preview does not block a new task either.
        first = self.tasks()[0]
        self.app.patch_json(f"/v2/task/{first.id}", {"state": "cancelled"})
        self.post()
        self.refuse(error_codes.TASK_OVERLAPS, "share periods")

    def test_preview_is_validated(self):
        self.refuse(
            error_codes.TASK_WINDOW_NOT_RATED,
            mode="preview",
            end_reprocess_time="2021-08-01",
        )

    def test_preview_is_finished_for_upstream(self):
        self.post(mode="preview")
        row = task_models.Reprocess
        with self.database.reader() as session:
            [(shown, end)] = session.execute(
                sa.select(row.current_reprocess_time, row.end_reprocess_time)
            )
        self.assertEqual(end, shown)
        [task] = self.app.get(f"{case.URL}?mode=preview").json
        self.assertIsNone(task["current_reprocess_time"])
        self.assertEqual([], self.app.get(f"{case.URL}?mode=reprocess").json)

    def test_preview_does_not_hide_a_task(self):
        self.post()
        self.post(mode="preview")
        shown = self.app.get(f"{case.URL}/a").json
        self.assertEqual("reprocess", shown["mode"])

    def test_sample(self):
        self.post(
            **test_read.sample("reprocesses-post-preview-request")
            | {"scope_ids": "a"}
        )
