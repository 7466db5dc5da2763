# SPDX-License-Identifier: Apache-2.0
"""Fill the table, import it once undisturbed, and once with kills."""

import collections.abc
import itertools
import pathlib
import random
import signal
import time

import sqlalchemy as sa

from cloudkitty import conf as ck_conf
from cloudkitty.common import periods
from cloudkitty.db import facade
from cloudkitty.db import points
from cloudkitty.db import rated_imports
from cloudkitty.storage import base
from cloudkitty.storage.v2 import sqlalchemy as v2
from cloudkitty.tests import stored_points
from cloudkitty.tests.contract.storage_sqlalchemy_v1 import upstream
from cloudkitty.tests.importing import process
from cloudkitty.tests.importing import rows as ck_rows

#: Rows of one INSERT.
_BATCH = 5000
_SEED = 15
_MEBIBYTE = 1024 * 1024

Say = collections.abc.Callable[[str], None]
Sums = dict[ck_rows.Key, ck_rows.Sum]


class Campaign:
    """The campaign on one database.

    :param url: of a migrated, empty schema.
    :param folder: an empty one, for configuration and log.
    :param say: gets one line about each step.
    """

    def __init__(self, url: str, folder: pathlib.Path, say: Say) -> None:
        self._config = folder / "cloudkitty.conf"
        escaped = url.replace("%", "%%")
        self._config.write_text(f"[database]\nconnection = {escaped}\n")
        self._conf = ck_conf.make(["--config-file", str(self._config)])
        self._database = facade.Database(self._conf)
        self._say = say
        self._sums: Sums = {}
        self._chance = random.Random(_SEED)

    def close(self) -> None:
        """Drop upstream's table and close the connections."""
        upstream.drop(self._database)
        self._database.dispose()

    def fill(self, number: int) -> None:
        """Create upstream's table with so many points."""
        upstream.create(self._database)
        began = time.monotonic()
        single = self._database.dialect == "mysql"
        cloud = ck_rows.Cloud(number, single=single)
        rows = cloud.rows()
        while batch := list(itertools.islice(rows, _BATCH)):
            upstream.insert(self._database, *batch)
        upstream.insert(self._database, upstream.no_data(ck_rows.BEGIN))
        self._sums = dict(cloud.sums)
        scopes = len({scope for scope, _metric, _month in self._sums})
        self._say(
            f"{number} rows of {scopes} scopes: {len(self._sums)} sums of "
            f"scope, metric and month, {time.monotonic() - began:.0f} s"
        )

    def undisturbed(self) -> process.Run:
        """Import once; say speed and memory; return the run."""
        found = process.run(self._config)
        number = sum(each.points for each in self._sums.values())
        self._say(
            f"undisturbed: status {found.status}, {found.seconds:.0f} s, "
            f"{number / found.seconds:.0f} rows/s, {found.cpu:.0f} s of "
            f"processor time, peak {found.peak / _MEBIBYTE:.0f} MiB"
        )
        if found.status:
            self._say(found.text)
        return found

    def forget(self) -> None:
        """Delete everything that was imported."""
        with self._database.engine.begin() as connection:
            stored_points.delete_all(connection)
            connection.execute(sa.delete(rated_imports.RatedImport))

    def killed(self, kills: int, seconds: float) -> bool:
        """Import with kills at random moments; return whether it ended well.

        :param seconds: duration of an undisturbed run.
        """
        number = 0
        while number < kills:
            # The start is repeated each time; the rest lasts until the end.
            after = self._chance.uniform(0, 1.6 * seconds / (kills + 1) + 2)
            found = process.run(self._config, after)
            if not found.status:
                self._say("it ended before the kill: begin again")
                self.forget()
                continue
            number += 1
            self._say(
                f"kill {number}: status {found.status} after "
                f"{found.seconds:.1f} s, {self.copied()} points there"
            )
            if found.status != -signal.SIGKILL:
                self._say(found.text)
                return False
        found = process.run(self._config)
        self._say(f"the end: status {found.status}, {found.seconds:.0f} s")
        if found.status:
            self._say(found.text)
        return not found.status

    def copied(self) -> int:
        """Return the number of points in the tables of version 2."""
        statement = sa.select(sa.func.count()).select_from(points.RatedPoint)
        with self._database.engine.connect() as connection:
            return connection.scalar(statement) or 0

    def faults(self) -> list[str]:
        """Return the sums that differ from those of the generated rows."""
        found = self._stored()
        wrong = [
            f"{key}: {self._sums.get(key)} made, {found.get(key)} stored"
            for key in sorted(self._sums.keys() | found.keys())
            if self._sums.get(key) != found.get(key)
        ]
        made = sum(each.points for each in self._sums.values())
        if self.copied() != made:
            wrong.append(f"{made} points made, {self.copied()} stored")
        return wrong

    def _stored(self) -> Sums:
        storage = v2.SQLAlchemyStorage(self._conf, self._database)
        found: Sums = {}
        begin = ck_rows.BEGIN
        while begin < ck_rows.END:
            end = periods.next_month_start(begin)
            query = base.Query(window=periods.Window(begin, end))
            for row in storage.total(query, ["project_id", "type"]).rows:
                scope, metric = row.groups["project_id"], row.groups["type"]
                found[scope, metric, begin] = ck_rows.Sum(
                    row.points, row.qty, row.rate
                )
            begin = end
        return found
