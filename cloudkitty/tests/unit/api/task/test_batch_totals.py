# SPDX-License-Identifier: Apache-2.0
"""``/v2/task/batches/{batch_id}/totals``."""

import decimal

from cloudkitty.api import error_codes
from cloudkitty.db.tasks import records as task_records
from cloudkitty.db.tasks import totals as task_totals
from cloudkitty.tests import statements
from cloudkitty.tests.fakes import api as fake_api
from cloudkitty.tests.unit.api.task import case
from cloudkitty.tests.unit.api.task import test_read


def total(metric, price, after=None):
    """Return the totals of a metric."""
    before, after = (
        each
        and task_records.Amount(
            points=2, qty=decimal.Decimal(3), price=decimal.Decimal(each)
        )
        for each in (price, after)
    )
    return task_records.TaskTotal(metric=metric, before=before, after=after)


class TotalsCase(case.TaskCase):
    """A batch of the scopes a and b, and another one of the scope c."""

    def setUp(self):
        super().setUp()
        case.add_scopes(self.database, "c")
        self.post(scope_ids="c")
        self.post(scope_ids="a,b")
        self.url = f"/v2/task/batches/{self.tasks()[-1].batch_id}/totals"

    def store(self, task_id, *totals):
        with self.database.writer() as session:
            task_totals.replace(session, task_id, totals)

    def fill(self):
        """Store totals of the other batch and of the scope a."""
        other, first, _ = self.tasks()
        self.store(other.id, total("cpu", "99"))
        self.store(first.id, total("disk", "0.1"), total("cpu", "1.5", "2"))

    def get(self, query="", **kwargs):
        return self.app.get(f"{self.url}{query}", **kwargs).json


class TestTotals(TotalsCase):
    def test_each_task_with_its_totals(self):
        self.fill()
        _, first, second = self.tasks()
        amount = {"points": 2, "qty": "3"}
        self.assertEqual(
            {
                "results": [
                    {
                        "id": first.id,
                        "scope_id": "a",
                        "state": "scheduled",
                        "totals": [
                            {
                                "metric": "cpu",
                                "before": {**amount, "price": "1.5"},
                                "after": {**amount, "price": "2"},
                                "comparison": None,
                            },
                            {
                                "metric": "disk",
                                "before": {**amount, "price": "0.1"},
                                "after": None,
                                "comparison": None,
                            },
                        ],
                    },
                    {
                        "id": second.id,
                        "scope_id": "b",
                        "state": "scheduled",
                        "totals": [],
                    },
                ],
                "total": 2,
                "links": [],
            },
            self.get(),
        )
        # The same objects as in the answer about one task.
        alone = self.app.get(f"/v2/task/{first.id}").json
        self.assertEqual(alone["totals"], self.get()["results"][0]["totals"])

    def test_pages(self):
        self.fill()
        everything = self.get()["results"]
        first = self.get("?limit=1")
        self.assertEqual(everything[:1], first["results"])
        self.assertEqual(2, first["total"])
        [link] = first["links"]
        self.assertEqual("next", link["rel"])
        second = self.app.get(link["href"]).json
        self.assertEqual(everything[1:], second["results"])
        self.assertEqual([], second["links"])
        self.assertEqual([], self.get("?offset=2")["results"])

    def test_sample(self):
        self.fill()
        sample = test_read.sample("batch-totals-get-response")
        # A list has one kind of items, and the page of the sample a next one.
        shown = self.get("?limit=1")
        self.store(
            self.tasks()[1].id, total("volume.size", "16.8", after="14.4")
        )
        shown["results"] = self.get()["results"]
        self.assertEqual(test_read.kinds(sample), test_read.kinds(shown))

    def test_statements(self):
        with statements.recorded(self.database.engine) as few:
            self.get("?limit=1")
        names = [f"scope-{number}" for number in range(60)]
        case.add_scopes(self.database, *names)
        self.post(scope_ids=",".join(names))
        tasks = self.tasks()
        for task in tasks:
            self.store(task.id, total("cpu", "1"), total("disk", "2", "3"))
        self.url = f"/v2/task/batches/{tasks[-1].batch_id}/totals"
        with statements.recorded(self.database.engine) as many:
            found = self.get()
        self.assertEqual(60, len(found["results"]))
        self.assertEqual(len(few), len(many), many)

    def test_unknown_batches_and_invalid_pages(self):
        for name in ("nobody", "7", "%E2%82%AC"):
            answer = self.app.get(
                f"/v2/task/batches/{name}/totals", status=404
            ).json
            self.assertEqual(
                error_codes.TASK_NOT_FOUND, answer["errors"][0]["code"]
            )
        for query in ("?limit=0", "?offset=-1", "?marker=7", "?state=failed"):
            self.get(query, status=400)
        self.app.get(f"{self.url}/more", status=404)


class TestPersonas(TotalsCase):
    auth_strategy = "keystone"

    def post(self, **changes):
        return super().post(headers=fake_api.persona("admin"), **changes)

    def test_only_administrators_have_access(self):
        self.get(headers=fake_api.persona("admin"))
        headers = fake_api.persona("member", "reader")
        self.get(headers=headers, status=403)
