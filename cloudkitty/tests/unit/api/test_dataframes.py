# SPDX-License-Identifier: Apache-2.0
"""POST /v2/dataframes: what it takes, what it refuses, what it keeps."""

import copy
import decimal
import json
import pathlib

import cloudkitty
from cloudkitty.api.v2.dataframes import parsing
from cloudkitty.storage import base as storage_base
from cloudkitty.tests import base
from cloudkitty.tests.fakes import api
from cloudkitty.tests.fakes import storage as fake_storage

URL = "/v2/dataframes"
SAMPLES = (
    pathlib.Path(cloudkitty.__file__).parents[1] / "api-ref/source/samples"
)
D = decimal.Decimal


def sample(name):
    return json.loads((SAMPLES / f"{name}.json").read_text())


def point(**changes):
    """Return a point; a part given as None is left out."""
    made = {
        "vol": {"unit": "GiB", "qty": 1},
        "rating": {"price": 2},
        "groupby": {"project_id": "p"},
        "metadata": {},
        **changes,
    }
    return {key: part for key, part in made.items() if part is not None}


def frame(*points, metric="cpu", **changes):
    """Return the frame of an hour."""
    return {
        "period": {"begin": "2026-11-01T00:00", "end": "2026-11-01T01:00"},
        "usage": {metric: list(points)},
        **changes,
    }


class TestAdding(base.TestCase):
    def setUp(self):
        super().setUp()
        conf = self.make_conf(default={"auth_strategy": "noauth"})
        self.storage = fake_storage.FakeStorage(conf)
        self.app = api.make_app(self, conf=conf, storage=self.storage)

    def post(self, *frames, status=204):
        return self.app.post_json(
            URL, {"dataframes": list(frames)}, status=status
        )

    def send(self, text, status=204):
        return self.app.post(
            URL, text, content_type="application/json", status=status
        )

    def refused(self, *frames, code="rating.argument.invalid"):
        """Return why the frames are refused; nothing is stored."""
        error = self.post(*frames, status=400).json["errors"][0]
        self.assertEqual(code, error["code"], error["detail"])
        self.assertEqual((), self.storage.records)
        self.assertIn(": send ", error["detail"])
        return error["detail"]

    def test_the_samples(self):
        self.app.post_json(URL, sample("dataframes-add"), status=204)
        self.assertEqual(sample("dataframes"), self.app.get(URL).json)

    def test_twice_is_two_points(self):
        self.post(frame(point()))
        self.post(frame(point()), frame(point()))
        got = self.app.get(URL).json
        self.assertEqual(3, got["total"])
        self.assertEqual(3, len(got["dataframes"][0]["usage"]["cpu"]))

    def test_each_point_belongs_to_its_scope(self):
        self.post(
            frame(
                point(),
                point(groupby={"project_id": "q/ 1"}, metadata={"a": "b"}),
            ),
            frame(point(groupby={"project_id": "p"}), metric="ram"),
        )
        self.assertEqual(
            [
                ("p", "project_id", "cpu"),
                ("q/ 1", "project_id", "cpu"),
                ("p", "project_id", "ram"),
            ],
            [
                (r.scope_id, r.scope_key, r.metric)
                for r in self.storage.records
            ],
        )

    def test_another_scope_key(self):
        conf = self.make_conf(
            default={"auth_strategy": "noauth"},
            collect={"scope_key": "tenant"},
        )
        storage = fake_storage.FakeStorage(conf)
        app = api.make_app(self, conf=conf, storage=storage)
        body = {"dataframes": [frame(point())]}
        answer = app.post_json(URL, body, status=400)
        self.assertIn("tenant", answer.json["message"])
        body = {"dataframes": [frame(point(groupby={"tenant": "t"}))]}
        app.post_json(URL, body, status=204)
        [record] = storage.records
        self.assertEqual(("t", "tenant"), (record.scope_id, record.scope_key))

    def test_the_digits_that_were_sent(self):
        for text, kept in (
            (
                "0.1234567890123456789012345678",
                "0.1234567890123456789012345678",
            ),
            (
                '"0.1234567890123456789012345678"',
                "0.1234567890123456789012345678",
            ),
            ("1e3", "1000"),
            ('"-.5"', "-0.5"),
            ("123456789012345678901234", "123456789012345678901234"),
            ("1e-300", "0"),
            ("0.30000000000000004e-15", "0.0000000000000003000000000000"),
        ):
            body = json.dumps({"dataframes": [frame(point(vol="V"))]})
            self.send(body.replace('"V"', f'{{"unit": "", "qty": {text}}}'))
            self.assertEqual(D(kept), self.storage.records[-1].point.qty, text)
            self.storage._records = ()

    def test_numbers_that_are_none(self):
        for wrong in (
            None,
            True,
            [],
            {},
            "",
            " 1",
            "NaN",
            "Infinity",
            "1_0",
            "0x1",
            "١",
            "1e9999",
            10**24,
            -(10**24),
            "1e25",
            "1" * 101,
        ):
            self.refused(frame(point(vol={"unit": "", "qty": wrong})))
            self.refused(frame(point(rating={"price": wrong})))
        for text in (
            "NaN",
            "-Infinity",
            "1e400",
            "9" * 5000,
            "1e-" + "9" * 30,
        ):
            body = json.dumps({"dataframes": [frame(point(rating="R"))]})
            self.send(body.replace('"R"', f'{{"price": {text}}}'), status=400)
        self.assertEqual((), self.storage.records)

    def test_no_sum_is_too_large_for_a_summary(self):
        largest = "9" * parsing.DIGITS
        self.post(
            *[
                frame(
                    *[
                        point(
                            vol={"unit": "", "qty": largest},
                            rating={"price": largest},
                        )
                    ]
                    * 100
                )
            ]
        )
        [row] = self.app.get("/v2/summary").json["results"]
        self.assertEqual(100 * (10**24 - 1), row[2])

    def test_parts_that_are_missing_or_unknown(self):
        for part in ("vol", "groupby", "metadata"):
            self.refused(
                frame(point(**{part: None})), code="rating.argument.missing"
            )
        for part in ("period", "usage"):
            whole = frame(point())
            del whole[part]
            self.refused(whole, code="rating.argument.missing")
        for wrong in (
            {"vol": {"unit": ""}},
            {"vol": {"qty": 1}},
            {"rating": {}},
        ):
            self.refused(frame(point(**wrong)), code="rating.argument.missing")
        for wrong in (
            frame(point(description="Words")),
            frame(point(vol={"unit": "", "qty": 1, "more": 1})),
            frame(point(rating={"price": 1, "currency": "EUR"})),
            frame(point(), more=1),
            frame(
                period={
                    "begin": "2026-11-01",
                    "end": "2026-11-02",
                    "length": 1,
                }
            ),
        ):
            self.refused(wrong, code="rating.argument.unknown")
        for body in ({}, {"dataframes": [], "more": 1}):
            self.app.post_json(URL, body, status=400)
        self.app.post_json(
            f"{URL}?x=1", {"dataframes": [frame(point())]}, status=400
        )

    def test_parts_of_another_kind(self):
        for wrong in (None, 1, "x", [], True):
            for part in ("vol", "rating", "groupby", "metadata"):
                whole = point()
                whole[part] = wrong
                self.refused(frame(whole))
            for part in ("period", "usage"):
                self.refused(frame(point(), **{part: wrong}))
            if wrong != []:
                self.refused(frame(usage={"cpu": wrong}))
                body = {"dataframes": wrong}
                self.app.post_json(URL, body, status=400)
            self.refused(wrong)
            self.refused(frame(wrong))

    def test_names_that_no_storage_keeps(self):
        for wrong in ("", " ", "a\0", "\ud800", "x" * 256):
            self.refused(frame(point(), metric=wrong))
        for wrong in ("", " ", "a\0", "\ud800", "x" * 257):
            self.refused(frame(point(groupby={"project_id": wrong})))
        for wrong in (1, None, "a\0", "\ud800", "x" * 256):
            self.refused(frame(point(vol={"unit": wrong, "qty": 1})))
        for part in ("groupby", "metadata"):
            for key, value in (("a\0", ""), ("a", "\0"), ("a", ["\ud800"])):
                wrong = {"project_id": "p", key: value}
                self.refused(frame(point(**{part: wrong})))
        for wrong in ({}, {"Project_id": "p"}):
            self.refused(
                frame(point(groupby=wrong)),
                code="rating.dataframes.scope_missing",
            )

    def test_attributes_are_texts(self):
        self.post(
            frame(
                point(
                    metadata={
                        "text": "é",
                        "none": None,
                        "number": 7,
                        "fraction": 0.5,
                        "flag": True,
                        "list": [1, 2.5, {"a": None}],
                        "": "no name",
                    }
                )
            )
        )
        [record] = self.storage.records
        self.assertEqual(
            {
                "text": "é",
                "none": "",
                "number": "7",
                "fraction": "0.5",
                "flag": "true",
                "list": '[1, 2.5, {"a": null}]',
                "": "no name",
            },
            record.point.metadata,
        )

    def test_a_number_in_an_attribute_keeps_its_digits(self):
        body = json.dumps({"dataframes": [frame(point(metadata="M"))]})
        for text, kept in (
            ("0.5", "0.5"),
            ("1e2", "100.0"),
            ("0.12345678901234567890123", "0.12345678901234567890123"),
            ("[12345678901234567.5]", '["12345678901234567.5"]'),
        ):
            self.send(body.replace('"M"', f'{{"a": {text}}}'))
            self.assertEqual(
                {"a": kept}, self.storage.records[-1].point.metadata
            )

    def test_what_is_nested_too_deep(self):
        for depth in (12, 300, 5000, 100_000):
            deep = "[" * depth + "]" * depth
            body = json.dumps({"dataframes": [frame(point(metadata="M"))]})
            self.send(
                body.replace('"M"', f'{{"a": {deep}}}'),
                status=400 if depth < 50_000 else 413,
            )
            self.assertEqual((), self.storage.records)

    def test_periods(self):
        for begin, end, code in (
            ("monday", "2026-11-01", "rating.time.invalid"),
            (1, "2026-11-01", "rating.time.invalid"),
            (None, "2026-11-01", "rating.time.invalid"),
            ("2026-11-01", "2026-11-01", "rating.window.empty"),
            ("2026-11-02", "2026-11-01", "rating.window.empty"),
        ):
            self.refused(
                frame(point(), period={"begin": begin, "end": end}), code=code
            )

    def test_one_wrong_point_stops_all(self):
        wrong = copy.deepcopy(point())
        del wrong["vol"]["qty"]
        detail = self.refused(
            frame(point()),
            frame(point(), wrong),
            code="rating.argument.missing",
        )
        self.assertIn("dataframes[1].usage.'cpu'[1].vol.qty", detail)

    def test_no_points_are_nothing(self):
        self.post(frame(), frame(usage={}))
        self.assertEqual((), self.storage.records)
        self.assertEqual(
            "rating.dataframes.empty",
            self.post(status=400).json["errors"][0]["code"],
        )

    def test_a_storage_that_does_not_answer(self):
        self.storage.fail("no")
        self.post(frame(point()), status=503)

    def test_a_body_that_is_too_long(self):
        answer = self.send(b" " * 500_000, status=413)
        self.assertEqual(
            "rating.body.too_large", answer.json["errors"][0]["code"]
        )


class TestReading(base.TestCase):
    def test_the_storage_does_not_answer(self):
        class Broken(fake_storage.FakeStorage):
            def retrieve(self, query):
                raise storage_base.StorageError("host=secret")

        conf = self.make_conf(default={"auth_strategy": "noauth"})
        app = api.make_app(self, conf=conf, storage=Broken(conf))
        self.assertNotIn("secret", app.get(URL, status=503).text)

    def test_pages_are_never_longer_than_the_option(self):
        conf = self.make_conf(
            default={"auth_strategy": "noauth"}, api={"max_limit": 3}
        )
        app = api.make_app(
            self, conf=conf, storage=fake_storage.FakeStorage(conf)
        )
        app.post_json(URL, {"dataframes": [frame(*[point()] * 5)]})
        got = app.get(f"{URL}?limit=5").json
        self.assertEqual(5, got["total"])
        self.assertEqual(3, len(got["dataframes"][0]["usage"]["cpu"]))
