# SPDX-License-Identifier: Apache-2.0
import dataclasses
import itertools

from cloudkitty import dataframe
from cloudkitty.storage import base as storage_base
from cloudkitty.storage import pages
from cloudkitty.tests import base
from cloudkitty.tests import new_scopes
from cloudkitty.tests.contract.storage import usage
from cloudkitty.tests.fakes import storage as fake


class Counting(fake.FakeStorage):
    """Counts the questions, and refuses too long an answer."""

    most = None

    def retrieve(self, query):
        self.asked = getattr(self, "asked", 0) + 1
        found = super().retrieve(query)
        points = sum(len(frame) for frame in found.frames)
        if query.limit is not None and points > query.limit:
            raise AssertionError("more than were asked for")
        return found


class TestWalk(base.TestCase):
    def setUp(self):
        super().setUp()
        self.storage = Counting(self.make_conf())

    def fill(self, *numbers):
        """Store so many points for each hour; two projects share them."""
        for name, share in (("p1", 2), ("p2", 3)):
            frames = [
                _frame(hour, [number // share] * number)
                for hour, number in enumerate(numbers)
                if number
            ]
            self.storage.replace(
                new_scopes.make(name), usage.hours(0, len(numbers)), frames
            )

    def check(self, hours, page):
        query = storage_base.Query(window=usage.hours(0, hours))
        expected = self.storage.retrieve(query).frames
        self.storage.asked = 0
        limited = dataclasses.replace(query, limit=1, offset=1)
        self.assertEqual(
            expected, list(pages.frames(self.storage, limited, page))
        )

    def test_every_page_size_gives_the_same(self):
        for numbers in itertools.product((0, 1, 3), repeat=4):
            self.fill(*numbers)
            for page in (1, 2, 4, 5, 6, 7, 100):
                self.check(4, page)

    def test_one_query_if_it_is_enough(self):
        self.fill(3, 3)
        self.check(2, 12)
        self.assertEqual(1, self.storage.asked)

    def test_nothing(self):
        self.check(3, 10)

    def test_only_the_window_that_was_asked_for(self):
        self.fill(2, 2, 2, 2)
        query = storage_base.Query(window=usage.hours(1, 3))
        for page in (1, 3, 4, 100):
            found = list(pages.frames(self.storage, query, page))
            self.assertEqual(
                [usage.hours(1, 2).begin, usage.hours(2, 3).begin],
                [frame.start for frame in found],
            )

    def test_a_storage_that_does_not_answer(self):
        class Broken(fake.FakeStorage):
            def retrieve(self, query):
                raise storage_base.StorageError("gone")

        query = storage_base.Query(window=usage.hours(0, 1))
        self.assertRaises(
            storage_base.StorageError,
            list,
            pages.frames(Broken(self.make_conf()), query),
        )


def _frame(hour, quantities):
    period = usage.hours(hour, hour + 1)
    frame = dataframe.DataFrame(period.begin, period.end)
    for number, quantity in enumerate(quantities):
        frame.add_point(usage.point(quantity), f"m{number % 2}")
    return frame
