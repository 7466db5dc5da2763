# SPDX-License-Identifier: Apache-2.0
"""The storage in memory keeps the contract."""

from cloudkitty.storage import base as storage_base
from cloudkitty.tests import base
from cloudkitty.tests.contract import storage
from cloudkitty.tests.contract.storage import usage
from cloudkitty.tests.fakes import storage as fake


class TestFakeStorage(storage.StorageContract, base.TestCase):
    def make_storage(self):
        return fake.FakeStorage(self.make_conf())

    def test_scripted_failures(self):
        self.storage.fail("gone", None)
        self.assertRaises(
            storage_base.StorageError,
            self.replace,
            "p1",
            usage.hours(0, 1),
            usage.frames(0, 1),
        )
        self.assertEqual(0, self.retrieve().total)
        self.replace("p1", usage.hours(0, 1), usage.frames(0, 1))
        self.assertEqual(2, self.retrieve().total)
        self.assertEqual(
            [("replace", "p1", usage.hours(0, 1))] * 2, self.storage.calls
        )
