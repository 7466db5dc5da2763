# SPDX-License-Identifier: Apache-2.0
"""Parts of responses that ``include`` selects."""

import datetime
import decimal
import uuid

from cloudkitty import conf as ck_conf
from cloudkitty.api import error_codes
from cloudkitty.db import workers as db_workers
from cloudkitty.db.tasks import models as task_models
from cloudkitty.db.tasks import records as task_records
from cloudkitty.db.tasks import totals as task_totals
from cloudkitty.tests import new_tasks
from cloudkitty.tests import statements
from cloudkitty.tests.fakes import api as fake_api
from cloudkitty.tests.unit.api.task import case
from cloudkitty.tests.unit.api.task import test_batches
from cloudkitty.tests.unit.api.task import test_read

_ROW = task_models.Reprocess
LATER = fake_api.NOW + datetime.timedelta(minutes=1)


def add_worker(database, kind=db_workers.REPROCESSING):
    """Add a worker that was seen now."""
    identity = db_workers.Identity(
        name=str(uuid.uuid4()),
        host="h",
        kind=kind,
        number=0,
        pid=1,
        version="1",
    )
    with database.writer() as session:
        db_workers.add(session, identity, db_workers.Work(), fake_api.NOW)


class TestOverview(test_batches.BatchCase):
    URL = "/v2/task/batches?include=overview"

    def overview(self, **kwargs):
        return self.app.get(self.URL, **kwargs).json["overview"]

    def test_nothing_runs(self):
        self.assertEqual(
            {
                "states": {
                    "scheduled": 2,
                    "running": 0,
                    "paused": 0,
                    "failed": 0,
                    "awaiting_approval": 0,
                },
                "seconds_left": None,
                "workers_alive": 0,
            },
            self.overview(),
        )

    def test_all_tasks_whatever_the_filters(self):
        self.fill()
        add_worker(self.database)
        add_worker(self.database, "rating")
        self.URL += "&state=paused"
        answer = self.app.get(self.URL).json
        self.assertEqual(([], 0), (answer["batches"], answer["total"]))
        shown = answer["overview"]
        self.assertEqual(
            (1, 1, 0),
            tuple(
                shown["states"][state]
                for state in ("running", "failed", "scheduled")
            ),
        )
        # 5 of 24 periods in a minute.
        self.assertEqual(228, shown["seconds_left"])
        self.assertEqual(1, shown["workers_alive"])

    def test_sample(self):
        self.fill()
        told = test_read.sample("batches-get-overview-response")
        self.assertEqual(
            test_read.kinds(told), test_read.kinds(self.app.get(self.URL).json)
        )

    def test_invalid(self):
        for url in (
            "/v2/task/batches?include=tasks",
            f"{self.url}?include=overview",
            f"{case.URL}?include=tasks",
            f"{self.url}?limit=1",
            f"{self.url}?state=failed",
            f"{self.url}?include=tasks&state=x",
            f"{self.url}?include=",
        ):
            answer = self.app.get(url, status=400).json
            self.assertEqual(
                error_codes.ARGUMENT_INVALID, answer["errors"][0]["code"], url
            )
            self.assertIn("send", answer["message"])


class TestWorkersOfOverview(case.TaskCase):
    auth_strategy = "keystone"

    def test_policy(self):
        url = TestOverview.URL
        admin = fake_api.persona("admin")
        member = fake_api.persona("member", "reader")
        self.app.get(url, headers=member, status=403)
        shown = self.app.get(url, headers=admin).json["overview"]
        self.assertEqual(0, shown["workers_alive"])
        folder = self.make_folder()
        rules, options = folder / "policy.yaml", folder / "test.conf"
        rules.write_text('"schedule:get_task_workers": "!"\n')
        options.write_text(
            f"[oslo_policy]\npolicy_file = {rules}\n"
            "[DEFAULT]\nauth_strategy = keystone\n"
        )
        conf = ck_conf.make(argv=[], default_config_files=[str(options)])
        self.app = fake_api.make_app(self, conf=conf, database=self.database)
        shown = self.app.get(url, headers=admin).json["overview"]
        self.assertIsNone(shown["workers_alive"])


class TestTasks(test_batches.BatchCase):
    """Rows with prices and estimates, of both lists."""

    def setUp(self):
        super().setUp()
        self.fill()

    def rows(self, query=""):
        answer = self.app.get(f"{self.url}?include=tasks{query}").json
        return answer["tasks"], answer["tasks_total"]

    def write(self, scope_id, **values):
        new_tasks.change(self.database, scope_id, **values)

    def test_failed_tasks_first(self):
        found, total = self.rows()
        self.assertEqual(
            (["b", "a"], 2), ([row["scope_id"] for row in found], total)
        )

    def test_filters_and_pages(self):
        for expected, total, query in (
            (["b"], 2, "&limit=1"),
            (["a"], 2, "&limit=1&offset=1"),
            (["a"], 1, "&state=running,paused"),
            (["b"], 1, "&scope_id=b"),
            ([], 0, "&scope_id=b&state=running"),
        ):
            found, count = self.rows(query)
            self.assertEqual(expected, [row["scope_id"] for row in found])
            self.assertEqual(total, count, query)

    def test_row(self):
        [row], _ = self.rows("&scope_id=a")
        [listed] = self.app.get(f"{case.URL}?scope_ids=a").json
        self.assertEqual(listed, {key: row[key] for key in listed})
        self.assertEqual(
            {
                "created_by": "ann",
                "next_attempt_at": None,
                "seconds_left": 228,
                "totals": {"before": "0.5", "after": "0.5"},
            },
            {key: row[key] for key in row.keys() - listed.keys()},
        )
        [detailed] = self.app.get(
            f"{case.URL}?include=details&scope_ids=a"
        ).json
        self.assertEqual(row, detailed)

    def test_row_of_a_task_that_waits(self):
        self.write("b", state="scheduled", next_attempt_at=LATER)
        [row], _ = self.rows("&scope_id=b")
        self.assertEqual(
            (
                "2026-11-22 12:31:00+00:00",
                None,
                {"before": None, "after": None},
            ),
            (row["next_attempt_at"], row["seconds_left"], row["totals"]),
        )

    def test_totals_are_those_of_all_metrics(self):
        amount = task_records.Amount(
            points=1, qty=decimal.Decimal(1), price=decimal.Decimal("0.25")
        )
        with self.database.writer() as session:
            task_totals.replace(
                session,
                self.tasks()[0].id,
                [
                    task_records.TaskTotal(
                        metric=metric, before=amount, after=amount
                    )
                    for metric in ("cpu", "disk")
                ],
            )
        [row], _ = self.rows("&scope_id=a")
        self.assertEqual({"before": "0.5", "after": "0.5"}, row["totals"])

    def test_pages_of_details(self):
        url = f"{case.URL}?include=details&limit=1"
        page = self.app.get(url).json
        self.assertEqual(
            ("b", 2), (page["results"][0]["scope_id"], page["total"])
        )
        page = self.app.get(page["links"][0]["href"]).json
        self.assertEqual("a", page["results"][0]["scope_id"])
        self.assertIn("created_by", page["results"][0])
        self.assertEqual([], page["links"])

    def test_statements_do_not_depend_on_numbers(self):
        counts = []
        for _ in range(2):
            with statements.recorded(self.database.engine) as executed:
                self.rows()
                self.app.get(f"{case.URL}?include=details")
                self.app.get(TestOverview.URL)
            counts.append(len(executed))
            batch_id = self.tasks()[0].batch_id
            self.insert_many(20)
            self.write("a", batch_id=batch_id)
        self.assertEqual(*counts)

    def test_samples(self):
        for name, url in (
            ("batch-get-tasks-response", f"{self.url}?include=tasks"),
            (
                "reprocesses-get-details-response",
                f"{case.URL}?include=details&scope_ids=a",
            ),
        ):
            told = test_read.sample(name)
            got = self.app.get(url).json
            if isinstance(told, dict):
                told, got = told["tasks"][1], got["tasks"][1]
            self.assertEqual(test_read.kinds(told), test_read.kinds(got))
