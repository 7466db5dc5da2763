# SPDX-License-Identifier: Apache-2.0
"""Prices of hashmap, and their change from a time on."""

import datetime
import typing
import urllib.parse

from django.urls import reverse
from django.utils import timezone

from cloudkitty_reprocess_dashboard import client
from tests.unit import base

PAST = "2026-11-01T00:00"


def mapping(**fields: typing.Any) -> client.Item:
    """Return the JSON of a mapping of a field."""
    return {
        "mapping_id": "mapping-1",
        "value": "m1.large",
        "type": "flat",
        "cost": "0.4000000000000000000000000000",
        "service_id": None,
        "field_id": "field-1",
        "group_id": "group-1",
        "tenant_id": "id-blue",
        "name": "m1.large",
        "description": None,
        "start": "2026-10-01T00:00:00",
        "end": None,
        **fields,
    }


def threshold(**fields: typing.Any) -> client.Item:
    """Return the JSON of a threshold of a service."""
    return {
        "threshold_id": "threshold-1",
        "level": "100.00000000",
        "cost": "0.9000000000000000000000000000",
        "type": "rate",
        "service_id": "service-1",
        "field_id": None,
        "group_id": None,
        "tenant_id": None,
        **fields,
    }


def answer(*mappings: client.Item) -> client.Answer:
    """Return the answer with all rules."""
    return client.Answer(
        {
            "services": [{"service_id": "service-1", "name": "instance"}],
            "fields": [
                {
                    "field_id": "field-1",
                    "name": "flavor",
                    "service_id": "service-1",
                }
            ],
            "groups": [{"group_id": "group-1", "name": "discounts"}],
            "mappings": list(mappings),
            "thresholds": [threshold()],
        }
    )


class TestPrices(base.TestCase):
    url = reverse("horizon:admin:reprocesses:prices")

    def test_page(self):
        ended = mapping(mapping_id="mapping-2", end="2026-10-01T00:00:00")
        with self.api(answer(mapping(), ended)):
            response = self.client.get(self.url)
        [(method, path, _arguments)] = self.sent
        self.assertEqual(
            ("GET", "/v1/rating/module_config/hashmap/rules"), (method, path)
        )
        for text in (
            "instance",
            "flavor = m1.large",
            ">0.4<",
            "blue",
            "group discounts",
            "2026-10-01 00:00 UTC",
            "quantity from 100 on",
            "factor 0.9",
            reverse(
                "horizon:admin:reprocesses:price",
                args=["mapping", "mapping-1"],
            ),
        ):
            self.assertContains(response, text)

    def test_a_threshold_without_a_level(self):
        body = answer().body
        body["thresholds"] = [threshold(level=None)]
        with self.api(client.Answer(body)):
            response = self.client.get(self.url)
        self.assertContains(response, "no points: it has no level")

    def test_no_price(self):
        body = {
            name: []
            for name in (
                "services",
                "fields",
                "groups",
                "mappings",
                "thresholds",
            )
        }
        with self.api(client.Answer(body)):
            response = self.client.get(self.url)
        self.assertContains(response, "no mapping or threshold")

    def test_a_member(self):
        with self.api(client.RatingError(403, "not allowed")):
            self.assertEqual(403, self.client.get(self.url).status_code)


class TestPrice(base.TestCase):
    url = reverse(
        "horizon:admin:reprocesses:price", args=["mapping", "mapping-1"]
    )
    threshold_url = reverse(
        "horizon:admin:reprocesses:price", args=["threshold", "threshold-1"]
    )
    values: typing.ClassVar = {
        "metric": "instance",
        "scope": "id-blue",
        "what": "instance, flavor = m1.large",
        "end": "",
        "cost": "0.36",
        "start": PAST,
    }

    def test_page(self):
        with self.api(answer(mapping())):
            response = self.client.get(self.url)
        self.assertEqual(1, len(self.sent))
        self.assertContains(response, "flavor = m1.large")
        self.assertContains(response, 'name="scope" value="id-blue"')
        self.assertContains(response, "periods that begin then or later")

    def test_page_of_a_threshold(self):
        with self.api(answer()):
            response = self.client.get(self.threshold_url)
        self.assertContains(response, "A threshold has no times")
        self.assertContains(response, "New factor")

    def test_a_rule_that_does_not_exist(self):
        with self.api(answer()):
            self.assertEqual(404, self.client.get(self.url).status_code)

    def _order(self, response):
        """Return the query of the order that is offered."""
        path, _mark, query = response["Location"].partition("?")
        self.assertEqual(reverse("horizon:admin:reprocesses:new_order"), path)
        return urllib.parse.parse_qs(query)

    def test_from_the_past(self):
        with self.api(client.Answer({})):
            response = self.client.post(self.url, self.values)
        [(method, path, arguments)] = self.sent
        self.assertEqual(
            (
                "POST",
                "/v1/rating/module_config/hashmap/mappings/mapping-1/price",
            ),
            (method, path),
        )
        self.assertEqual(
            {
                "cost": "0.36",
                "start": "2026-11-01T00:00:00+00:00",
                "force": True,
            },
            arguments["json"],
        )
        self.assertEqual(
            {
                "scope": ["id-blue"],
                "metric": ["instance"],
                "begin": ["2026-11-01T00:00:00+00:00"],
                "reason": ["New price 0.36 of instance, flavor = m1.large"],
            },
            self._order(response),
        )

    def test_a_rule_of_all_scopes_that_has_ended(self):
        end = "2026-11-03T00:00:00+00:00"
        with self.api(client.Answer({})):
            response = self.client.post(
                self.url, {**self.values, "scope": "", "end": end}
            )
        query = self._order(response)
        self.assertEqual((["ALL"], [end]), (query["scope"], query["end"]))

    def test_from_the_future(self):
        later = timezone.now() + datetime.timedelta(days=2)
        values = {**self.values, "start": f"{later:%Y-%m-%dT%H:%M}"}
        with self.api(client.Answer({})):
            response = self.client.post(self.url, values)
        self.assertRedirectsNoFollow(
            response, reverse("horizon:admin:reprocesses:prices")
        )
        self.assertNotIn("force", self.sent[0][2]["json"])

    def test_a_threshold(self):
        with self.api(client.Answer(threshold())):
            response = self.client.post(self.threshold_url, self.values)
        self._order(response)
        [(method, path, arguments)] = self.sent
        self.assertEqual(
            (
                "POST",
                "/v1/rating/module_config/hashmap/thresholds/threshold-1"
                "/price",
            ),
            (method, path),
        )
        self.assertEqual({"cost": "0.36"}, arguments["json"])

    def _refused(self, text, *answers, **values):
        with self.api(*answers, answer(mapping())):
            response = self.client.post(self.url, {**self.values, **values})
        self.assertContains(response, text)
        return response

    def test_without_price(self):
        self._refused("Enter the new price.", cost=" ")

    def test_no_time(self):
        self._refused("Enter a date and a time.", start="yesterday")

    def test_refused_by_the_api(self):
        error = client.RatingError(400, "the mapping ends earlier")
        response = self._refused("the mapping ends earlier", error)
        self.assertContains(response, 'value="0.36"')

    def test_a_member(self):
        with self.api(client.RatingError(403, "not allowed")):
            response = self.client.post(self.url, self.values)
        self.assertEqual(403, response.status_code)
