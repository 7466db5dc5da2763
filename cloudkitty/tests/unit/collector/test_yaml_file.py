# SPDX-License-Identifier: Apache-2.0
"""Reading of the file ``metrics.yml``."""

import pathlib

import yaml

from cloudkitty.collector import definitions
from cloudkitty.collector.prometheus import query
from cloudkitty.common import exceptions
from cloudkitty.tests import base

SAMPLE = (
    pathlib.Path(__file__).parents[4] / "etc/cloudkitty/metrics.prometheus.yml"
)


def parse(content, scope_key="project_id"):
    return definitions.parse(content, scope_key, query.EXTRA_ARGS)


def parse_one(**keys):
    [metric] = parse({"metrics": {"m": {"unit": "u", **keys}}})
    return metric


class TestFile(base.TestCase):
    def load(self, text):
        path = self.make_folder() / "metrics.yml"
        path.write_bytes(text)
        return definitions.load(str(path), "project_id", query.EXTRA_ARGS)

    def test_read(self):
        content = {"metrics": {"m": {"unit": "u"}}}
        [metric] = self.load(yaml.safe_dump(content).encode())
        self.assertEqual("m", metric.key)

    def test_unreadable(self):
        for text, word in (
            (b"metrics: [", "line 1"),
            (b"a: !!python/object/apply:os.getcwd []", "not YAML"),
            (b"\xff\xfe\xff", "metrics.yml"),
            (b"", "metrics"),
            (b"metrics: {m: {}}", "metrics.yml: metric m: unit"),
        ):
            err = self.assertRaises(
                exceptions.InvalidConfiguration, self.load, text
            )
            self.assertIn(word, str(err))

    def test_a_duplicate_key(self):
        for text, key, lines in (
            (
                b"metrics:\n m: {unit: u}\n n: {unit: u}\n m: {unit: v}\n",
                "m",
                "lines 2 and 4",
            ),
            (
                b"metrics:\n m: {unit: u, groupby: [a], 'groupby': [b]}\n",
                "groupby",
                "lines 2 and 2",
            ),
            (
                b"metrics: {m: {unit: u}}\nmetrics: {n: {unit: u}}\n",
                "metrics",
                "lines 1 and 2",
            ),
        ):
            err = self.assertRaises(
                exceptions.InvalidConfiguration, self.load, text
            )
            self.assertIn(f"metrics.yml: {key} is defined twice", str(err))
            self.assertIn(lines, str(err))

    def test_merged_keys_are_no_second_ones(self):
        found = self.load(
            b"metrics:\n a: &a {unit: u, groupby: [x]}\n"
            b" b: &b\n  <<: *a\n  groupby: [y]\n"
            b" c:\n  <<: *b\n  groupby: [z]\n"
        )
        self.assertEqual(
            [("x", "u"), ("y", "u"), ("z", "u")],
            [(metric.groupby[0], metric.unit) for metric in found],
        )

    def test_a_mapping_that_holds_itself(self):
        err = self.assertRaises(
            exceptions.InvalidConfiguration,
            self.load,
            b"metrics: &a {m: *a}\n",
        )
        self.assertIn("metric m", str(err))

    def test_missing(self):
        err = self.assertRaises(
            exceptions.InvalidConfiguration,
            definitions.load,
            "/nowhere/metrics.yml",
            "project_id",
            {},
        )
        self.assertIn("/nowhere/metrics.yml: No such file", str(err))
