# SPDX-License-Identifier: Apache-2.0
"""Names, mappings and documents."""

import datetime

from hypothesis import given
from hypothesis import strategies

from cloudkitty.common import exceptions
from cloudkitty.storage import base as storage_base
from cloudkitty.storage.v2.opensearch import documents
from cloudkitty.storage.v2.opensearch import fields
from cloudkitty.storage.v2.opensearch import names
from cloudkitty.tests import base
from cloudkitty.tests.contract.storage import usage
from cloudkitty.tests.unit.storage.opensearch import case

SOURCE = {
    "start": "2026-11-02T00:00:00+00:00",
    "end": "2026-11-02T01:00:00+00:00",
    "type": "compute",
    "unit": "GiB",
    "qty": 1,
    "price": 2,
    "groupby": {"project_id": "p1", "a%2Eb": "x", "n": 5},
    "metadata": {},
}


class TestNames(base.TestCase):
    """Names of attributes as names of fields."""

    @given(strategies.text(strategies.characters(exclude_categories=["Cs"])))
    def test_names_are_restored(self, name):
        if "\0" in name:
            return
        field = names.escape(name)
        self.assertEqual(name, names.unescape(field))
        self.assertTrue(field)
        self.assertNotIn(".", field)

    def test_ordinary_names_are_those_of_upstream(self):
        for name in ("project_id", "flavor-name", "a:b", "\u00e9", "x/y"):
            self.assertEqual(name, names.escape(name))


class TestDecode(base.TestCase):
    """Documents of both sides."""

    def test_names_of_upstream_are_not_changed(self):
        metric, point = documents.decode(SOURCE)
        self.assertEqual("compute", metric)
        self.assertEqual(
            {"project_id": "p1", "a%2Eb": "x", "n": "5"}, point.groupby
        )
        self.assertIsNone(point.description)

    def test_own_names_and_the_attribute_of_the_scope(self):
        for original, expected in (
            ({}, {"project_id": "p1", "a.b": "x", "n": "5"}),
            ({"original": None}, {"a.b": "x", "n": "5"}),
            ({"original": "p"}, {"project_id": "p", "a.b": "x", "n": "5"}),
        ):
            own = {"scope_key": "project_id", "write": 1, **original}
            _, point = documents.decode({**SOURCE, "ck": own})
            self.assertEqual(expected, point.groupby)

    def test_times(self):
        at = datetime.datetime(2026, 11, 2, tzinfo=datetime.UTC)
        for text in (
            "2026-11-02T00:00:00+00:00",
            "2026-11-02T01:00:00+01:00",
            "2026-11-02T00:00:00",
        ):
            self.assertEqual(at, documents.decode_time(text))


class TestMalformedDocuments(case.StubCase):
    """Documents that are no points."""

    def test_malformed_documents(self):
        for change in (
            {"qty": "x"},
            {"qty": None},
            {"qty": True},
            {"price": [1]},
            {"groupby": 5},
            {"start": 5},
            {"end": "soon"},
            {"ck": 5},
            {"ck": {"original": None}},
            {"ck": {"original": None, "scope_key": "x"}},
        ):
            hit = {"_source": {**SOURCE, **change}, "sort": [1]}
            storage = self.make(case.mapping(), case.found([hit]))
            query = storage_base.Query(window=usage.hours(0, 1), limit=5)
            text = self.failure(storage.retrieve, query)
            self.assertIn("no rated point", text, change)


class TestFields(case.StubCase):
    """Fields by the mapping of the index."""

    def known(self, *leaves):
        return fields.Fields(
            {
                f"i-{n}": {"mappings": {"properties": {"x": leaf}}}
                for n, leaf in enumerate(leaves)
            },
            "i",
        )

    def test_the_exact_field(self):
        keyword = {"type": "keyword", "ignore_above": 256}
        both = {"type": "keyword", "fields": {"keyword": keyword}}
        text = {"type": "text", "fields": {"keyword": keyword}}
        for leaves, expected in (
            ([keyword], fields.Field("x", longest=256)),
            ([text], fields.Field("x.keyword", longest=256)),
            ([text, both], fields.Field("x.keyword", longest=256)),
            ([{"type": "long"}], fields.Field("x", exact=False)),
        ):
            self.assertEqual(expected, self.known(*leaves).exact("x"))
        self.assertIsNone(self.known(keyword).exact("y"))

    def test_fields_that_do_not_fit(self):
        for leaves in (
            [{"type": "text"}],
            [{"type": "text"}, {"type": "keyword"}],
            [{"type": "long"}, {"type": "keyword"}],
            [{"type": "geo_point"}],
        ):
            self.assertRaises(
                storage_base.StorageError, self.known(*leaves).exact, "x"
            )

    def test_mappings_that_are_refused(self):
        stream = case.mapping(index=".ds-cloudkitty-000001")
        for answer, text in (
            (case.Answer({}), "does not exist"),
            (case.error(404), "does not exist"),
            (case.mapping(ck={"properties": {}}), "ck.scope_key"),
            (case.mapping(start={"type": "long"}), "start is no date"),
            (case.mapping(price={"type": "long"}), "price is no double"),
            (stream, "use_datastream"),
        ):
            storage = self.make(answer)
            raised = self.assertRaises(
                exceptions.InvalidConfiguration, storage.check
            )
            self.assertIn(text, str(raised))

    def test_malformed_mappings(self):
        for body in (
            {"i": 5},
            {"i": {"mappings": 5}},
            {"i": {"mappings": {"properties": {"x": 5}}}},
        ):
            storage = self.make(case.Answer(body))
            self.assertIn("malformed", self.failure(storage.check))


class TestElasticsearch(case.StubCase):
    """Requests that OpenSearch does not know."""

    storage_class = case.driver.ElasticsearchStorage

    def test_a_point_in_time(self):
        storage = self.make(
            case.mapping(),
            case.Answer({"id": "secret"}),
            case.found(),
            case.Answer({"succeeded": True, "num_freed": 1}),
        )
        storage.retrieve(storage_base.Query(window=usage.hours(0, 1)))
        self.assertEqual(
            [
                "GET /cloudkitty/_mapping",
                "POST /cloudkitty/_pit",
                "POST /_search",
                "DELETE /_pit",
            ],
            self.paths(),
        )
        self.assertEqual("30s", self.stub.requests[1].parameters["keep_alive"])
        self.assertEqual({"id": "secret"}, self.sent(3))

    def test_texts_have_no_subfield(self):
        storage = self.make(
            case.error(404), case.Answer({}), case.Answer({}), case.mapping()
        )
        storage.init()
        mapping = self.sent(1)["mappings"]
        self.assertEqual("keyword", mapping["properties"]["type"]["type"])
        self.assertNotIn("fields", mapping["properties"]["type"])
