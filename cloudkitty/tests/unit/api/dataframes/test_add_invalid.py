# SPDX-License-Identifier: Apache-2.0
"""Rejected bodies of ``POST /v2/dataframes``."""

import copy
import json

from cloudkitty.tests.unit.api.dataframes import case


class TestAddInvalid(case.DataframesCase):
    def test_invalid_numbers(self):
        for invalid in (
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
            self.refuse(
                case.frame(case.point(vol={"unit": "", "qty": invalid}))
            )
            self.refuse(case.frame(case.point(rating={"price": invalid})))
        for text in (
            "NaN",
            "-Infinity",
            "1e400",
            "9" * 5000,
            "1e-" + "9" * 30,
        ):
            body = json.dumps(
                {"dataframes": [case.frame(case.point(rating="R"))]}
            )
            self.send(body.replace('"R"', f'{{"price": {text}}}'), status=400)
        self.assertEqual((), self.storage.records)

    def test_missing_parts(self):
        for part in ("vol", "groupby", "metadata"):
            self.refuse(
                case.frame(case.point(**{part: None})),
                code="rating.argument.missing",
            )
        for part in ("period", "usage"):
            whole = case.frame(case.point())
            del whole[part]
            self.refuse(whole, code="rating.argument.missing")
        for invalid in (
            {"vol": {"unit": ""}},
            {"vol": {"qty": 1}},
            {"rating": {}},
        ):
            self.refuse(
                case.frame(case.point(**invalid)),
                code="rating.argument.missing",
            )

    def test_unknown_parts(self):
        for invalid in (
            case.frame(case.point(description="Words")),
            case.frame(case.point(vol={"unit": "", "qty": 1, "more": 1})),
            case.frame(case.point(rating={"price": 1, "currency": "EUR"})),
            case.frame(case.point(), more=1),
            case.frame(
                period={
                    "begin": "2026-11-01",
                    "end": "2026-11-02",
                    "length": 1,
                }
            ),
        ):
            self.refuse(invalid, code="rating.argument.unknown")
        for body in ({}, {"dataframes": [], "more": 1}):
            self.app.post_json(case.URL, body, status=400)
        self.app.post_json(
            f"{case.URL}?x=1",
            {"dataframes": [case.frame(case.point())]},
            status=400,
        )

    def test_parts_of_other_types(self):
        for invalid in (None, 1, "x", [], True):
            for part in ("vol", "rating", "groupby", "metadata"):
                whole = case.point()
                whole[part] = invalid
                self.refuse(case.frame(whole))
            for part in ("period", "usage"):
                self.refuse(case.frame(case.point(), **{part: invalid}))
            if invalid != []:
                self.refuse(case.frame(usage={"cpu": invalid}))
                body = {"dataframes": invalid}
                self.app.post_json(case.URL, body, status=400)
            self.refuse(invalid)
            self.refuse(case.frame(invalid))

    def test_names_that_cannot_be_stored(self):
        for invalid in ("", " ", "a\0", "\ud800", "x" * 256):
            self.refuse(case.frame(case.point(), metric=invalid))
        for invalid in ("", " ", "a\0", "\ud800", "x" * 257):
            self.refuse(
                case.frame(case.point(groupby={"project_id": invalid}))
            )
        for invalid in (1, None, "a\0", "\ud800", "x" * 256):
            self.refuse(
                case.frame(case.point(vol={"unit": invalid, "qty": 1}))
            )
        for part in ("groupby", "metadata"):
            for key, value in (("a\0", ""), ("a", "\0"), ("a", ["\ud800"])):
                invalid = {"project_id": "p", key: value}
                self.refuse(case.frame(case.point(**{part: invalid})))
        for invalid in ({}, {"Project_id": "p"}):
            self.refuse(
                case.frame(case.point(groupby=invalid)),
                code="rating.dataframes.scope_missing",
            )

    def test_too_deeply_nested_attributes(self):
        for depth in (12, 300, 5000, 100_000):
            deep = "[" * depth + "]" * depth
            body = json.dumps(
                {"dataframes": [case.frame(case.point(metadata="M"))]}
            )
            self.send(
                body.replace('"M"', f'{{"a": {deep}}}'),
                status=400 if depth < 50_000 else 413,
            )
            self.assertEqual((), self.storage.records)

    def test_invalid_periods(self):
        for begin, end, code in (
            ("monday", "2026-11-01", "rating.time.invalid"),
            (1, "2026-11-01", "rating.time.invalid"),
            (None, "2026-11-01", "rating.time.invalid"),
            ("2026-11-01", "2026-11-01", "rating.window.empty"),
            ("2026-11-02", "2026-11-01", "rating.window.empty"),
        ):
            self.refuse(
                case.frame(case.point(), period={"begin": begin, "end": end}),
                code=code,
            )

    def test_one_invalid_point_rejects_all(self):
        invalid = copy.deepcopy(case.point())
        del invalid["vol"]["qty"]
        detail = self.refuse(
            case.frame(case.point()),
            case.frame(case.point(), invalid),
            code="rating.argument.missing",
        )
        self.assertIn("dataframes[1].usage.'cpu'[1].vol.qty", detail)

    def test_frames_without_points(self):
        self.post(case.frame(), case.frame(usage={}))
        self.assertEqual((), self.storage.records)
        self.assertEqual(
            "rating.dataframes.empty",
            self.post(status=400).json["errors"][0]["code"],
        )

    def test_storage_unavailable(self):
        self.storage.fail("no")
        self.post(case.frame(case.point()), status=503)

    def test_too_long_body(self):
        answer = self.send(b" " * 500_000, status=413)
        self.assertEqual(
            "rating.body.too_large", answer.json["errors"][0]["code"]
        )
