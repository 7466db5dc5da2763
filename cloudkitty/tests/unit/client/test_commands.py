# SPDX-License-Identifier: Apache-2.0
"""Arguments, requests and rows of commands, without a shell."""

import contextlib
import io
import types

from osc_lib import exceptions

from cloudkitty.client import columns
from cloudkitty.client import http
from cloudkitty.client import tasks
from cloudkitty.client.commands import batch
from cloudkitty.client.commands import changes
from cloudkitty.client.commands import create
from cloudkitty.client.commands import order
from cloudkitty.client.commands import report
from cloudkitty.client.commands import show
from cloudkitty.tests import base
from cloudkitty.tests.fakes import rating_api


class CommandCase(base.TestCase):
    def run_command(self, cls, responses, *arguments):
        """Return (rows, exit status, errors) of a command."""

        class Command(cls):
            api = rating_api.FakeApi(responses)

        self.api = Command.api
        # Without Keystone, no name is resolved.
        manager = types.SimpleNamespace(auth_ref=None)
        app = types.SimpleNamespace(client_manager=manager)
        command = Command(app, None)
        args = command.get_parser("x").parse_args(list(arguments))
        errors = io.StringIO()
        with contextlib.redirect_stderr(errors):
            headers, values = command.take_action(args)
        rows = (
            dict(zip(headers, values, strict=True))
            if issubclass(cls, batch.base.ShowOne)
            else [dict(zip(headers, row, strict=True)) for row in values]
        )
        return rows, command.exit_status, errors.getvalue()

    def refuse(self, cls, responses, *arguments):
        error = self.assertRaises(
            exceptions.CommandError,
            self.run_command,
            cls,
            responses,
            *arguments,
        )
        return str(error)

    def sent(self, method):
        return [each for each in self.api.requests if each[0] == method]


COUNTED = {"matched": 2, "changed": 2, "dry_run": False}


class TestChanges(CommandCase):
    def test_filters_of_each_command(self):
        for cls, state, only in (
            (changes.Pause, "paused", {}),
            (changes.Cancel, "cancelled", {}),
            (changes.Resume, "scheduled", {"state": ["paused"]}),
            (changes.Retry, "scheduled", {"state": ["failed"]}),
        ):
            self.run_command(
                cls, {tasks.ROOT: [COUNTED]}, "--batch", "b", "--dry-run"
            )
            [(_, path, body)] = self.sent("PATCH")
            self.assertEqual(tasks.ROOT, path)
            self.assertEqual(
                {
                    "state": state,
                    "filters": {"batch_id": ["b"], **only},
                    "dry_run": True,
                },
                body,
            )

    def test_force(self):
        for cls in (changes.Resume, changes.Retry):
            self.run_command(
                cls, {tasks.ROOT: [COUNTED]}, "--batch", "b", "--force"
            )
            [(_, _, body)] = self.sent("PATCH")
            self.assertIs(True, body["force"])
        responses = {"/v2/task/7": [rating_api.task(7, "failed")]}
        self.run_command(changes.Retry, responses, "7", "--force")
        [(_, _, body)] = self.sent("PATCH")
        self.assertEqual({"state": "scheduled", "force": True}, body)

    def test_all_filters(self):
        responses = {tasks.ROOT: [COUNTED]}
        self.run_command(
            changes.Cancel,
            responses,
            *("--scope", "a", "--scope", "b", "--state", "paused"),
            *("--batch-reason", "wrong", "--reason", "why"),
        )
        [(_, _, body)] = self.sent("PATCH")
        self.assertEqual(
            {"scope_id": ["a", "b"], "state": ["paused"], "reason": "wrong"},
            body["filters"],
        )
        self.assertEqual("why", body["reason"])
        self.assertFalse(body["dry_run"])

    def test_no_match_and_refusals(self):
        counted = {**COUNTED, "matched": 0, "changed": 0}
        _, status, errors = self.run_command(
            changes.Cancel, {tasks.ROOT: [counted]}, "--batch", "b"
        )
        self.assertEqual(1, status)
        self.assertIn("No task matches", errors)
        counted = {
            **COUNTED,
            "refused_total": 1,
            "refused": [{"id": 7, "scope_id": "a", "why": "it overlaps"}],
        }
        rows, status, errors = self.run_command(
            changes.Retry, {tasks.ROOT: [counted]}, "--batch", "b"
        )
        self.assertEqual(1, status)
        self.assertEqual(1, rows[0]["Refused"])
        self.assertIn("Task 7 is not changed: it overlaps", errors)

    def test_nothing_without_an_argument(self):
        for arguments in ((), ("--dry-run",), ("7", "--dry-run")):
            self.refuse(changes.Cancel, {}, *arguments)
            self.assertEqual([], self.api.requests)
        # A number beside a filter has two meanings.
        self.refuse(changes.Cancel, {}, "7", "--batch", "b")

    def test_a_task_that_another_command_changes(self):
        for cls, state, other in (
            (changes.Resume, "failed", "retry"),
            (changes.Retry, "paused", "resume"),
        ):
            responses = {"/v2/task/7": [rating_api.task(7, state)]}
            _, status, _ = self.run_command(cls, responses, "7")
            self.assertEqual(1, status, other)
            self.assertEqual([], self.sent("PATCH"))

    def test_one_of_two_is_refused(self):
        responses = {"/v2/task/8": [rating_api.task(8, "cancelled")]}
        rows, status, _ = self.run_command(
            changes.Cancel, responses, "7", "8", "8"
        )
        self.assertEqual([8], [row["ID"] for row in rows])
        self.assertEqual(1, status)
        self.assertEqual(2, len(self.sent("PATCH")))


class TestBatches(CommandCase):
    path = "/v2/task/batches/b"

    def test_retry_does_not_resume(self):
        responses = {self.path: [rating_api.batch(failed=1, paused=2)]}
        error = self.refuse(batch.Retry, responses, "b")
        self.assertIn("reprocess retry --batch b", error)
        responses = {self.path: [rating_api.batch(succeeded=1)]}
        self.refuse(batch.Retry, responses, "b")
        self.assertEqual([], self.sent("PATCH"))
        responses = {self.path: [rating_api.batch(failed=1)]}
        self.run_command(batch.Retry, responses, "b", "--reason", "x")
        [(_, _, body)] = self.sent("PATCH")
        self.assertEqual({"state": "scheduled", "reason": "x"}, body)

        self.run_command(batch.Retry, responses, "b", "--force")
        [(_, _, body)] = self.sent("PATCH")
        self.assertEqual({"state": "scheduled", "force": True}, body)

    def test_a_batch_that_awaits_approval(self):
        nothing = dict.fromkeys(
            ("approved_by", "approved_at", "preview_batch_id", "digest")
        )
        shown = {**rating_api.batch(awaiting_approval=2), "approval": nothing}
        row, _, errors = self.run_command(
            batch.Show, {self.path: [shown]}, "b"
        )
        self.assertEqual("2 awaiting_approval", row["states"].human_readable())
        self.assertEqual(nothing, row["approval"].machine_readable())
        self.assertIn("awaits", row["approval"].human_readable())
        self.assertIn("rating reprocess batch approve b", errors)
        shown = {
            **rating_api.batch(scheduled=2),
            "approval": {**nothing, "approved_by": "ann", "digest": "d1"},
        }
        row, _, errors = self.run_command(
            batch.Show, {self.path: [shown]}, "b"
        )
        self.assertIn("approved by ann", row["approval"].human_readable())
        self.assertEqual("", errors)

    def test_times_are_sent_in_utc(self):
        responses = {"/v2/task/batches": [{"batches": [], "total": 0}]}
        self.run_command(
            batch.List,
            responses,
            *("--begin", "2026-07-01", "--timezone", "Europe/Berlin"),
            *("--state", "failed", "--created-by", "u", "--scope", "a"),
        )
        [_, (_, _, query)] = self.sent("GET")
        self.assertEqual(
            [
                ("state", "failed"),
                ("scope_id", "a"),
                ("created_by", "u"),
                ("begin", "2026-06-30T22:00:00+00:00"),
            ],
            query[:4],
        )

    def test_filters_of_lists(self):
        for command, path, answer in (
            (batch.List, "/v2/task/batches", {"batches": [], "total": 0}),
            (
                show.List,
                "/v2/task/reprocesses",
                {"results": [], "total": 0, "links": []},
            ),
        ):
            self.run_command(
                command,
                {path: [answer]},
                *("--mode", "preview", "--reason-contains", "price"),
                *("--created-before", "2026-07-01T00:00+00:00"),
            )
            *_, (_, _, query) = self.sent("GET")
            self.assertEqual(
                [
                    ("mode", "preview"),
                    ("reason_contains", "price"),
                    ("created_before", "2026-07-01T00:00:00+00:00"),
                ],
                query[:3],
            )

    def test_order_of_a_preview(self):
        listed = {"results": [rating_api.task(7)], "total": 1, "links": []}
        path = "/v2/task/batches/p"
        for preview, digest, arguments in (
            ({"digest": "d"}, "d", ()),
            ({"digest": "d"}, "e", ("--digest", "e", "--force")),
        ):
            [row], _, _ = self.run_command(
                order.Order,
                {
                    path: [{**rating_api.batch(succeeded=1), **preview}],
                    "/v2/task/reprocesses": ["/x?batch_id=b", listed],
                },
                *("p", "--reason", "as shown", *arguments),
            )
            self.assertEqual(7, row["ID"])
            [(_, _, body)] = self.sent("POST")
            expected = {
                "reason": "as shown",
                "preview_batch_id": "p",
                "digest": digest,
            }
            if "--force" in arguments:
                expected["force"] = True
            self.assertEqual(expected, body)

    def test_order_of_an_incomplete_preview(self):
        responses = {"/v2/task/batches/p": [rating_api.batch(running=1)]}
        self.refuse(order.Order, responses, "p", "--reason", "x")
        self.assertEqual([], self.sent("POST"))

    def test_details_of_a_list(self):
        row = {**rating_api.task(1), "totals": {"before": "2", "after": "1"}}
        answer = {"results": [row], "total": 1, "links": []}
        [shown], _, _ = self.run_command(
            show.List, {"/v2/task/reprocesses": [answer]}, "--details"
        )
        [(_, _, query)] = self.sent("GET")
        self.assertIn(("include", "details"), query)
        self.assertEqual(("2", "1"), (shown["Before"], shown["After"]))

    def test_rows_of_an_older_api(self):
        # It has no totals, and no window.
        found = {**rating_api.batch(failed=1), "reason": "x", "mode": "y"}
        headers, [row] = columns.rows(columns.BATCH_LONG, [found])
        self.assertIsNone(dict(zip(headers, row, strict=True))["Before"])

    def test_workers(self):
        rating = {"kind": "rating", "alive": True}
        dead = {"kind": "reprocessing", "alive": False}
        alive = {"kind": "reprocessing", "alive": True}
        for workers, status in (
            ([], 1),
            ([rating, dead], 1),
            ([dead, alive], 0),
        ):
            answer = {"workers": workers, "alive": 1}
            got = self.run_command(
                batch.Workers, {"/v2/task/workers": [answer]}
            )
            self.assertEqual(status, got[1])


class TestWindowArguments(CommandCase):
    def create(self, *arguments):
        return self.refuse(
            create.Create,
            {tasks.LIST: [rating_api.page()]},
            *("--all-scopes", "--reason", "x", *arguments),
        )

    def test_begin_and_end_need_each_other(self):
        self.assertIn("--end", self.create("--begin", "2026-10-01"))
        self.assertIn(
            "--begin", self.create("--yesterday", "--end", "2026-10-01")
        )

    def test_unaligned(self):
        error = self.create(
            *("--begin", "2026-10-01T00:30", "--end", "2026-10-02"),
            *("--timezone", "UTC"),
        )
        self.assertIn("--begin 2026-10-01T00:00:00+00:00", error)

    def test_exclusive_arguments(self):
        for arguments in (
            ("--month", "2026-10", "--yesterday"),
            (),
            ("--month", "2026-10", "--scope", "a"),
            ("--month", "2026-10", "--period", "0"),
        ):
            with contextlib.redirect_stderr(io.StringIO()):
                self.assertRaises(SystemExit, self.create, *arguments)


class TestCreate(CommandCase):
    def create(self, period_seconds, *arguments, state="scheduled"):
        """Create tasks for a day of a service with these periods."""
        task = rating_api.task(state=state, period_seconds=period_seconds)
        location = "http://x/v2/task/reprocesses?batch_id=batch-1"
        return self.run_command(
            create.Create,
            {
                tasks.LIST: [
                    rating_api.page(),
                    location,
                    rating_api.page(task),
                ],
                "/v2/task/batches/batch-1": [rating_api.batch(cancelled=1)],
            },
            *("--all-scopes", "--reason", "x", "--timezone", "UTC"),
            *("--begin", "2026-11-01", "--end", "2026-11-02", *arguments),
        )

    def test_the_request(self):
        rows, status, errors = self.create(
            3600, "--metric", "cpu", "--allow-empty"
        )
        [(_, _, body)] = self.sent("POST")
        self.assertEqual(
            {
                "scope_ids": ["ALL"],
                "start_reprocess_time": "2026-11-01T00:00:00+00:00",
                "end_reprocess_time": "2026-11-01T23:00:00+00:00",
                "reason": "x",
                "metrics": ["cpu"],
                "allow_empty": True,
            },
            body,
        )
        self.assertEqual([7], [row["ID"] for row in rows])
        self.assertEqual(0, status)
        self.assertIn("UTC:    2026-11-01 00:00:00 UTC to 2026-11-02", errors)
        self.assertIn("Batch:  batch-1", errors)
        self.assertEqual([], self.sent("PATCH"))

    def test_another_period_cancels_the_tasks(self):
        # With periods of 10 minutes the last 50 minutes would be missing.
        error = self.assertRaises(exceptions.CommandError, self.create, 600)
        self.assertIn("--period 600", str(error))
        [(_, path, body)] = self.sent("PATCH")
        self.assertEqual("/v2/task/batches/batch-1", path)
        self.assertEqual("cancelled", body["state"])

    def test_waiting(self):
        _, status, _ = self.create(3600, "--wait")
        self.assertEqual(4, status)

    def test_rules_of_the_operator(self):
        self.create(
            3600, "--force", "--not-before", "2026-12-05", "--max-running", "5"
        )
        [(_, _, body)] = self.sent("POST")
        self.assertIs(True, body["force"])
        self.assertEqual("2026-12-05T00:00:00+00:00", body["not_before"])
        self.assertEqual(5, body["max_running"])

    def test_tasks_that_await_approval(self):
        _, status, errors = self.create(3600, state="awaiting_approval")
        self.assertEqual(0, status)
        self.assertIn("rating reprocess batch approve batch-1", errors)


class TestReport(CommandCase):
    def responses(self):
        return {
            "/v2/task/7": [
                rating_api.task(
                    7,
                    "failed",
                    [rating_api.total("cpu", "2", None)],
                    last_error="no collector",
                )
            ],
            "/v2/task/8": [
                rating_api.task(8, totals=[rating_api.total("cpu", "2", "3")])
            ],
        }

    def test_rows_and_warnings(self):
        rows, status, errors = self.run_command(
            report.Report, self.responses(), "7", "8"
        )
        self.assertEqual(
            [("2", None, None), ("2", "3", "1")],
            [(row["Before"], row["After"], row["Difference"]) for row in rows],
        )
        self.assertEqual(0, status)
        self.assertIn("is failed: no collector", errors)
        self.assertIn("not final", errors)

    def test_files(self):
        folder = self.make_folder()
        page, table = folder / "r.html", folder / "r.csv"
        self.run_command(
            report.Report,
            self.responses(),
            *("7", "8", "--html", str(page), "--csv", str(table)),
        )
        self.assertIn("<svg", page.read_text())
        header, first, second = table.read_text().splitlines()
        self.assertTrue(header.startswith("Scope ID,Metric,Before,After"))
        self.assertEqual("project-1,cpu,2,,,7,failed,48,,48,", first)
        self.assertEqual("project-1,cpu,2,3,1,8,succeeded,48,48,48,48", second)
        error = self.refuse(
            report.Report, self.responses(), "8", "--html", str(folder)
        )
        self.assertIn("cannot be written", error)

    def test_requests_for_a_batch(self):
        """Their number depends on the pages, not on the tasks."""
        count = 40
        listed = [
            {
                name: value
                for name, value in rating_api.task(number).items()
                if name != "totals"
            }
            for number in range(count)
        ]
        found = [
            {
                "id": number,
                "totals": [rating_api.total("cpu", "2", str(number))],
            }
            for number in range(count)
        ]
        half, path = count // 2, "/v2/task/batches/batch-1/totals"
        link = {"rel": "next", "href": "x"}
        rows, status, _ = self.run_command(
            report.Report,
            {
                tasks.LIST: [rating_api.page(*listed)],
                path: [
                    {**rating_api.page(*found[:half]), "links": [link]},
                    rating_api.page(*found[half:]),
                ],
            },
            *("--batch", "batch-1"),
        )
        self.assertEqual(
            [str(number) for number in range(count)],
            [row["After"] for row in rows],
        )
        self.assertEqual(0, status)
        self.assertEqual(
            [tasks.LIST, path, path],
            [path for _, path, _ in self.api.requests],
        )
        _, _, query = self.api.requests[2]
        self.assertIn(("offset", str(half)), query)

    def test_an_older_api_has_no_totals_of_batches(self):
        responses = {
            **self.responses(),
            tasks.LIST: [
                rating_api.page(
                    {"id": 7, "state": "failed"},
                    {"id": 8, "state": "succeeded"},
                )
            ],
        }
        rows, _, _ = self.run_command(
            report.Report, responses, "--batch", "batch-1"
        )
        self.assertEqual([None, "3"], [row["After"] for row in rows])
        responses["/v2/task/batches/batch-1/totals"] = [
            http.ApiError(503, "no database")
        ]
        self.refuse(report.Report, responses, "--batch", "batch-1")

    def test_a_task_or_batch_is_required(self):
        self.refuse(report.Report, {})
        self.refuse(show.Wait, {})


class TestTaskRows(CommandCase):
    def test_a_task_of_upstream(self):
        task = rating_api.task(period_seconds=None, batch_id=None)
        headers, [row] = columns.rows(columns.TASK, [task])
        self.assertEqual(
            "period at 2026-11-01 23:00:00+00:00",
            dict(zip(headers, row, strict=True))["End"],
        )

    def test_filters(self):
        self.run_command(
            show.List,
            {tasks.LIST: [rating_api.page(rating_api.task())]},
            *("--state", "failed", "--state", "paused", "--mode", "preview"),
            *("--batch", "b", "--order", "asc", "--marker", "7"),
            *("--offset", "0", "--limit", "5", "--scope", "a"),
        )
        [_, (_, _, query)] = self.api.requests
        self.assertEqual(
            [
                ("scope_ids", "a"),
                ("state", "failed"),
                ("state", "paused"),
                ("mode", "preview"),
                ("batch_id", "b"),
                ("order", "asc"),
                ("offset", "0"),
                ("marker", "7"),
                ("limit", "5"),
            ],
            query,
        )

    def test_an_error_is_not_hidden(self):
        error = self.refuse(
            show.List, {tasks.LIST: [http.ApiError(503, "no database")]}
        )
        self.assertEqual("no database (HTTP 503)", error)
