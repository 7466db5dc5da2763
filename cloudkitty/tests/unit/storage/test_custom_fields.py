# SPDX-License-Identifier: Apache-2.0
"""The select list that a caller of a summary sends."""

import hypothesis
from hypothesis import strategies

from cloudkitty.storage import custom_fields
from cloudkitty.tests import base


def parse(text):
    return [
        (field.function, field.field, field.alias)
        for field in custom_fields.parse(text)
    ]


class TestParse(base.TestCase):
    def test_columns(self):
        self.assertEqual(
            [
                ("sum", "qty", "qty"),
                ("max", "price", "Highest"),
                ("last", "unit", "u"),
            ],
            parse(
                ' SUM(qty) AS qty,max ( "price" ) as "Highest",last(unit) AS u'
            ),
        )

    def test_names_without_an_alias(self):
        self.assertEqual(
            ["sum", "sum_1", "mean", "sum_2"],
            [
                name
                for _, _, name in parse(
                    "sum(qty),SUM(price),mean(qty),sum(qty)"
                )
            ],
        )

    def test_refusals(self):
        for text, words in (
            ("", "not FUNCTION(field) AS name"),
            ("qty", "not FUNCTION(field) AS name"),
            ("sum(qty) AS q,", "not FUNCTION(field) AS name"),
            ("sum(qty) AS a b", "not FUNCTION(field) AS name"),
            ("sum(qty); DROP MEASUREMENT dataframes", "not FUNCTION"),
            ('sum(qty) AS "a', "not FUNCTION"),
            ("sum(qty) AS q\u0661", "not FUNCTION"),
            ("drop(qty)", "contains drop, which is none of"),
            ("sum(secret)", "contains secret, which is none of"),
            ("sum(unit)", "unit only has count, first, last"),
            ("sum(qty) AS a, max(qty) AS a", "two columns with the name a"),
            (",".join(["sum(qty)"] * 21), "has 21 columns"),
        ):
            with self.subTest(text):
                error = self.assertRaises(ValueError, parse, text)
                self.assertIn(words, str(error))

    @hypothesis.given(
        strategies.text(alphabet='sumqtyprice(),"AS_1; \n') | strategies.text()
    )
    def test_any_text(self, text):
        try:
            found = custom_fields.parse(text)
        except ValueError:
            return
        for field in found:
            self.assertIn(field.function, custom_fields.FUNCTIONS)
            self.assertIn(field.field, custom_fields.FIELDS)
            self.assertTrue(field.alias.isidentifier())
        names = [field.alias for field in found]
        self.assertEqual(sorted(set(names)), sorted(names))
