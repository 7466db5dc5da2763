# SPDX-License-Identifier: Apache-2.0
from cloudkitty.fetcher import source
from cloudkitty.tests import base


class TestSource(base.TestCase):
    def test_each_once_without_blanks(self):
        conf = self.make_conf(
            fetcher_source={"sources": ["b", "", "a", " ", "b", " a "]}
        )
        self.assertEqual(["b", "a"], source.SourceFetcher(conf).get_scopes())

    def test_none(self):
        fetcher = source.SourceFetcher(self.make_conf())
        self.assertEqual([], fetcher.get_scopes())
