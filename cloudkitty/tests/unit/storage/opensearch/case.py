# SPDX-License-Identifier: Apache-2.0
"""A storage whose server is a stub."""

import json

import fixtures

from cloudkitty.storage import base as storage_base
from cloudkitty.storage.v2 import opensearch as driver
from cloudkitty.storage.v2.opensearch import server as servers
from cloudkitty.tests import base
from cloudkitty.tests import http_stub
from cloudkitty.tests import new_scopes
from cloudkitty.tests.contract.storage import usage

SHARDS = {"total": 1, "successful": 1, "failed": 0}
TEXT = {"type": "keyword"}
#: The fields of an index that cloudkitty-storage-init has created.
PROPERTIES = {
    "start": {"type": "date"},
    "end": {"type": "date"},
    "type": TEXT,
    "qty": {"type": "double"},
    "price": {"type": "double"},
    "groupby": {"properties": {"project_id": TEXT, "id": TEXT}},
    "ck": {
        "properties": {
            "scope_key": TEXT,
            "write": {"type": "long"},
            "seq": {"type": "long"},
            "added": {"type": "boolean"},
        }
    },
}
Answer = http_stub.Answer
REFRESHED = Answer({"_shards": SHARDS})


def mapping(index="cloudkitty", **changed):
    """Return the answer with the fields of the index."""
    properties = {**PROPERTIES, **changed}
    return Answer({index: {"mappings": {"properties": properties}}})


def found(hits=(), total=None, **aggregations):
    """Return the answer of a search."""
    total = len(hits) if total is None else total
    return Answer(
        {
            "_shards": SHARDS,
            "timed_out": False,
            "hits": {"total": {"value": total}, "hits": list(hits)},
            "aggregations": aggregations,
        }
    )


def error(status, kind="boom", reason="no reason", **more):
    """Return an answer of an error."""
    body = {"error": {"type": kind, "reason": reason, **more}}
    return Answer(body, status=status)


def newest(version=None):
    """Return the answer with the newest version in the window."""
    return found(newest={"value": version})


def counts(own=0, older=0, newer=0):
    """Return the answer with the numbers of points by version."""
    return found(
        own={"doc_count": own},
        older={"doc_count": older},
        newer={"doc_count": newer},
    )


def items(*statuses, action="index", **more):
    """Return the answer of a bulk request."""
    return Answer(
        {
            "items": [
                {
                    action: {
                        "status": status,
                        "error": {"type": "boom", "reason": "why", **more},
                    }
                }
                for status in statuses
            ]
        }
    )


class StubCase(base.TestCase):
    """One storage and the answers of its server."""

    storage_class = driver.OpenSearchStorage

    def setUp(self):
        super().setUp()
        # Retries must not wait.
        self.useFixture(
            fixtures.MonkeyPatch(f"{servers.__name__}.FIRST_DELAY", 0.001)
        )
        self.stub = self.useFixture(http_stub.StubServer(Answer("")))

    def make(self, *answers, **options):
        self.stub.script(*answers)
        self.stub.requests.clear()
        group = self.storage_class.product.group
        host = options.pop("host", self.stub.url)
        conf = self.make_conf(**{group: {"host": host, **options}})
        return self.storage_class(conf, None)

    def sent(self, number):
        """Return the JSON body of a request."""
        return json.loads(self.stub.requests[number].body)

    def paths(self):
        """Return method and path of each request."""
        return [f"{r.method} {r.path}" for r in self.stub.requests]

    def failure(self, work, *arguments):
        """Return the text of the StorageError that ``work`` raises."""
        raised = self.assertRaises(storage_base.StorageError, work, *arguments)
        return str(raised)

    def total(self, storage):
        return storage.total(storage_base.Query(window=usage.hours(0, 1)))

    def replace(self, storage, points=2):
        frame = usage.frame(0, cpu=[usage.point()] * points)
        storage.replace(new_scopes.make("p1"), usage.hours(0, 1), [frame])
