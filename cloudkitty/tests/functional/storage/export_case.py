# SPDX-License-Identifier: Apache-2.0
"""Base of the tests of exports and purges: points of some months."""

import datetime
import importlib.util

import sqlalchemy as sa

from cloudkitty import dataframe
from cloudkitty.cli import dbsync
from cloudkitty.common import periods
from cloudkitty.db import facade
from cloudkitty.db import points
from cloudkitty.storage import base as storage_base
from cloudkitty.storage.v2 import sqlalchemy as v2
from cloudkitty.tests import base
from cloudkitty.tests import databases
from cloudkitty.tests import new_scopes
from cloudkitty.tests.contract.storage import usage
from cloudkitty.tests.unit.cli import case

#: The last hours of September and the first ones of October.
BEGIN = base.utc("2026-09-30T20:00")
OCTOBER = base.utc("2026-10-01T00:00")
HOUR = datetime.timedelta(hours=1)
QUERY = storage_base.Query(window=storage_base.EVER)


class ExportCase(case.Case):
    """A database with points of two scopes in two months."""

    backend = "sqlite"

    def setUp(self):
        super().setUp()
        self.url = databases.make_url(self, self.backend)
        self.conf = self.make_conf(database={"connection": self.url})
        self.database = facade.Database(self.conf)
        self.addCleanup(self.database.dispose)
        self.storage = v2.SQLAlchemyStorage(self.conf, self.database)
        self.exports = self.make_folder()

    def need_format(self, form):
        if form == "parquet":
            found = importlib.util.find_spec("pyarrow")
            self.need("pyarrow", found is not None)

    def fill(self, *names, hours=8):
        """Write points of each scope with long numbers and unusual texts."""
        for name in names or ("p0", "p1"):
            frames = []
            for hour in range(hours):
                begin = BEGIN + hour * HOUR
                frame = dataframe.DataFrame(begin, begin + HOUR)
                frame.add_points(
                    [
                        dataframe.DataPoint(
                            "Gi,B",
                            usage.D("9" * 35 + "." + "1" * 28),
                            usage.D(hour) / 8 + usage.D("1e-28"),
                            {"id": 'a"b\r\n,c', "é": ""},
                            {},
                            "",
                        ),
                        dataframe.DataPoint("GiB", 1, "-0.1", {}, {"m": "x"}),
                    ],
                    "cpu, é",
                )
                frame.add_point(usage.point(price="2.5"), "a")
                frames.append(frame)
            self.storage.replace(
                new_scopes.make(name),
                periods.Window(BEGIN, BEGIN + hours * HOUR),
                frames,
            )

    def rows(self):
        """Return all points with all their digits.

        In the order of a read: those of one metric as they were stored.
        """
        query = points.whole().order_by(
            points.RatedScope.scope_id,
            points.RatedPoint.begin,
            points.RatedPoint.seq,
        )
        with self.database.engine.connect() as connection:
            found = [tuple(map(str, row)) for row in connection.execute(query)]
        return sorted(found, key=lambda row: (row[0], row[2], row[4]))

    def count(self, table):
        with self.database.engine.connect() as connection:
            return connection.scalar(
                sa.select(sa.func.count()).select_from(table)
            )

    def export(self, *argv, month="2026-09", **groups):
        return self.run_command(
            dbsync,
            "export",
            f"--month={month}",
            f"--directory={self.exports}",
            *argv,
            **groups,
        )

    def import_export(self, *argv):
        return self.run_command(
            dbsync,
            "import-rated",
            "--from=export",
            f"--directory={self.exports}",
            *argv,
        )
