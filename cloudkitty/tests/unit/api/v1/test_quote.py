# SPDX-License-Identifier: Apache-2.0
import decimal
import json

from cloudkitty.api import error_codes
from cloudkitty.common import rpc as ck_rpc
from cloudkitty.tests import base
from cloudkitty.tests.fakes import api
from cloudkitty.tests.fakes import rpc


class TestQuote(base.TestCase):
    def setUp(self):
        super().setUp()
        self.rpc = rpc.FakeRpc(price=decimal.Decimal("6.000"))
        self.app = api.make_app(self, rpc=self.rpc)

    def post(self, content, status=200):
        raw = content
        if not isinstance(content, bytes):
            raw = json.dumps(content).encode()
        return self.app.post(
            "/v1/rating/quote/",
            raw,
            headers={"Content-Type": "application/json"},
            status=status,
        ).json

    def quote(self, **changes):
        item = {"service": "cpu", "desc": {}, "volume": 1, **changes}
        self.post({"resources": [item]})
        [points] = self.rpc.quoted.pop().values()
        return points[0]

    def refuse(self, content, code=error_codes.ARGUMENT_INVALID):
        got = self.post(content, status=400)
        self.assertEqual(code, got["errors"][0]["code"])
        self.assertEqual([], self.rpc.quoted)
        return got["message"]

    def test_price_is_a_string(self):
        self.assertEqual("6", self.post({"resources": []}))
        self.assertEqual([{}], self.rpc.quoted)

    def test_resources_in_the_rpc_message(self):
        self.post(
            b"""{"resources": [
            {"service": "cpu", "volume": 1.10, "desc": {
                "groupby": {"id": "a"}, "metadata": {"ram": 8, "x": 1.50}}},
            {"service": "ip", "volume": "2", "desc": {}},
            {"service": "cpu", "volume": 3, "desc": {"metadata": {}}}]}"""
        )
        empty = {"groupby": {}, "metadata": {}}
        self.assertEqual(
            [
                {
                    "cpu": [
                        {
                            "desc": {
                                "groupby": {"id": "a"},
                                "metadata": {"ram": "8", "x": "1.50"},
                            },
                            "vol": {"qty": "1.1", "unit": "undef"},
                        },
                        {
                            "desc": empty,
                            "vol": {"qty": "3", "unit": "undef"},
                        },
                    ],
                    "ip": [
                        {"desc": empty, "vol": {"qty": "2", "unit": "undef"}}
                    ],
                }
            ],
            self.rpc.quoted,
        )

    def test_other_attributes_are_metadata(self):
        desc = self.quote(
            desc={
                "flavor": "m1",
                "ram": 4,
                "metadata": {"ram": 8},
                "groupby": {"id": "a"},
            }
        )["desc"]
        self.assertEqual(
            {
                "groupby": {"id": "a"},
                "metadata": {"flavor": "m1", "ram": "8"},
            },
            desc,
        )

    def test_volumes(self):
        for volume, text in ((0, "0"), ("0.5", "0.5"), (10**36, str(10**36))):
            self.assertEqual(text, self.quote(volume=volume)["vol"]["qty"])
        for volume in (-1, None, True, "x", "", [], {}, 10**37, "1e-29"):
            self.refuse(
                {"resources": [{"service": "a", "desc": {}, "volume": volume}]}
            )

    def test_error_names_the_missing_key(self):
        whole = {"service": "cpu", "desc": {}, "volume": 1}
        for key in whole:
            item = {name: whole[name] for name in whole if name != key}
            said = self.refuse(
                {"resources": [item]}, error_codes.ARGUMENT_MISSING
            )
            self.assertIn(key, said)
        self.refuse({}, error_codes.ARGUMENT_MISSING)
        self.refuse({"resources": None}, error_codes.ARGUMENT_MISSING)

    def test_invalid_bodies(self):
        for resources in ("cpu", {}, 1, [1], [None], [[]]):
            self.refuse({"resources": resources})
        self.refuse({"resources": [{"x": 1}]}, error_codes.ARGUMENT_UNKNOWN)
        for desc in (
            None,
            [],
            "x",
            {"groupby": None},
            {"groupby": []},
            {"metadata": "x"},
            {"flavor": None},
            {"flavor": []},
            {"flavor": {"id": 1}},
            {"metadata": {"a": None}},
            {"groupby": {"a": {}}},
            {"groupby": {"a": "\0"}},
            {"": "x"},
        ):
            self.refuse(
                {"resources": [{"service": "a", "desc": desc, "volume": 1}]}
            )
        self.refuse({"resources": [{"service": 1, "desc": {}, "volume": 1}]})

    def test_too_many_resources(self):
        self.refuse({"resources": [1] * 10_001})

    def test_processor_rejects_the_quote(self):
        self.rpc.error = ck_rpc.InvalidUsage("cpu has no number in ram")
        got = self.post({"resources": []}, 400)
        self.assertEqual(error_codes.QUOTE_INVALID, got["errors"][0]["code"])
        self.assertIn("no number in ram", got["faultstring"])

    def test_no_processor_responds(self):
        self.rpc.error = ck_rpc.Unavailable()
        got = self.post({"resources": []}, 503)
        self.assertEqual("Server", got["faultcode"])

    def test_each_role_has_access(self):
        conf = self.make_conf(default={"auth_strategy": "keystone"})
        app = api.make_app(self, conf=conf, rpc=self.rpc)
        for headers, status in (
            (api.persona(), 200),
            (api.persona(system=True), 403),
        ):
            app.post(
                "/v1/rating/quote",
                b'{"resources": []}',
                headers={"Content-Type": "application/json", **headers},
                status=status,
            )
