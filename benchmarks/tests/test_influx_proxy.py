# SPDX-License-Identifier: Apache-2.0
import http.server
import threading
import unittest
import urllib.parse

from benchmarks import http_json
from benchmarks import influx_proxy

_DELETE = (
    'DELETE FROM "dataframes" WHERE "project_id"=\'a\' AND '
    "time >= '2026-01-01T00:00:00' AND time < '2026-01-02T03:04:05.5'"
)
_MENDED = _DELETE.replace("00:00:00'", "00:00:00Z'").replace("5.5'", "5.5Z'")


class TestMendStatement(unittest.TestCase):
    def test_delete(self):
        self.assertEqual(_MENDED, influx_proxy.mend_statement(_DELETE))
        self.assertEqual(
            _MENDED.lower().replace("t0", "T0").replace("z'", "Z'"),
            influx_proxy.mend_statement(_DELETE.lower().replace("t0", "T0")),
        )

    def test_times_with_a_zone(self):
        self.assertEqual(_MENDED, influx_proxy.mend_statement(_MENDED))

    def test_other_statements(self):
        select = _DELETE.replace("DELETE", "SELECT *")

        self.assertEqual(select, influx_proxy.mend_statement(select))


class TestMendQuery(unittest.TestCase):
    def test_delete(self):
        query = urllib.parse.urlencode({"db": "x", "q": _DELETE, "p": ""})

        mended = urllib.parse.parse_qs(
            influx_proxy.mend_query(query), keep_blank_values=True
        )

        self.assertEqual({"db": ["x"], "q": [_MENDED], "p": [""]}, mended)

    def test_all_else_byte_for_byte(self):
        query = "db=x&q=select%20%2a+from+a&epoch="

        self.assertEqual(query, influx_proxy.mend_query(query))


class _Echo(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(204 if self.path == "/write" else 200)
        self.send_header("X-Seen", self.path)
        self.end_headers()
        if self.path != "/write":
            self.wfile.write(b'"' + self.path.encode() + b" " + body + b'"')

    def log_message(self, *_):
        pass


class TestProxy(unittest.TestCase):
    def setUp(self):
        behind = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Echo)
        threading.Thread(target=behind.serve_forever, daemon=True).start()
        self.addCleanup(behind.server_close)
        self.addCleanup(behind.shutdown)
        proxy = influx_proxy.Proxy(behind.server_port)
        self.client = http_json.Client(
            self.enterContext(proxy).port, timeout=10
        )

    def test_statement_is_mended(self):
        seen = self.client.call("POST", "/query", db="x", q=_DELETE)

        self.assertIn(urllib.parse.quote_plus(_MENDED), seen)

    def test_points_pass(self):
        status, text = self.client.request("POST", "/write", {"a": 1})

        self.assertEqual((204, b""), (status, text))
