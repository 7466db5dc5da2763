# SPDX-License-Identifier: Apache-2.0
"""Totals, progress and events of one task in the API."""

import datetime
import decimal

from cloudkitty.db.tasks import claims as task_claims
from cloudkitty.db.tasks import events as task_events
from cloudkitty.db.tasks import notes as task_notes
from cloudkitty.db.tasks import records as task_records
from cloudkitty.db.tasks import totals as task_totals
from cloudkitty.tests import claiming
from cloudkitty.tests.fakes import api as fake_api
from cloudkitty.tests.unit.api.task import case
from cloudkitty.tests.unit.api.task import test_read

HOUR = datetime.timedelta(hours=1)


def amount(points, price, qty=None):
    return task_records.Amount(
        points=points,
        price=decimal.Decimal(price),
        qty=None if qty is None else decimal.Decimal(qty),
    )


class Case(case.TaskCase):
    def setUp(self):
        super().setUp()
        self.post()
        [self.task] = self.tasks()
        self.url = f"/v2/task/{self.task.id}"

    def show(self, task_id=None):
        return self.app.get(f"/v2/task/{task_id or self.task.id}").json

    def claim(self, now=fake_api.NOW):
        return self.database.write(
            lambda session: claiming.claim_next(
                session, owner="one", now=now, lease_seconds=60
            )
        )

    def advance(self, task, periods_done, at):
        self.database.write(
            lambda session: task_claims.advance(
                session,
                task.id,
                task.lease_token,
                current_at=task.start_at + (periods_done - 1) * HOUR,
                periods_done=periods_done,
                lease_expires_at=at,
                now=at,
            )
        )


class TestTotals(Case):
    def keep(self, *totals):
        self.database.write(
            lambda session: task_totals.replace(session, self.task.id, totals)
        )
        return self.show()["totals"]

    def test_no_totals(self):
        self.assertEqual([], self.show()["totals"])

    def test_totals_before_only(self):
        told = self.keep(
            task_records.TaskTotal(metric="cpu", before=amount(2, "0.10", "3"))
        )
        self.assertEqual(
            [
                {
                    "metric": "cpu",
                    "before": {"points": 2, "qty": "3", "price": "0.1"},
                    "after": None,
                    "comparison": None,
                }
            ],
            told,
        )

    def test_amounts_are_exact(self):
        digits = "1234567890123456789.0123456789012345678901234567"
        [told] = self.keep(
            task_records.TaskTotal(
                metric="cpu", before=amount(1, digits, "0.1")
            )
        )
        self.assertEqual(digits, told["before"]["price"])

    def test_preview(self):
        [told] = self.keep(
            task_records.TaskTotal(
                metric="cpu",
                before=amount(2, 1, 3),
                after=amount(2, 1, 3),
                comparison=task_records.Comparison(
                    equal=amount(0, 0),
                    changed=amount(1, "-0.5"),
                    missing=amount(0, 0),
                    extra=amount(3, 7),
                ),
            )
        )
        self.assertEqual(
            {"points": 1, "price": "-0.5"}, told["comparison"]["changed"]
        )


class TestSight(Case):
    def test_place_in_queue(self):
        self.post(scope_ids="b")
        first, second = self.tasks()
        self.assertEqual(1, self.show(first.id)["place_in_queue"])
        self.assertEqual(2, self.show(second.id)["place_in_queue"])
        self.claim()
        self.assertIsNone(self.show(first.id)["place_in_queue"])
        self.assertEqual(1, self.show(second.id)["place_in_queue"])

    def test_seconds_left_by_the_rate_of_this_claim(self):
        self.assertIsNone(self.show()["seconds_left"])
        task = self.claim()
        self.assertIsNone(self.show()["seconds_left"])
        later = fake_api.NOW + datetime.timedelta(seconds=30)
        self.advance(task, 6, later)
        self.assertEqual(90, self.show()["seconds_left"])
        # The next claim continues after these periods, at another rate.
        task = self.claim(later)
        self.assertIsNone(self.show()["seconds_left"])
        self.advance(task, 8, later + datetime.timedelta(seconds=2))
        self.assertEqual(16, self.show()["seconds_left"])

    def test_events(self):
        self.post(
            scope_ids="b",
            metrics=["volume.size", "cpu", "cpu"],
            allow_empty=True,
        )
        told = self.show(self.tasks()[1].id)
        self.assertEqual(
            (["volume.size", "cpu"], True),
            (told["metrics"], told["allow_empty"]),
        )
        self.assertIsNone(self.show()["metrics"])
        self.assertTrue(told["request_id"].startswith("req-"))


class TestPeriods(Case):
    def setUp(self):
        super().setUp()
        begin = self.task.start_at
        notes = [
            task_records.TaskNote(
                begin=begin + n * HOUR, end=begin + (n + 1) * HOUR, kind=kind
            )
            for n, kind in enumerate(["no_data", "emptied", "failed"])
        ]
        self.database.write(
            lambda session: task_notes.add(session, self.task.id, notes)
        )

    def test_oldest_first(self):
        told = self.app.get(f"{self.url}/periods").json
        self.assertEqual(
            {
                "begin": "2021-06-01 00:00:00+00:00",
                "end": "2021-06-01 01:00:00+00:00",
                "kind": "no_data",
                "metric": None,
                "detail": None,
            },
            told[0],
        )
        self.assertEqual(
            ["no_data", "emptied", "failed"], [note["kind"] for note in told]
        )
        [sample, *_] = test_read.sample("task-periods-get-response")
        self.assertEqual(list(sample), list(told[0]))

    def test_pages(self):
        page = self.app.get(f"{self.url}/periods?limit=2").json
        self.assertEqual((2, 3), (len(page["results"]), page["total"]))
        link = page["links"][0]["href"]
        rest = self.app.get(link).json
        self.assertEqual(["failed"], [n["kind"] for n in rest["results"]])

    def test_list_without_limit_links_to_the_next_page(self):
        self.conf.set_override("max_limit", 2, group="api")
        answer = self.app.get(f"{self.url}/periods")
        self.assertEqual(2, len(answer.json))
        self.assertIn("offset=2", answer.headers["Link"])

    def test_no_paths_below(self):
        self.app.get(f"{self.url}/periods/1", status=404)
        self.app.get(f"{self.url}/nothing", status=404)


class TestEvents(Case):
    def test_user_and_processor(self):
        self.claim()
        self.app.patch_json(self.url, {"state": "paused"})
        events = self.show()["events"]
        self.assertEqual(
            [(None, None), (None, "one"), (None, None)],
            [(event["user"], event["processor"]) for event in events],
        )

    def test_user_of_a_change(self):
        with self.database.writer() as session:
            task_events.add(
                session,
                self.task.id,
                at=fake_api.NOW,
                from_state="scheduled",
                to_state="cancelled",
                by="ann",
            )
        event = self.show()["events"][-1]
        self.assertEqual(
            ("ann", "ann", None),
            (event["by"], event["user"], event["processor"]),
        )


class TestDays(Case):
    def days(self, *totals):
        self.database.write(
            lambda session: task_totals.replace(session, self.task.id, totals)
        )
        return self.app.get(f"{self.url}?include=days").json["days"]

    def total(self, metric, before, after=None):
        def of(prices):
            if prices is None:
                return None
            return task_records.Amount(
                points=1,
                qty=decimal.Decimal(1),
                price=decimal.Decimal(1),
                days={
                    datetime.date(2021, 6, day): decimal.Decimal(price)
                    for day, price in prices.items()
                },
            )

        return task_records.TaskTotal(
            metric=metric, before=of(before), after=of(after)
        )

    def test_by_day_and_metric(self):
        digits = "1234567890123456789.0123456789012345678901234567"
        found = self.days(
            self.total("ram", {2: digits}, {}),
            self.total("cpu", {1: "1.50"}, {2: "3"}),
        )
        self.assertEqual(
            [
                ("2021-06-01", "cpu", "1.5", "0"),
                ("2021-06-02", "cpu", "0", "3"),
                ("2021-06-02", "ram", digits, "0"),
            ],
            [tuple(day.values()) for day in found],
        )

    def test_before_the_end(self):
        [day] = self.days(self.total("cpu", {1: "1"}))
        self.assertEqual(("1", None), (day["before"], day["after"]))

    def test_unknown(self):
        total = task_records.TaskTotal(metric="cpu", before=amount(1, 1, 1))
        self.assertEqual([], self.days(total))
        self.assertNotIn("days", self.app.get(self.url).json)

    def test_sample(self):
        [told, *_] = test_read.sample("task-get-days-response")["days"]
        [shown] = self.days(self.total("cpu", {1: "1"}))
        self.assertEqual(test_read.kinds(told), test_read.kinds(shown))


class TestIncludedPeriods(Case):
    def show(self):
        return self.app.get(f"{self.url}?include=periods").json

    def test_nothing(self):
        shown = self.show()
        self.assertEqual(([], 0), (shown["periods"], shown["periods_noted"]))
        shown = self.app.get(self.url).json
        self.assertNotIn("periods", shown)

    def test_first_notes(self):
        begin = self.task.start_at
        notes = [
            task_records.TaskNote(
                begin=begin + number * HOUR,
                end=begin + (number + 1) * HOUR,
                kind="no_data",
                metric=f"m{number}",
            )
            for number in range(105)
        ]
        with self.database.writer() as session:
            task_notes.add(session, self.task.id, notes)
        shown = self.show()
        self.assertEqual(
            (100, 105), (len(shown["periods"]), shown["periods_noted"])
        )
        listed = self.app.get(f"{self.url}/periods").json
        self.assertEqual(listed[:100], shown["periods"])

    def test_sample(self):
        told = test_read.sample("task-get-periods-response")
        self.assertEqual(set(told), set(self.show()))

    def test_invalid(self):
        self.app.get(f"{self.url}?include=tasks", status=400)
