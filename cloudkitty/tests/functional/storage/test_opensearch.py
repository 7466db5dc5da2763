# SPDX-License-Identifier: Apache-2.0
"""The storages of OpenSearch and Elasticsearch on a real OpenSearch."""

import dataclasses

import fixtures
import requests

from cloudkitty.common import exceptions
from cloudkitty.storage import base as storage_base
from cloudkitty.storage import pages
from cloudkitty.storage.v2 import opensearch as driver
from cloudkitty.storage.v2.opensearch import bulk
from cloudkitty.storage.v2.opensearch import product as products
from cloudkitty.storage.v2.opensearch import retrieve
from cloudkitty.storage.v2.opensearch import search
from cloudkitty.tests import base
from cloudkitty.tests import new_scopes
from cloudkitty.tests import opensearch
from cloudkitty.tests.contract import storage
from cloudkitty.tests.contract.storage import case as storage_case
from cloudkitty.tests.contract.storage import usage


class Case:
    """A storage in an index of its own."""

    storage_class = driver.OpenSearchStorage
    stream = False
    exact_sums = False
    atomic_replace = False

    def make_storage(self):
        self.index = opensearch.make_index(self)
        self.url = opensearch.url(self)
        return self.open_storage()

    def open_storage(self, **options):
        group = self.storage_class.product.group
        mine = {
            "host": self.url,
            "index_name": self.index,
            "use_datastream": self.stream,
            **options,
        }
        return self.storage_class(self.make_conf(**{group: mine}), None)

    def ask(self, method, path, body=None):
        """Send a request beside the driver."""
        answer = requests.request(
            method, f"{self.url}/{self.index}{path}", json=body, timeout=60
        )
        answer.raise_for_status()
        return answer.json()


class TestIndex(Case, storage.StorageContract, base.TestCase):
    """The contract in an index."""


class TestDataStream(Case, storage.StorageContract, base.TestCase):
    """The contract in a data stream."""

    stream = True


class _OnOpenSearch(driver.ElasticsearchStorage):
    """The driver of Elasticsearch, with the paths of points in time."""

    product = dataclasses.replace(
        products.ELASTICSEARCH,
        open_path=products.OPENSEARCH.open_path,
        close_path=products.OPENSEARCH.close_path,
        pit_key=products.OPENSEARCH.pit_key,
    )


class TestElasticsearch(Case, storage_case.StorageCase, base.TestCase):
    """The mapping of Elasticsearch, which has no subfields."""

    storage_class = _OnOpenSearch

    def test_points_and_sums(self):
        self.replace("p1", usage.hours(0, 2), usage.frames(0, 2))
        self.replace("p1", usage.hours(0, 2), usage.frames(0, 2, price="3"))
        self.assertEqual(
            [(("p1", "cpu", "i-0"), 2, 6), (("p1", "cpu", "i-1"), 2, 6)],
            self.sums(["project_id", "type", "id"]),
        )
        self.assertEqual(
            usage.frames(0, 2, price="3"), list(self.retrieve("p1").frames)
        )
        self.assertEqual(["p1"], self.storage.scope_ids())


class TestPages(Case, storage_case.StorageCase, base.TestCase):
    """Answers that are divided into pages."""

    def test_small_pages(self):
        for module, name, size in (
            (bulk, "DOCUMENTS", 7),
            (retrieve, "PAGE", 4),
            (search, "BUCKETS", 3),
        ):
            self.useFixture(
                fixtures.MonkeyPatch(f"{module.__name__}.{name}", size)
            )
        points = [usage.point(groupby={"id": f"{n:02}"}) for n in range(20)]
        frames = [usage.frame(hour, cpu=points) for hour in range(2)]
        self.replace("p1", usage.hours(0, 2), frames)
        everything = [point.groupby["id"] for point in points] * 2
        for offset, limit in (
            *((0, None), (0, 3), (0, 4), (0, 5), (3, 9), (8, 4)),
            *((17, 6), (39, 5), (40, 5), (12, 0), (21, None)),
        ):
            page = self.retrieve("p1", offset=offset, limit=limit)
            self.assertEqual(40, page.total)
            end = None if limit is None else offset + limit
            self.assertEqual(
                everything[offset:end],
                [
                    point.groupby["id"]
                    for frame in page.frames
                    for _, point in frame.iterpoints()
                ],
                (offset, limit),
            )
        self.assertEqual(20, len(self.sums(["id"])))
        self.assertEqual(40, len(self.sums(["time", "id"])))
        self.assertEqual(
            [(("04",), 2, 2), (("05",), 2, 2)],
            self.sums(["id"], offset=4, limit=2),
        )
        query = storage_base.Query(window=usage.hours(0, 2))
        self.assertEqual(frames, list(pages.frames(self.storage, query, 6)))

    def test_points_of_upstream_that_compare_equal(self):
        """Without a position, those of several shards are not ordered."""
        self.useFixture(fixtures.MonkeyPatch(f"{retrieve.__name__}.PAGE", 4))
        self.ask("DELETE", "")
        self.ask("PUT", "", {"settings": {"number_of_shards": 3}})
        self.storage.init()
        for number in range(12):
            self.ask("POST", "/_doc", upstream_document(0, id=f"{number}"))
        self.ask("POST", "/_refresh")
        [frame] = self.retrieve("p1").frames
        self.assertEqual(
            {f"{number}" for number in range(12)},
            {point.groupby["id"] for _, point in frame.iterpoints()},
        )
        self.assertEqual(12, len(frame))


def upstream_document(hour, price=0.25, project="p1", metadata=None, **more):
    """Return a document as CloudKitty 25 writes it (storage-formats)."""
    period = usage.hours(hour, hour + 1)
    return {
        "start": period.begin.isoformat(),
        "end": period.end.isoformat(),
        "type": "compute",
        "unit": "GiB",
        "qty": 1.5,
        "price": price,
        "groupby": {"project_id": project, **more},
        "metadata": metadata or {"flavor": "m1 small"},
    }


class _Upstream(Case, storage_case.StorageCase):
    """Documents of upstream, in an index that this service did not make."""

    def setUp(self):
        super().setUp()
        self.ask("DELETE", "")
        if self.mapping is not None:
            self.ask("PUT", "", {"mappings": self.mapping})
        for project in ("p1", "p2-x"):
            for hour in range(3):
                self.ask(
                    "POST",
                    "/_doc",
                    upstream_document(
                        hour, project=project, id="i 1", month="11"
                    ),
                )
        self.ask("POST", "/_refresh")
        self.storage.init()
        self.storage.check()

    def test_points_are_read(self):
        self.assertEqual(
            [(("compute", "p1"), usage.D("4.5"), usage.D("0.75"))]
            + [(("compute", "p2-x"), usage.D("4.5"), usage.D("0.75"))],
            self.sums(["type", "project_id"]),
        )
        self.assertEqual(
            [(("m1 small", "11"), usage.D(3), usage.D("0.5"))],
            self.sums(
                ["flavor", "time-m"],
                window=usage.hours(0, 2),
                filters={"project_id": ["p2-x"], "id": ["i 1"]},
            ),
        )
        self.assertEqual([], self.sums(filters={"id": ["i"]}))
        self.assertEqual(3, len(self.sums(["time"])))
        self.assertEqual(["p1", "p2-x"], self.storage.scope_ids())
        page = self.retrieve("p2-x", metrics=["compute"], limit=1)
        self.assertEqual(3, page.total)
        [(_, point)] = page.frames[0].iterpoints()
        self.assertEqual(
            usage.point(
                "1.5",
                "0.25",
                {"project_id": "p2-x", "id": "i 1", "month": "11"},
                {"flavor": "m1 small"},
            )._replace(description=None),
            point,
        )

    def test_points_are_replaced_and_deleted(self):
        other = self.retrieve("p2-x")
        new = usage.frames(0, 2, price="5", metric="compute")
        for _ in range(2):
            self.replace("p1", usage.hours(0, 2), new, metrics=["compute"])
            self.assertEqual(
                new, list(self.retrieve("p1", usage.hours(0, 2)).frames)
            )
        self.assertEqual(usage.D("20.25"), self.rate("p1"))
        self.assertEqual(other, self.retrieve("p2-x"))
        self.storage.delete(new_scopes.make("p1"), usage.hours(0, 9))
        self.assertEqual(0, self.retrieve("p1").total)
        self.assertEqual(other, self.retrieve("p2-x"))


class TestDynamicMapping(_Upstream, base.TestCase):
    """Upstream's OpenSearch index: all fields are mapped dynamically."""

    mapping = None

    def test_identifiers_that_the_mapping_cannot_hold(self):
        """Else a replacement would not find the old points again."""
        long = "\U0001d11e" * 200
        self.assertRaises(
            storage_base.StorageError,
            self.replace,
            long,
            usage.hours(0, 1),
            usage.frames(0, 1),
        )
        self.assertIsNone(self.rate(long))

    def test_sums_of_single_precision_are_announced(self):
        log = self.useFixture(fixtures.FakeLogger())
        self.storage.check()
        self.assertIn("7 significant digits", log.output)


class TestUpstreamMapping(_Upstream, base.TestCase):
    """The mapping that upstream puts into Elasticsearch."""

    mapping = {
        "dynamic": False,
        "dynamic_templates": [
            {
                "strings_as_keywords": {
                    "match_mapping_type": "string",
                    "mapping": {"type": "keyword"},
                }
            }
        ],
        "properties": {
            "start": {"type": "date"},
            "end": {"type": "date"},
            "type": {"type": "keyword"},
            "unit": {"type": "keyword"},
            "qty": {"type": "double"},
            "price": {"type": "double"},
            "groupby": {"type": "object", "dynamic": True},
            "metadata": {"type": "object", "dynamic": True},
        },
    }


class TestAttributesThatAreNoTexts(
    Case, storage_case.StorageCase, base.TestCase
):
    """Upstream writes metadata with the type that its source had."""

    def test_numbers_and_times(self):
        for metadata in (
            {"vcpus": 4, "on": True, "at": "2026-11-02"},
            {"vcpus": 8, "on": False, "at": "2026-11-03"},
        ):
            self.ask("POST", "/_doc", upstream_document(0, metadata=metadata))
        self.ask("POST", "/_refresh")
        self.assertEqual(
            [("4",), ("8",)], [k for k, *_ in self.sums(["vcpus"])]
        )
        for filters, expected in (
            ({"vcpus": ["4"]}, 1),
            ({"vcpus": ["4", "8"]}, 2),
            ({"vcpus": ["many"]}, 0),
            ({"at": ["2026-11-02"]}, 1),
            ({"at": ["never"]}, 0),
            ({"on": ["yes"]}, 0),
        ):
            found = self.retrieve(filters=filters)
            self.assertEqual(expected, found.total, filters)


class TestPreparation(Case, storage_case.StorageCase, base.TestCase):
    """``init`` and ``check``."""

    def refusal(self, **options):
        raised = self.assertRaises(
            exceptions.InvalidConfiguration, self.open_storage(**options).check
        )
        return str(raised)

    def test_init_is_idempotent(self):
        self.replace("p1", usage.hours(0, 1), usage.frames(0, 1))
        self.storage.init()
        self.storage.check()
        self.assertEqual(2, self.retrieve("p1").total)

    def test_an_index_that_is_not_there(self):
        self.ask("DELETE", "")
        self.assertIn("run cloudkitty-storage-init", self.refusal())
        self.assertRaises(
            storage_base.StorageError,
            self.replace,
            "p1",
            usage.hours(0, 1),
            usage.frames(0, 1),
        )
        # A write must not create an index with a dynamic mapping.
        self.assertIn("run cloudkitty-storage-init", self.refusal())

    def test_an_index_that_init_has_not_prepared(self):
        self.ask("DELETE", "")
        self.ask("POST", "/_doc", upstream_document(0))
        self.assertIn("run cloudkitty-storage-init", self.refusal())

    def test_prices_that_are_mapped_to_integers(self):
        self.ask("DELETE", "")
        self.ask("POST", "/_doc", upstream_document(0, price=1))
        raised = self.assertRaises(
            exceptions.InvalidConfiguration, self.storage.init
        )
        self.assertIn("price is no double", str(raised))

    def test_an_index_instead_of_a_data_stream(self):
        self.assertIn("use_datastream", self.refusal(use_datastream=True))
