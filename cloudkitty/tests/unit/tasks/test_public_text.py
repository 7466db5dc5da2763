# SPDX-License-Identifier: Apache-2.0
"""Texts of errors without paths of the host."""

from cloudkitty.tasks import public_text
from cloudkitty.tests import base


class TestWithoutFolders(base.TestCase):
    def test_paths_of_files(self):
        for expected, text in (
            (
                "samples.prom: No such file",
                "/var/lib/ck/samples.prom: No such file",
            ),
            ("[x] y = metrics.yml: no", "[x] y = /etc/ck/metrics.yml: no"),
            ("'a.pem', (b)", "'/etc/a.pem', (/opt/x/b)"),
            ("period 1: a b", "period 1: /srv/a /srv/b"),
            ("option=a", "option=/etc/a"),
        ):
            self.assertEqual(expected, public_text.without_folders(text))

    def test_other_slashes(self):
        for text in (
            "http://prometheus:9090/api/v1/query_range: 503",
            "GET /v2/scope lists the scopes",
            "POST /api/v1/query: refused",
            "unit MiB/s/core, 1/2/3",
            "project a/b/c",
            "/",
            "no data",
        ):
            self.assertEqual(text, public_text.without_folders(text))
