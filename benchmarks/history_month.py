# SPDX-License-Identifier: Apache-2.0
"""Export, purge and import of the first month of a long history.

The commands of the checkout run as programs, so their figures include the
start. The lower bound reads, deletes and inserts the same rows of points by
plain SQL, a day in each transaction. It neither keeps the sums of days nor
compares anything.
"""

import collections.abc
import contextlib
import csv
import dataclasses
import datetime
import pathlib
import resource
import time
import typing

from benchmarks import cloud_database
from benchmarks import cloud_programs
from benchmarks import deployments
from benchmarks import history_fill
from benchmarks import history_floor

EXPORT, PURGE, IMPORT = "export a month", "purge a month", "import a month"
_PROGRAM = (
    "import sys; from cloudkitty.cli import dbsync; "
    "sys.exit(dbsync.main(sys.argv[1:]))"
)
_COPY = "bench_month"
#: Rows of one INSERT.
_ROWS = 1000
_DAY = datetime.timedelta(days=1)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Costs:
    """Costs of a command, or of the same work in bare SQL.

    :param cpu: seconds of the program.
    :param cpu_database: seconds of the server; None without one.
    """

    seconds: float
    cpu: float
    cpu_database: float | None
    statements: int | None


class Month:
    """The first month of a history, or all days of a shorter one.

    :param checkout: whose ``cloudkitty-dbsync`` runs.
    :param folder: for the exported files.
    """

    def __init__(
        self,
        checkout: pathlib.Path,
        configuration: pathlib.Path,
        database: cloud_database.Database,
        history: history_fill.History,
        folder: pathlib.Path,
    ) -> None:
        self._checkout = checkout
        self._configuration = configuration
        self._database = database
        self._folder = folder
        self._begin = history.begin
        #: Of the month that follows.
        self._end = (history.begin.replace(day=1) + 31 * _DAY).replace(day=1)
        self._days = min(history.days, (self._end - self._begin).days)
        self._numbers = history.numbers
        each_day = history.scopes * history.series * history_fill.HOURS
        self.points = each_day * self._days

    @property
    def known(self) -> bool:
        """Whether the checkout has the commands."""
        return (self._checkout / "cloudkitty" / "cli" / "export.py").exists()

    def commands(self) -> dict[str, list[str]]:
        """Return the arguments of the commands, in their order.

        After the last one, the tables hold what they held before.
        """
        directory = self._folder / "export"
        directory.mkdir()
        written = ["--directory", str(directory)]
        return {
            EXPORT: ["export", "--month", f"{self._begin:%Y-%m}", *written],
            PURGE: [
                "purge",
                *("--points-before", f"{self._end:%Y-%m}"),
                *("--exported", str(directory)),
            ],
            IMPORT: ["import-rated", "--from", "export", *written],
        }

    def run(self, argv: list[str]) -> Costs:
        """Run a command to its end.

        :raises processes.Failed: if it fails.
        """
        argv = ["--config-file", str(self._configuration), *argv]
        return self._measure(
            lambda: cloud_programs.run_program(
                self._checkout, ["-c", _PROGRAM, *argv]
            ),
            resource.RUSAGE_CHILDREN,
        )

    def floors(self) -> dict[str, Costs]:
        """Return the costs of the same work in bare SQL."""
        self._database.query(
            f"CREATE TABLE {_COPY} AS SELECT * FROM {history_fill.POINTS} p "
            f"WHERE {self._within(0, self._days)}"
        )
        try:
            return {
                name: self._measure(work, resource.RUSAGE_SELF)
                for name, work in (
                    (EXPORT, self._read),
                    (PURGE, self._delete),
                    (IMPORT, self._insert),
                )
            }
        finally:
            self._database.query(f"DROP TABLE {_COPY}")

    def _measure(self, work: typing.Callable[[], None], who: int) -> Costs:
        before, cpu = self._database.counts(), _cpu(who)
        began = time.monotonic()
        work()
        seconds = time.monotonic() - began
        after = self._database.counts()
        statements = None
        if self._database.counts_statements:
            statements = after.statements - before.statements
        return Costs(
            seconds=seconds,
            cpu=_cpu(who) - cpu,
            cpu_database=cloud_database.difference(after.cpu, before.cpu),
            statements=statements,
        )

    def _read(self) -> None:
        with (self._folder / "bound.csv").open("w") as file:
            write = csv.writer(file).writerows
            for cursor, within in self._daily():
                cursor.execute(
                    "SELECT p.*, s.metric, s.unit, s.groupby, s.metadata FROM "
                    f"{history_fill.POINTS} p JOIN {history_fill.SERIES} s "
                    f"ON s.id = p.series WHERE {within}"
                )
                write(cursor.fetchall())

    def _delete(self) -> None:
        for cursor, within in self._daily():
            condition = within.replace("p.", "")
            cursor.execute(
                f"DELETE FROM {history_fill.POINTS} WHERE {condition}"
            )

    def _insert(self) -> None:
        for cursor, within in self._daily():
            cursor.execute(f"SELECT p.* FROM {_COPY} p WHERE {within}")
            for rows in cloud_database.portions(cursor.fetchall(), _ROWS):
                values = ",".join(
                    "(" + ",".join(f"'{value}'" for value in row) + ")"
                    for row in rows
                )
                cursor.execute(
                    f"INSERT INTO {history_fill.POINTS} VALUES {values}"
                )

    def _daily(self) -> collections.abc.Iterator[tuple[typing.Any, str]]:
        """Yield a cursor and a condition for each day; commit after each."""
        with contextlib.closing(self._database.connect()) as connection:
            cursor = connection.cursor()
            for day in range(self._days):
                yield cursor, self._within(day, 1)
                connection.commit()

    def _within(self, day: int, days: int) -> str:
        window = deployments.Window(
            begin=self._begin + day * _DAY, periods=days * history_fill.HOURS
        )
        return history_floor.where(self._database, self._numbers, window)


def _cpu(who: int) -> float:
    used = resource.getrusage(who)
    return used.ru_utime + used.ru_stime
