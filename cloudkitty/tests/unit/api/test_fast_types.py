# SPDX-License-Identifier: Apache-2.0
"""Types of long lists behave like WSME's."""

import wsme.exc
import wsme.rest.json
import wsme.types

from cloudkitty.api import fast_types
from cloudkitty.api import ordered
from cloudkitty.tests import base


class Part(wsme.types.Base):
    name = wsme.types.text


class Whole(fast_types.Type):
    name = wsme.types.text
    count = int
    share = float
    good = bool
    parts = [Part]


class TestType(base.TestCase):
    def written(self, **given):
        """Return the JSON object, which must equal WSME's."""
        made = Whole(**given)
        plain = made.to_json()
        wanted = wsme.rest.json.tojson(Whole, made)
        self.assertEqual(list(wanted.items()), list(plain.items()))
        return plain

    def test_order_null_and_unset_as_in_wsme(self):
        self.assertEqual(
            [("name", None), ("count", 2), ("share", 0.5)],
            list(self.written(share=0.5, count=2, name=None).items()),
        )

    def test_lists_of_types_and_later_values(self):
        made = Whole(parts=[Part(name="a")])
        made.good = True
        self.assertEqual(
            {"good": True, "parts": [{"name": "a"}]}, made.to_json()
        )

    def test_wsme_validates_other_values(self):
        self.assertEqual({"count": 7}, self.written(count="7"))
        self.assertRaises(wsme.exc.InvalidInput, Whole, count="seven")
        self.assertRaises(wsme.exc.InvalidInput, Whole, parts="a")


class First(ordered.Base):
    zone = wsme.types.text
    area = wsme.types.text


class Second(First):
    town = wsme.types.text
    area = int


class TestOrdered(base.TestCase):
    """The order is that of WSME, without a look at the source text."""

    def check(self, kind, *names):
        self.assertEqual(
            list(names), [each.key for each in kind._wsme_attributes]
        )

    def test_declaration(self):
        self.check(First, "zone", "area")

    def test_a_subclass_comes_first(self):
        self.check(Second, "town", "area", "zone")

    def test_equal_to_wsme(self):
        self.assertEqual(
            [each.key for each in Plain._wsme_attributes],
            [each.key for each in First._wsme_attributes],
        )


class Plain(wsme.types.Base):
    zone = wsme.types.text
    area = wsme.types.text
