# SPDX-License-Identifier: Apache-2.0
"""The import from InfluxDB and OpenSearch, continued after a kill."""

import contextlib
import io
import random

from cloudkitty.cli import dbsync
from cloudkitty.db import facade
from cloudkitty.storage import base as storage_base
from cloudkitty.storage import elsewhere
from cloudkitty.storage import loader
from cloudkitty.storage.importing import pieces
from cloudkitty.storage.importing import target
from cloudkitty.storage.v2 import sqlalchemy as v2
from cloudkitty.tests import base
from cloudkitty.tests import databases
from cloudkitty.tests import influxdb
from cloudkitty.tests import new_scopes
from cloudkitty.tests import opensearch
from cloudkitty.tests.contract.storage import usage

QUERY = storage_base.Query(window=storage_base.EVER)
SCOPES = ("p0", "p1")
HOURS = 40


class _Import:
    """Prices with digits that the sums of doubles lose."""

    source: str

    def options(self):
        """Start the server, return the options of the source."""
        raise NotImplementedError

    def setUp(self):
        super().setUp()
        group, options = self.options()
        self.file = self.make_folder() / "cloudkitty.conf"
        url = databases.make_url(self, "sqlite")
        lines = ["[database]", f"connection = {url}", f"[{group}]"]
        lines += [f"{name} = {value}" for name, value in options.items()]
        self.file.write_text("\n".join([*lines, ""]))
        conf = self.make_conf(database={"connection": url}, **{group: options})
        self.database = facade.Database(conf)
        self.addCleanup(self.database.dispose)
        self.old = loader.load_backend(conf, self.database, 2, self.source)
        self.addCleanup(self.old.close)
        self.old.init()
        self.new = v2.SQLAlchemyStorage(conf, self.database)
        source = random.Random(15)
        self.frames = {}
        for scope_id in SCOPES:
            self.frames[scope_id] = [
                self.frame(hour, source) for hour in range(HOURS)
            ]
            self.old.replace(
                new_scopes.make(scope_id),
                usage.hours(0, HOURS),
                self.frames[scope_id],
            )

    def frame(self, hour, source):
        return usage.frame(
            hour,
            **{
                metric: [
                    usage.point(
                        "0.1", repr(source.random()), {"id": f"i-{number}"}
                    )
                    for number in range(3)
                ]
                for metric in ("cpu", "ram")
            },
        )

    def run_import(self, *argv):
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = dbsync.main(
                ["--config-file", str(self.file), "import-rated"]
                + ["--from", self.source, *argv]
            )
        return code, out.getvalue() + err.getvalue()

    def assert_equal_points(self):
        for scope_id, frames in self.frames.items():
            query = storage_base.Query(
                window=storage_base.EVER, filters={"project_id": [scope_id]}
            )
            found = self.new.retrieve(query).frames
            self.assertEqual(
                [self.prices(frame) for frame in frames],
                [self.prices(frame) for frame in found],
            )

    def prices(self, frame):
        return frame.start, sorted(
            (metric, point.groupby["id"], point.qty, point.price)
            for metric, point in frame.iterpoints()
        )

    def test_all_points(self):
        self.assertEqual(0, self.run_import("--dry-run")[0])
        self.assertTrue(self.new.empty())
        for _ in range(2):
            code, output = self.run_import()
            self.assertEqual(0, code, output)
            self.assertIn(f"imported {2 * HOURS * 6} points", output)
            self.assertIn("backend = sqlalchemy", output)
            self.assert_equal_points()

    def test_the_upgrade_check(self):
        """It names the command until the import has ended."""
        conf = self.new.conf
        [text] = elsewhere.find(conf, self.database).points
        self.assertIn(f"import-rated --from {self.source}", text)
        self.run_import()
        self.assertEqual([], elsewhere.find(conf, self.database).points)

    def test_continued(self):
        self.addCleanup(setattr, pieces, "CHUNK", pieces.CHUNK)
        pieces.CHUNK = 50
        write = target.Target.write
        self.addCleanup(setattr, target.Target, "write", write)
        left = 3

        def interrupted(*args):
            nonlocal left
            left -= 1
            if not left:
                raise storage_base.StorageError("killed")
            write(*args)

        target.Target.write = interrupted
        code, output = self.run_import()
        self.assertEqual(1, code)
        self.assertIn("killed", output)
        code, output = self.run_import()
        self.assertEqual(0, code, output)
        self.assert_equal_points()

    def test_later_points(self):
        self.run_import()
        later = self.frame(HOURS, random.Random(16))
        self.old.replace(new_scopes.make("p1"), later.period, [later])
        self.frames["p1"].append(later)
        code, output = self.run_import()
        self.assertEqual(0, code, output)
        self.assert_equal_points()

    def test_other_points_are_kept(self):
        period = usage.hours(3, 4)
        other = usage.frame(3, cpu=[usage.point("1", "77")])
        self.new.replace(new_scopes.make("p0"), period, [other])
        code, output = self.run_import()
        self.assertEqual(1, code)
        self.assertIn("scope p0, 2026-11", output)
        self.assertEqual(1, self.new.retrieve(QUERY).total)


class TestFromInfluxDB(_Import, base.TestCase):
    source = "influxdb"

    def options(self):
        self.need("influxdb", influxdb.installed())
        server = self.useFixture(influxdb.InfluxDBFixture(self.make_folder()))
        return "storage_influxdb", {
            "host": "127.0.0.1",
            "port": server.port,
            "database": influxdb.DATABASE,
        }


class TestFromOpenSearch(_Import, base.TestCase):
    source = "opensearch"

    def options(self):
        return "storage_opensearch", {
            "host": opensearch.url(self),
            "index_name": opensearch.make_index(self),
        }


class TestUnknown(base.TestCase):
    def test_names(self):
        err = io.StringIO()
        with contextlib.redirect_stderr(err):
            self.assertRaises(
                SystemExit, dbsync.main, ["import-rated", "--from", "nothing"]
            )
        for name in ("rated_data_frames", "influxdb", "opensearch"):
            self.assertIn(name, err.getvalue())
