# SPDX-License-Identifier: Apache-2.0
"""Attributes that may be null or missing, as the OpenAPI document says."""

import wsme.exc
import wsme.types

from cloudkitty.api import fast_types
from cloudkitty.api import ordered
from cloudkitty.api import render
from cloudkitty.tests import base


class Plain(ordered.Base):
    name = wsme.types.text
    end = ordered.nullable(wsme.types.text)
    digest = ordered.optional(wsme.types.text)
    both = ordered.optional(int, nullable=True)


class Fast(fast_types.Type):
    name = wsme.types.text
    end = ordered.nullable(wsme.types.text)
    digest = ordered.optional(wsme.types.text)
    both = ordered.optional(int, nullable=True)


class TestAttributes(base.TestCase):
    def test_the_response_is_that_of_other_attributes(self):
        for kind in (Plain, Fast):
            self.assertEqual(
                '{"name": "n", "end": null}',
                render.text(kind(name="n", end=None)),
            )
            self.assertEqual(
                '{"name": "n", "end": "e", "digest": "d", "both": 1}',
                render.text(kind(name="n", end="e", digest="d", both=1)),
            )

    def test_values_are_validated(self):
        for kind in (Plain, Fast):
            self.assertRaises(wsme.exc.InvalidInput, kind, both="text")

    def test_the_declaration_can_be_read(self):
        for kind in (Plain, Fast):
            declared = {
                each.name: (each.nullable, each.optional)
                for each in wsme.types.list_attributes(kind)
                if isinstance(each, ordered.Attribute)
            }
            self.assertEqual(
                {
                    "end": (True, False),
                    "digest": (False, True),
                    "both": (True, True),
                },
                declared,
            )
