# SPDX-License-Identifier: Apache-2.0
"""Exports: complete, exact, never overwritten, checked when they are read."""

import csv
import fcntl
import hashlib
import json
import os

from cloudkitty.common import periods
from cloudkitty.storage import base as storage_base
from cloudkitty.storage.importing import pieces
from cloudkitty.storage.v2 import sqlalchemy as v2
from cloudkitty.tests import databases
from cloudkitty.tests import new_scopes
from cloudkitty.tests.functional.storage import export_case

HOUR = export_case.HOUR


@databases.on_each(name="TestCSV", case=export_case.ExportCase)
class RoundTrip:
    form = "csv"

    def setUp(self):
        super().setUp()
        self.need_format(self.form)

    def test_export_and_import(self):
        self.patch(pieces, "CHUNK", 7)
        self.fill()
        before = self.rows()
        for month in ("2026-09", "2026-10"):
            code, out, err = self.export(f"--format={self.form}", month=month)
            self.assertEqual(0, code, err)
            self.assertIn("exported 24 points of 2 scopes", out)
        for name in ("p0", "p1"):
            self.storage.delete(new_scopes.make(name), storage_base.EVER)
        self.assertEqual([], self.rows())
        code, out, err = self.import_export()
        self.assertEqual(0, code, err)
        self.assertIn("imported 48 points of 2 scopes", out)
        self.assertEqual(before, self.rows())
        # Again: nothing changes.
        self.assertEqual(0, self.import_export()[0])
        self.assertEqual(before, self.rows())


@databases.on_each(name="TestParquet", case=export_case.ExportCase)
class ParquetRoundTrip(RoundTrip):
    form = "parquet"


class TestExport(export_case.ExportCase):
    def lines(self):
        path = self.exports / "rated-2026-09.manifest.jsonl"
        return path, path.read_text().splitlines()

    def test_the_manifest_and_the_file(self):
        self.fill()
        self.assertEqual(0, self.export()[0])
        _, lines = self.lines()
        header, *scopes = map(json.loads, lines)
        data = self.exports / "rated-2026-09.csv"
        self.assertEqual(
            ("2026-09", data.name, 24, 2, "project_id", 1),
            tuple(
                header[key]
                for key in (
                    "month",
                    "file",
                    "points",
                    "scopes",
                    "scope_key",
                    "format",
                )
            ),
        )
        digest = hashlib.sha256(data.read_bytes()).hexdigest()
        self.assertEqual(digest, header["sha256"])
        self.assertEqual(["p0", "p1"], [one["scope_id"] for one in scopes])
        self.assertEqual(
            {"points": 4, "qty": "4", "price": "10"}, scopes[0]["sums"]["a"]
        )
        with data.open(newline="") as file:
            names, *rows = csv.reader(file)
        self.assertEqual(list(header["columns"]), names)
        self.assertEqual(24, len(rows))
        self.assertEqual(
            ["p0", "2026-09-30T20:00:00Z", "2026-09-30T21:00:00Z"],
            rows[0][:3],
        )
        self.assertEqual(
            {"rated-2026-09.csv", "rated-2026-09.manifest.jsonl"},
            {path.name for path in self.exports.iterdir()},
        )

    def test_an_export_is_not_overwritten(self):
        self.fill()
        self.export()
        path, _ = self.lines()
        before = path.read_bytes()
        code, _, err = self.export("--format=csv")
        self.assertEqual(1, code)
        self.assertIn("never overwritten", err)
        self.assertEqual(before, path.read_bytes())

    def test_an_interrupted_export_is_repeated(self):
        self.fill()
        retrieve = v2.SQLAlchemyStorage.retrieve

        def fail(storage, query):
            if query.filters["project_id"] == ["p1"]:
                raise storage_base.StorageError("gone")
            return retrieve(storage, query)

        self.patch(v2.SQLAlchemyStorage, "retrieve", fail)
        self.assertEqual(1, self.export()[0])
        self.assertFalse(list(self.exports.glob("*.jsonl")))
        self.patch(v2.SQLAlchemyStorage, "retrieve", retrieve)
        self.assertEqual(0, self.export()[0])

    def test_two_exports_at_the_same_time(self):
        self.fill()
        descriptor = os.open(self.exports, os.O_RDONLY)
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        code, _, err = self.export()
        os.close(descriptor)
        self.assertEqual(1, code)
        self.assertIn("another export is writing there", err)
        self.assertEqual([], list(self.exports.iterdir()))
        self.assertEqual(0, self.export()[0])

    def test_points_that_change_meanwhile(self):
        self.fill()
        retrieve = v2.SQLAlchemyStorage.retrieve

        def change(storage, query):
            found = retrieve(storage, query)
            period = periods.Window(
                export_case.BEGIN, export_case.BEGIN + HOUR
            )
            if query.filters["project_id"] == ["p1"]:
                storage.delete(new_scopes.make("p1"), period)
            return found

        self.patch(v2.SQLAlchemyStorage, "retrieve", change)
        code, _, err = self.export()
        self.assertEqual(1, code)
        self.assertIn("scope p1 changed during the export", err)

    def test_a_month_without_points(self):
        self.fill()
        code, out, _ = self.export(month="2020-01")
        self.assertEqual(0, code)
        self.assertIn("0 points of 0 scopes", out)
        self.assertEqual(0, self.import_export("--dry-run")[0])

    def test_refusals_of_an_export(self):
        self.assertEqual(2, self.export(month="2026-13")[0])
        self.assertEqual(2, self.export("--format=xml")[0])
        code, _, err = self.export("--directory=/nowhere/at/all")
        self.assertEqual(1, code)
        self.assertIn("/nowhere/at/all", err)

    def test_changed_files_are_not_imported(self):
        self.fill()
        self.export()
        path, lines = self.lines()
        data = self.exports / "rated-2026-09.csv"
        contents = data.read_bytes()
        header = json.loads(lines[0])
        forged = contents.replace(b"2.5,", b"2.6,")
        self.assertNotEqual(contents, forged)
        digest = hashlib.sha256(forged).hexdigest()
        for text, body, words in (
            (lines, forged, "SHA-256"),
            (
                [json.dumps({**header, "sha256": digest}), *lines[1:]],
                forged,
                "not those of the manifest",
            ),
            (lines[:-1], contents, "lines are missing"),
            (["{}"], contents, "not a manifest"),
            ([lines[0], lines[1][:-9]], contents, "not a manifest"),
            (
                [json.dumps({**header, "file": "../x"}), *lines[1:]],
                contents,
                "not a manifest",
            ),
            (lines, None, "No such file"),
        ):
            path.write_text("\n".join(text) + "\n")
            if body is None:
                data.unlink()
            else:
                data.write_bytes(body)
            code, _, err = self.import_export("--overwrite")
            self.assertEqual(1, code, words)
            self.assertIn(words, err)
            self.assertNotIn("Traceback", err)

    def test_refusals_of_an_import(self):
        code, _, err = self.import_export()
        self.assertEqual(1, code)
        self.assertIn("no manifest", err)
        self.fill()
        self.export(collect={"scope_key": "project_id"})
        path, lines = self.lines()
        header = {**json.loads(lines[0]), "scope_key": "domain_id"}
        path.write_text("\n".join([json.dumps(header), *lines[1:]]))
        code, _, err = self.import_export()
        self.assertEqual(1, code)
        self.assertIn("scope_key = domain_id", err)
        # Other points are not overwritten.
        path.write_text("\n".join(lines))
        period = periods.Window(export_case.BEGIN, export_case.BEGIN + HOUR)
        self.storage.delete(new_scopes.make("p1"), period)
        code, _, err = self.import_export()
        self.assertEqual(1, code)
        self.assertIn("--overwrite", err)
        self.assertEqual(0, self.import_export("--overwrite")[0])
        self.assertEqual(48, len(self.rows()))
