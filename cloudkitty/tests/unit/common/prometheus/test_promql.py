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
        self.assertRaises(ValueError, promql.selector_of_any, "a b", "a", [])
        self.assertRaises(ValueError, promql.selector_of_any, "m", "a:b", [])


class TestLiteral(base.TestCase):
    def test_escapes(self):
        for value, expected in (
            ("3f2b-plain_é☃ 𝄞/,;:'#&~@!%=<>", "3f2b-plain_é☃ 𝄞/,;:'#&~@!%=<>"),
            ("a.b*c+d?", r"a\.b\*c\+d\?"),
            ("(a|b)[c]{1}^$", r"\(a\|b\)\[c\]\{1\}\^\$"),
            ("\\d\\", r"\\d\\"),
            ('"\n\t', '"\n\t'),
            ("", ""),
        ):
            self.assertEqual(expected, promql.literal(value))

    def test_in_a_selector(self):
        self.assertEqual(
            'm{a=~"x\\\\.y|\\"\\n|\\\\\\\\||z"}',
            promql.selector_of_any(
                "m", "a", map(promql.literal, ["x.y", '"\n', "\\", "", "z"])
            ),
        )

    @hypothesis.given(
        strategies.lists(
            strategies.text(alphabet='\\.+*?()|[]{}^$-Qd"\nab', max_size=8),
            min_size=1,
            max_size=5,
        ),
        strategies.text(alphabet="\\.|ab-d\n", max_size=8),
    )
    def test_matches_the_value_and_no_other(self, values, other):
        """Python reads these expressions as RE2 does."""
        pattern = "|".join(map(promql.literal, values))
        for value in [*values, other]:
            self.assertEqual(
                value in values,
                re.fullmatch(f"(?:{pattern})", value) is not None,
                (pattern, value),
            )
