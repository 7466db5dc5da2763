# SPDX-License-Identifier: Apache-2.0
"""Rules that are edited by REST, and the periods that they change.

API and processors are in one process here, with one clock; the demo has them
as an operator runs them.
"""

import decimal
import threading
import time

import fixtures

from cloudkitty.common import periods
from cloudkitty.orchestrator import live
from cloudkitty.orchestrator import resources as ck_resources
from cloudkitty.orchestrator.reprocess import worker as reprocess_worker
from cloudkitty.tests import base
from cloudkitty.tests.fakes import api
from cloudkitty.tests.fakes import clock as fake_clock
from cloudkitty.tests.functional.orchestrator import deployment

SCOPE = "project-a"
HASHMAP = "/v1/rating/module_config/hashmap"


def at(text):
    """Return a time of the first of November."""
    return base.utc(f"2026-11-01T{text}")


class TestRuleEdits(base.TestCase):
    def setUp(self):
        super().setUp()
        self._live_far_from_utc()
        self.place = deployment.Deployment(
            self,
            scope_ids=(SCOPE,),
            hours=24,
            end=base.utc("2026-11-02T00:00"),
        )
        self.clock = fake_clock.FakeClock(at("00:00"))
        conf = self.make_conf(default={"auth_strategy": "noauth"})
        self.app = api.make_app(
            self, conf=conf, database=self.place.database, clock=self.clock
        )
        resources = ck_resources.build(self.place.conf, self.clock)
        self.addCleanup(resources.close)
        stop = threading.Event()
        self.live = live.LiveRating(resources, stop)
        self.reprocessing = reprocess_worker.Reprocessing(resources, stop)
        self.send("PUT", "/v1/rating/modules/hashmap", enabled=True)
        self.service = self.make("services", name="instance")["service_id"]

    def _live_far_from_utc(self):
        """Let the host's clock show another time than UTC."""
        self.addCleanup(time.tzset)
        self.useFixture(
            fixtures.EnvironmentVariable("TZ", "Pacific/Kiritimati")
        )
        time.tzset()

    def send(self, method, path, status=None, **body):
        function = getattr(self.app, f"{method.lower()}_json")
        answer = function(path, body, status=status)
        return answer.json if answer.body else None

    def make(self, kind, **body):
        return self.send("POST", f"{HASHMAP}/{kind}", 201, **body)

    def price(self, cost, force=False, **body):
        kind = "mappings?force=true" if force else "mappings"
        made = self.make(kind, cost=cost, service_id=self.service, **body)
        return made["mapping_id"]

    def rate_until(self, text):
        """Rate the periods due then: those that began two hours before."""
        self.clock.advance((at(text) - self.clock.now()).total_seconds())
        self.live.work()

    def redo(self, first, last):
        window = periods.Window(
            at(first),
            periods.Window.period_at(at(last), deployment.HOUR).end,
        )
        task_id = self.place.schedule(SCOPE, window)
        self.reprocessing.work()
        self.assertEqual("succeeded", self.place.task(task_id).state)

    def prices(self):
        """Return the unit prices of instances by the hour, as text."""
        found = {}
        for row in map(dict, self.place.dump()):
            if row["metric"] == "instance":
                hour = row["begin"][11:13]
                price = decimal.Decimal(row["price"])
                qty = decimal.Decimal(row["qty"])
                found.setdefault(hour, set()).add(int(price / qty))
        self.assertEqual({1}, {len(each) for each in found.values()})
        return " ".join(str(found[hour].pop()) for hour in sorted(found))

    def test_from_the_next_period_on(self):
        first = self.price(7)
        self.rate_until("05:30")
        self.assertEqual("7 7 7 7", self.prices())
        # A new price, at half past five: it counts from six on.
        self.send(
            "PUT",
            f"{HASHMAP}/mappings/{first}",
            200,
            cost=7,
            end="2026-11-01T05:30:00",
        )
        self.price(2)
        self.rate_until("10:30")
        self.assertEqual("7 7 7 7 7 7 2 2 2", self.prices())
        # A reprocess at the same price changes no row.
        self.redo("00:00", "08:00")
        self.assertEqual("7 7 7 7 7 7 2 2 2", self.prices())

    def test_a_wrong_price_is_corrected_for_the_past(self):
        wrong = self.price(7, end="2026-11-01T03:00:00")
        self.price(2, start="2026-11-01T03:00:00Z")
        self.rate_until("07:30")
        self.assertEqual("7 7 7 2 2 2", self.prices())
        self.send("DELETE", f"{HASHMAP}/mappings", 204, mapping_id=wrong)
        # Noon in Kiritimati is ten in the evening, the day before.
        self.price(
            5,
            force=True,
            start="2026-11-01T15:00:00+14:00",
            end="2026-11-01T03:00:00",
        )
        self.redo("00:00", "05:00")
        self.assertEqual("0 5 5 2 2 2", self.prices())

    def test_only_the_periods_that_are_redone(self):
        wrong = self.price(7)
        self.rate_until("07:30")
        self.send("DELETE", f"{HASHMAP}/mappings/{wrong}", 204)
        self.price(5, force=True, start="2026-11-01")
        self.redo("02:00", "03:00")
        self.assertEqual("7 7 5 5 7 7", self.prices())
        self.rate_until("09:30")
        self.assertEqual("7 7 5 5 7 7 5 5", self.prices())

    def test_a_rule_that_is_made_ahead(self):
        self.price(7, end="2026-11-01T02:59:59")
        later = self.price(2, start="2026-11-01T06:00:00")
        # Of which one thinks better before it begins.
        self.send(
            "PUT",
            f"{HASHMAP}/mappings/{later}",
            200,
            cost=3,
            start="2026-11-01T04:00:00",
        )
        self.rate_until("08:30")
        self.assertEqual("7 7 7 0 3 3 3", self.prices())

    def test_thresholds_and_groups_count_at_once(self):
        self.price(7)
        self.rate_until("03:30")
        group = self.make("groups", name="extra")["group_id"]
        self.make(
            "thresholds",
            level=1,
            cost=10,
            service_id=self.service,
            group_id=group,
        )
        self.rate_until("05:30")
        self.assertEqual("7 7 17 17", self.prices())
        self.send("DELETE", f"{HASHMAP}/services/{self.service}", 204)
        self.rate_until("06:30")
        self.assertEqual("7 7 17 17 0", self.prices())
