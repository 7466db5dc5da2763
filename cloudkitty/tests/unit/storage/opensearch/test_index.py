# SPDX-License-Identifier: Apache-2.0
"""The creation of an index whose shards start late, or never."""

from cloudkitty.tests.unit.storage.opensearch import case

#: The answer to a health request whose time is over.
LATE = case.Answer({"timed_out": True, "status": "red"}, status=408)
ABSENT = case.error(404, "index_not_found_exception")
DONE = case.Answer({"acknowledged": True})


class TestWaiting(case.StubCase):
    def test_shards_that_start_late(self):
        healthy = case.Answer({"timed_out": False, "status": "yellow"})
        answers = (ABSENT, DONE, LATE, LATE, healthy, case.mapping())
        self.make(*answers).init()
        self.assertEqual(
            ["GET /_cluster/health/cloudkitty"] * 3, self.paths()[2:5]
        )

    def test_shards_that_never_start(self):
        storage = self.make(ABSENT, DONE, LATE)
        self.assertIn("did not start the shards", self.failure(storage.init))

    def test_other_refusals(self):
        storage = self.make(ABSENT, DONE, case.error(403))
        self.assertIn("rejected the credentials", self.failure(storage.init))
