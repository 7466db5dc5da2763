# SPDX-License-Identifier: Apache-2.0
"""No request with a script fails with 500 or duplicates a name.

``CLOUDKITTY_TEST_FUZZ`` says how many requests are generated; all go to one
database, so that later ones meet what earlier ones made.
"""

import collections
import json

import hypothesis
import webtest
from hypothesis import strategies as st

from cloudkitty.api.v1.pyscripts import parsing
from cloudkitty.rating.pyscripts import editing
from cloudkitty.tests import base
from cloudkitty.tests.fakes import api
from cloudkitty.tests.functional.api.generated import request_values as common
from cloudkitty.tests.functional.api.generated import test_generated_requests

URL = "/v1/rating/module_config/pyscripts/scripts"
#: The clock shows the 22nd.
TIMES = st.sampled_from(
    [
        None,
        "2026-11-01",
        "2026-11-22T12:30:00",
        "2026-11-23 00:00:00Z",
        "2026-11-24T00:00:00+05:30",
        "20261124T000000Z",
        "20261125",
        "3000-01-01T23:59:59",
        "9999-12-31T23:59:59.999999",
    ]
)
NAMES = st.sampled_from(["a", "A", "a ", "\N{ROCKET}", "n" * 255, "n" * 256])
SOURCES = st.sampled_from(
    [
        "",
        "a = 1\n",
        "(",
        "(" * 1000,
        "\0",
        "\ud800",
        "#" * 600_000,
        "\r",
        "\N{ROCKET}",
        "# coding: nonsense",
        "'\\N{nonsense}'",
        "0" * 5000 + "x",
    ]
)
TEXTS = st.sampled_from([None, "", "me", "x" * 256, "x" * 257])
PLAUSIBLE = {
    "name": NAMES,
    "data": SOURCES,
    "description": TEXTS,
    **dict.fromkeys(("start", "end", "created_at", "deleted"), TIMES),
    **dict.fromkeys(("created_by", "updated_by", "deleted_by"), TEXTS),
}
BODIES = st.fixed_dictionaries(
    {"name": NAMES, "data": SOURCES},
    optional={
        name: values
        for name, values in PLAUSIBLE.items()
        if name not in ("name", "data")
    },
) | st.dictionaries(
    st.sampled_from([*parsing.ATTRIBUTES, "checksum", "force"]),
    common.JSON,
    max_size=4,
)
QUERIES = st.dictionaries(
    st.sampled_from([*parsing.FILTERS, "name"]),
    st.sampled_from(["", "true", "false", "x", "2026-11-22", "\N{ROCKET}"]),
    max_size=3,
)


class TestGeneratedScripts(base.TestCase):
    def setUp(self):
        super().setUp()
        self.services = api.make_services(self)
        self.app = webtest.TestApp(api.wsgi_of(self.services))
        self.seen = collections.Counter()
        self.ids = ["nobody"]

    def send(self, method, url, content=None):
        answer = self.app.request(
            url,
            method=method,
            body=b"" if content is None else json.dumps(content).encode(),
            headers={"Content-Type": "application/json"},
            expect_errors=True,
        )
        self.assertLess(answer.status_int, 500, answer.text)
        self.seen[method, answer.status_int] += 1
        return answer

    def test_requests(self):
        @hypothesis.settings(
            max_examples=max(test_generated_requests.REQUESTS // 4, 50),
            deadline=None,
            suppress_health_check=list(hypothesis.HealthCheck),
            database=None,
            derandomize=True,
        )
        @hypothesis.given(
            st.sampled_from(["POST", "POST", "PUT", "DELETE", "GET"]),
            BODIES,
            QUERIES,
            st.integers(0, 10**6),
            st.booleans(),
        )
        def run(method, content, query, number, force):
            script_id = self.ids[number % len(self.ids)]
            if method == "POST":
                suffix = "?force=true" if force else ""
                answer = self.send("POST", URL + suffix, content)
                if answer.status_int == 201:
                    self.ids.append(answer.json["script_id"])
            elif method == "GET":
                answer = self.app.get(URL, query, expect_errors=True)
                self.assertLess(answer.status_int, 500, answer.text)
                self.seen["GET", answer.status_int] += 1
            elif method == "PUT" and force:
                self.send("PUT", URL, {**content, "script_id": script_id})
            else:
                self.send(
                    method,
                    f"{URL}/{script_id}",
                    content if method == "PUT" else None,
                )

        run()
        found = editing.find(
            self.services.database, editing.script_rows.Filters()
        )
        names = [script.name for script in found]
        self.assertEqual(sorted(set(names)), sorted(names))
        # Otherwise the requests were too uniform.
        for what in (("POST", 201), ("POST", 400), ("PUT", 400)):
            self.assertTrue(self.seen[what], self.seen)
