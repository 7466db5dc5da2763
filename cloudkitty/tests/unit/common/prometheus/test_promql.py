# SPDX-License-Identifier: Apache-2.0
"""No label value can end its string."""

import re

import hypothesis
from hypothesis import strategies

from cloudkitty.common.prometheus import promql
from cloudkitty.tests import base


class TestQuote(base.TestCase):
    def test_escapes(self):
        for value, expected in (
            ("plain", '"plain"'),
            ('a"b', r'"a\"b"'),
            ("a\\", r'"a\\"'),
            ('\\"', r'"\\\""'),
            ("a\nb", r'"a\nb"'),
            ("", '""'),
        ):
            self.assertEqual(expected, promql.quote(value))

    @hypothesis.given(strategies.text(alphabet='\\"\nn{}a', max_size=12))
    def test_any_text_stays_one_string(self, value):
        text = promql.quote(value)
        self.assertTrue(re.fullmatch(r'"([^"\\\n]|\\["\\n])*"', text), text)
        back = re.sub(
            r"\\(.)",
            lambda match: {"n": "\n"}.get(match[1], match[1]),
            text[1:-1],
        )
        self.assertEqual(value, back)


class TestSelector(base.TestCase):
    def test_text(self):
        self.assertEqual(
            'm{a="1", b="\\"x"}', promql.selector("m", {"a": "1", "b": '"x'})
        )
        self.assertEqual("m:r{}", promql.selector("m:r", {}))

    def test_names_that_are_none(self):
        for name in ("", "a b", "a{", "1a", "a-b", "a\n"):
            self.assertRaises(ValueError, promql.selector, name, {})
            self.assertRaises(ValueError, promql.selector, "m", {name: ""})
        self.assertRaises(ValueError, promql.selector, "m", {"a:b": ""})
