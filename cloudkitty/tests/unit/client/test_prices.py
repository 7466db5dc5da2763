# SPDX-License-Identifier: Apache-2.0
"""Commands for the rules of hashmap and their prices, without a shell."""

import shlex

from cloudkitty.client import http
from cloudkitty.client import rules
from cloudkitty.client import tasks
from cloudkitty.client.commands import hashmap
from cloudkitty.tests.fakes import rating_api
from cloudkitty.tests.unit.client import test_commands

RULES = f"{rules.ROOT}/rules"
MAPPING_PRICE = f"{rules.ROOT}/mappings/m1/price"
THRESHOLD_PRICE = f"{rules.ROOT}/thresholds/t1/price"
SCOPES = "/v2/scope"
CREATE = "openstack rating reprocess create"


def mapping(mapping_id="m1", **fields):
    """Return the JSON of a mapping of a field."""
    return {
        "mapping_id": mapping_id,
        "value": "m1.large",
        "type": "flat",
        "cost": "0.4000000000000000000000000000",
        "service_id": None,
        "field_id": "f",
        "group_id": "g",
        "tenant_id": None,
        "start": "2026-10-01T00:00:00",
        "end": None,
        "deleted": None,
        **fields,
    }


def threshold(**fields):
    """Return the JSON of a threshold of a service."""
    return {
        "threshold_id": "t1",
        "level": "100.00000000",
        "cost": "0.9500000000000000000000000000",
        "type": "rate",
        "service_id": "s",
        "field_id": None,
        "group_id": None,
        "tenant_id": None,
        **fields,
    }


def body(*mappings, thresholds=()):
    """Return the JSON of all rules."""
    return {
        "services": [{"service_id": "s", "name": "instance"}],
        "fields": [{"field_id": "f", "name": "flavor", "service_id": "s"}],
        "groups": [{"group_id": "g", "name": "compute"}],
        "mappings": list(mappings),
        "thresholds": list(thresholds),
    }


def scope(last, scope_id="a"):
    return {"scope_id": scope_id, "last_processed_timestamp": last}


class PriceCase(test_commands.CommandCase):
    def setUp(self):
        super().setUp()
        self.responses = {
            RULES: [body(mapping(), thresholds=[threshold()])],
            tasks.LIST: [rating_api.page()],
            SCOPES: [rating_api.page(scope("2026-11-22T11:00:00+00:00"))],
        }

    def rated(self, *lasts):
        found = [scope(last) for last in lasts]
        self.responses[SCOPES] = [rating_api.page(*found)]

    def correction(self, errors):
        """Return the words of the printed command, None if there is none."""
        found = [
            line for line in errors.splitlines() if line.startswith(CREATE)
        ]
        return shlex.split(found[0]) if found else None


class TestRuleList(PriceCase):
    def test_names_and_order(self):
        of_service = mapping(
            "m0", service_id="s", field_id=None, group_id=None, value=None
        )
        later = mapping(
            "m2", start="2026-12-01T00:00:00", end="2027-01-01T00:00:00"
        )
        self.responses[RULES] = [
            body(later, mapping(), of_service, thresholds=[threshold()])
        ]
        rows, status, _ = self.run_command(hashmap.RuleList, self.responses)
        self.assertEqual(0, status)
        self.assertEqual(["m0", "t1", "m1", "m2"], [row["ID"] for row in rows])
        self.assertEqual(
            {
                "Kind": "mapping",
                "ID": "m2",
                "Metric": "instance",
                "Field": "flavor",
                "Value": "m1.large",
                "Level": None,
                "Type": "flat",
                "Cost": "0.4",
                "Group": "compute",
                "Scope ID": None,
                "Start": "2026-12-01 00:00:00+00:00",
                "End": "2027-01-01 00:00:00+00:00",
            },
            rows[3],
        )
        self.assertEqual(
            ("100", "0.95", None),
            tuple(rows[1][name] for name in ("Level", "Cost", "Start")),
        )
        self.assertEqual(1, len(self.api.requests))

    def test_a_threshold_without_a_level(self):
        self.responses[RULES] = [body(thresholds=[threshold(level=None)])]
        [row], _, _ = self.run_command(hashmap.RuleList, self.responses)
        self.assertIsNone(row["Level"])


class TestMappingPrice(PriceCase):
    def setUp(self):
        super().setUp()
        self.answer()

    def answer(self, start="2026-11-20T00:00:00", **fields):
        self.responses[MAPPING_PRICE] = [
            {
                "old": mapping(**{**fields, "end": start}),
                "new": mapping("m9", cost="0.36", start=start, **fields),
            }
        ]

    def change(self, *arguments):
        return self.run_command(
            hashmap.MappingPrice, self.responses, "m1", "0.36", *arguments
        )

    def test_from_the_past(self):
        row, status, errors = self.change(
            "--start=2026-11-20T01:00", "--timezone=Europe/Berlin", "--force"
        )
        [(_, path, content)] = self.sent("POST")
        self.assertEqual(MAPPING_PRICE, path)
        self.assertEqual(
            {
                "cost": "0.36",
                "start": "2026-11-20T00:00:00+00:00",
                "force": True,
            },
            content,
        )
        self.assertEqual(0, status)
        self.assertEqual(
            {
                "mapping_id": "m9",
                "metric": "instance",
                "field": "flavor",
                "value": "m1.large",
                "group": "compute",
                "scope_id": None,
                "type": "flat",
                "cost": "0.36",
                "start": "2026-11-20 00:00:00+00:00",
                "end": None,
                "old_mapping_id": "m1",
                "old_cost": "0.4",
                "old_start": "2026-10-01 00:00:00+00:00",
                "old_end": "2026-11-20 00:00:00+00:00",
                "old_deleted": None,
            },
            row,
        )
        lines = errors.splitlines()
        self.assertEqual(
            "Start:  2026-11-20 01:00:00 CET (2026-11-20 00:00:00 UTC)",
            lines[0],
        )
        self.assertIn("keep the old price", lines[1])
        self.assertEqual(
            [
                "Window: 2026-11-20 01:00:00 CET to 2026-11-22 13:00:00 CET",
                "UTC:    2026-11-20 00:00:00 UTC to 2026-11-22 12:00:00 UTC,"
                " 60 periods of 3600 seconds",
            ],
            lines[2:4],
        )
        self.assertEqual(
            [
                *CREATE.split(),
                "--all-scopes",
                *("--metric", "instance"),
                *("--begin", "2026-11-20T00:00:00+00:00"),
                *("--end", "2026-11-22T12:00:00+00:00"),
                "--reason",
                "New price 0.36 of instance, flavor = m1.large",
            ],
            self.correction(lines[4]),
        )
        self.assertEqual(5, len(lines))

    def test_from_now(self):
        self.answer("2026-11-22T12:30:15")
        _, _, errors = self.change()
        [(_, _, content)] = self.sent("POST")
        self.assertEqual({"cost": "0.36"}, content)
        self.assertEqual("", errors)

    def test_of_one_scope_that_ends(self):
        end = "2026-11-21T00:30:00"
        self.answer("2026-11-20T00:30:00", tenant_id="it's", end=end)
        _, _, errors = self.change()
        words = self.correction(errors)
        self.assertEqual(["--scope", "it's"], words[4:6])
        # Only periods that begin while the mapping is in force.
        self.assertEqual(
            [
                *("--begin", "2026-11-20T01:00:00+00:00"),
                *("--end", "2026-11-21T01:00:00+00:00"),
            ],
            words[8:12],
        )
        self.assertIn(
            [("scope_id", "it's")],
            [
                query[:1]
                for _, path, query in self.sent("GET")
                if path == SCOPES
            ],
        )

    def test_scopes_that_are_rated_further(self):
        self.rated("2026-11-22T11:00:00+00:00", "2026-11-22T13:00:00+00:00")
        _, _, errors = self.change()
        self.assertIn("--end 2026-11-22T12:00:00+00:00", errors)
        self.assertTrue(
            errors.endswith("--end 2026-11-22T14:00:00+00:00\n"), errors
        )

    def test_nothing_is_known_about_scopes(self):
        for found in (
            http.ApiError(403, "not allowed"),
            rating_api.page(),
            http.Unreachable("no answer"),
        ):
            self.responses[SCOPES] = [found]
            row, status, errors = self.change()
            self.assertEqual(("m9", 0), (row["mapping_id"], status))
            self.assertIn("The price is changed.", errors)
            self.assertIsNone(self.correction(errors))

    def test_the_length_of_the_periods(self):
        task = rating_api.task(period_seconds=86400)
        self.responses[tasks.LIST] = [rating_api.page(task)]
        self.rated("2026-11-21T00:00:00+00:00")
        _, _, errors = self.change()
        self.assertIn("2 periods of 86400 seconds", errors)

    def refused(self, error):
        self.responses[MAPPING_PRICE] = [error]
        return self.refuse(hashmap.MappingPrice, self.responses, "m1", "0.36")

    def test_refusals(self):
        code = "rating.hashmap.validity_invalid"
        past = http.ApiError(400, "create it with force=true", code)
        self.assertIn("option of the command is --force", self.refused(past))
        late = http.ApiError(400, "the mapping ends earlier", code)
        self.assertNotIn("--force", self.refused(late))

    def test_it_is_not_repeated(self):
        """A second request would find a mapping that has ended."""
        message = self.refused(http.Unreachable("no answer"))
        self.assertIn("no answer. The price may be changed", message)
        self.assertEqual([False], self.api.repeated)

    def test_a_mapping_that_does_not_exist(self):
        self.responses[RULES] = [body(thresholds=[threshold()])]
        message = self.refuse(hashmap.MappingPrice, self.responses, "t1", "1")
        self.assertIn("openstack rating hashmap rule list", message)
        self.assertEqual([], self.sent("POST"))

    def test_a_time_that_is_none(self):
        self.refuse(
            hashmap.MappingPrice, self.responses, "m1", "1", "--start=soon"
        )
        self.assertEqual([], self.api.requests)


class TestThresholdPrice(PriceCase):
    def change(self, *arguments, **fields):
        self.responses[THRESHOLD_PRICE] = [threshold(cost="0.9", **fields)]
        return self.run_command(
            hashmap.ThresholdPrice, self.responses, "t1", "0.9", *arguments
        )

    def test_since_the_beginning_of_the_month(self):
        row, status, errors = self.change("--timezone=Europe/Berlin")
        [(_, path, content)] = self.sent("POST")
        self.assertEqual((THRESHOLD_PRICE, {"cost": "0.9"}), (path, content))
        self.assertEqual(0, status)
        self.assertEqual(
            {
                "threshold_id": "t1",
                "metric": "instance",
                "field": None,
                "level": "100",
                "group": None,
                "scope_id": None,
                "type": "rate",
                "cost": "0.9",
                "old_cost": "0.95",
            },
            row,
        )
        self.assertIn("since the beginning of the month", errors)
        self.assertEqual(
            [
                *("--begin", "2026-10-31T23:00:00+00:00"),
                *("--end", "2026-11-22T12:00:00+00:00"),
                "--reason",
                "New price 0.9 of instance, quantity from 100 on",
            ],
            self.correction(errors)[7:],
        )

    def test_the_month_of_the_last_rated_period(self):
        self.rated("2026-10-31T23:00:00+00:00")
        _, _, errors = self.change("--timezone=UTC")
        self.assertIn("--begin 2026-10-01T00:00:00+00:00", errors)
        self.assertIn("--end 2026-11-01T00:00:00+00:00", errors)
