# SPDX-License-Identifier: Apache-2.0
"""The limit for a whole cloud: the barest program with the same results.

One query per metric for all scopes, decoded by ``json``; each sample times a
price; the files of the scopes locked, as upstream's processor locks them; the
rows of the scopes locked and their series read; the stored points of the
window deleted, because a reset may have left some, and the same rows inserted
in portions; one UPDATE of the cursors or tasks that are still where they were,
and one COMMIT for each portion of scopes. No rules, notes or checks. The
series exist already: the floor never inserts any.

It knows the columns of the points: ``_COLUMNS`` is to be changed with them.
"""

import collections.abc
import dataclasses
import datetime
import decimal
import fcntl
import http.client
import json
import multiprocessing
import operator
import os
import tempfile
import typing
import urllib.parse

from benchmarks import cloud_database
from benchmarks import cloud_worker
from benchmarks import deployments
from benchmarks import settings as ck_settings

#: Scopes of one transaction,
MOST_SCOPES = 500
#: and its points.
MOST_POINTS = 20_000
#: Samples of one answer of the source.
MOST_SAMPLES = 100_000
#: Rows of one INSERT.
_ROWS = 5_000
POINTS = "cloudkitty_rated_points"
_SERIES = "cloudkitty_rated_series"
_SCOPES = "cloudkitty_rated_scopes"
_STATES = cloud_database.STATES
_TASKS = deployments.TASKS
_QUERIES = {
    "instance_id": "max(max_over_time(instance_up{matcher}[{seconds}s])) "
    "by (project_id, instance_id, flavor)",
    "volume_id": "max(max_over_time(volume_size_gb{matcher}[{seconds}s])) "
    "by (project_id, volume_id)",
}
_FLAVORS = {
    name: decimal.Decimal(price)
    for name, price in deployments.FLAVOR_PRICES.items()
}
_VOLUME = decimal.Decimal(deployments.VOLUME_PRICE)
_COLUMNS = ("scope", "begin", "end", "series", "seq", "qty", "price")


@dataclasses.dataclass(frozen=True, kw_only=True)
class Job:
    """The work of one step.

    :param kind: ``tick``, ``look`` or ``redo``.
    :param scope_ids: all scopes that are due, or have tasks.
    :param window: the periods; for a look, the last one rated.
    :param everything: whether these are all scopes of the source.
    :param points: samples of each metric, scope and period.
    :param first_task: id of the first task, for ``redo``.
    """

    kind: str
    scope_ids: list[str]
    window: deployments.Window
    everything: bool
    points: int
    first_task: int = 0


def run(database: cloud_database.Database, port: int, job: Job) -> dict:
    """Return the costs, measured in a process of its own.

    :param port: of the source.
    :returns: as ``cloud_worker`` answers, and ``database``: CPU seconds of
        the server.
    """
    prepare(database, job)
    context = multiprocessing.get_context("fork")
    here, there = context.Pipe()

    def work() -> None:
        floor = _Floor(database, port, job)
        there.send("ready")
        there.recv()
        counter = floor.counter
        there.send(cloud_worker.measure(counter, floor.work))
        there.recv()
        floor.close()

    process = context.Process(target=work)
    process.start()
    here.recv()
    before = database.counts()
    here.send("go")
    answer = here.recv()
    after = database.counts()
    here.send("end")
    process.join()
    answer["database"] = cloud_database.difference(after.cpu, before.cpu)
    statements = cloud_database.difference(after.statements, before.statements)
    if statements is not None:
        # As for the project: with COMMIT and the like.
        answer["statements"] = statements
    return answer


def prepare(database: cloud_database.Database, job: Job) -> None:
    """Undo the step, so that the floor can repeat it."""
    if job.kind == "tick":
        begin = database.time(job.window.begin)
        last = database.time(job.window.begin - ck_settings.PERIOD)
        quote = database.quote
        database.query(
            f"DELETE FROM {POINTS} WHERE {quote}begin{quote} = {begin}"
        )
        database.query(
            f"UPDATE {_STATES} SET last_processed_timestamp = {last}"
        )
    elif job.kind == "redo":
        database.query(
            f"UPDATE {_TASKS} SET periods_done = 0 "
            f"WHERE id >= {job.first_task}"
        )


class _Floor:
    """A connected program before its work."""

    def __init__(
        self, database: cloud_database.Database, port: int, job: Job
    ) -> None:
        self.counter = cloud_worker.Counter(counted=False)
        self._job = job
        self._database = database
        self._source = http.client.HTTPConnection(ck_settings.HOST, port)
        self._source.connect()
        self._connection = database.connect()
        self._cursor = self._connection.cursor()
        self._cursor.execute(f"SELECT * FROM {POINTS} WHERE 1 = 0")
        names = [column[0] for column in self._cursor.description]
        self._connection.rollback()
        if not set(names) <= set(_COLUMNS):
            raise ValueError(f"unknown columns among {names}")
        places = [
            place for place, name in enumerate(_COLUMNS) if name in names
        ]
        self._names = [_COLUMNS[place] for place in places]
        self._chosen = operator.itemgetter(*places)
        self._folder = tempfile.TemporaryDirectory(prefix="floor-locks-")
        for scope_id in job.scope_ids:
            open(f"{self._folder.name}/{scope_id}", "x").close()

    def work(self) -> None:
        """Do the job."""
        job = self._job
        self._find()
        if job.kind == "look":
            return
        periods = job.window.periods
        most = max(1, MOST_SAMPLES // (job.points * periods))
        for scope_ids in cloud_database.portions(job.scope_ids, most):
            self._rate(scope_ids)

    def close(self) -> None:
        """Disconnect."""
        self._source.close()
        self._connection.close()
        self._folder.cleanup()

    def _find(self) -> None:
        """Read the work with one statement."""
        job, time_of = self._job, self._database.time
        if job.kind == "redo":
            self._execute(
                f"SELECT id, identifier FROM {_TASKS} "
                f"WHERE id >= {job.first_task}"
            )
        else:
            self._execute(
                f"SELECT identifier, last_processed_timestamp FROM {_STATES} "
                f"WHERE last_processed_timestamp < {time_of(job.window.begin)}"
            )
        self._cursor.fetchall()
        if job.kind == "look":
            self._commit()

    def _rate(self, scope_ids: collections.abc.Sequence[str]) -> None:
        """Collect, rate and store the points of some scopes."""
        rated = self._collect(scope_ids)
        each = 2 * self._job.points * self._job.window.periods
        most = min(MOST_SCOPES, max(1, MOST_POINTS // each))
        for some in cloud_database.portions(scope_ids, most):
            files = [self._lock(scope_id) for scope_id in some]
            self._store(some, rated)
            for file in files:
                os.close(file)

    def _lock(self, scope_id: str) -> int:
        """Lock a scope against other processors; return the open file."""
        file = os.open(f"{self._folder.name}/{scope_id}", os.O_RDWR)
        fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return file

    def _collect(
        self, scope_ids: collections.abc.Sequence[str]
    ) -> dict[str, list[tuple[typing.Any, ...]]]:
        """Return (label, time, quantity, price) of the scopes' samples."""
        rated: dict[str, list[tuple[typing.Any, ...]]] = {}
        for label, text in _QUERIES.items():
            for series in self._ask(text, scope_ids):
                labels = series["metric"]
                price = _VOLUME
                if "flavor" in labels:
                    price = _FLAVORS[labels["flavor"]]
                name = labels[label]
                samples = rated.setdefault(labels["project_id"], [])
                for at, value in series["values"]:
                    quantity = decimal.Decimal(value)
                    samples.append((name, at, quantity, quantity * price))
        return rated

    def _ask(
        self, text: str, scope_ids: collections.abc.Sequence[str]
    ) -> list[dict[str, typing.Any]]:
        seconds = ck_settings.HOUR_SECONDS
        job = self._job
        matcher = ""
        if not job.everything or len(scope_ids) < len(job.scope_ids):
            matcher = f'{{project_id=~"{"|".join(scope_ids)}"}}'
        query = text.replace("{matcher}", matcher)
        form = urllib.parse.urlencode(
            {
                "query": query.replace("{seconds}", str(seconds)),
                "start": job.window.begin.timestamp() + seconds,
                "end": job.window.end.timestamp(),
                "step": seconds,
            }
        )
        self._source.request(
            "POST",
            "/api/v1/query_range",
            form,
            {"Content-Type": "application/x-www-form-urlencoded"},
        )
        answer = self._source.getresponse()
        return json.loads(answer.read())["data"]["result"]

    def _store(
        self,
        scope_ids: collections.abc.Sequence[str],
        rated: dict[str, list[tuple[typing.Any, ...]]],
    ) -> None:
        """Store the points of one portion in one transaction."""
        job, time_of = self._job, self._database.time
        listed = ",".join([f"'{one}'" for one in scope_ids])
        numbers = self._lock_rows(listed)
        ids = self._series(listed)
        begin = f"{self._database.quote}begin{self._database.quote}"
        self._execute(
            f"DELETE FROM {POINTS} WHERE scope IN ({numbers}) "
            f"AND {begin} >= {time_of(job.window.begin)} "
            f"AND {begin} < {time_of(job.window.end)}"
        )
        rows = []
        times: dict[float, tuple[str, str]] = {}
        for one in scope_ids:
            for seq, (name, at, quantity, price) in enumerate(rated[one]):
                if at not in times:
                    times[at] = self._period(at)
                scope, series = ids[name]
                rows.append((scope, *times[at], series, seq, quantity, price))
        self._insert(rows)
        if job.kind == "redo":
            self._execute(
                f"UPDATE {_TASKS} SET periods_done = {job.window.periods} "
                f"WHERE id >= {job.first_task} AND identifier IN ({listed})"
            )
        else:
            self._execute(
                f"UPDATE {_STATES} SET last_processed_timestamp = "
                f"{time_of(job.window.last)} WHERE identifier IN ({listed}) "
                "AND last_processed_timestamp < "
                f"{time_of(job.window.begin)}"
            )
        self._commit()

    def _lock_rows(self, listed: str) -> str:
        """Lock the rows of scopes; return their ids."""
        self._execute(
            f"SELECT id FROM {_SCOPES} WHERE scope_id IN ({listed}) "
            f"ORDER BY scope_id{self._database.for_update}"
        )
        return ",".join([str(row) for (row,) in self._cursor.fetchall()])

    def _series(self, listed: str) -> dict[str, tuple[int, int]]:
        """Return the rows of scope and series by instance or volume."""
        self._execute(
            f"SELECT s.scope, s.id, s.groupby FROM {_SERIES} s "
            f"JOIN {_SCOPES} c ON c.id = s.scope "
            f"WHERE c.scope_id IN ({listed})"
        )
        found = {}
        for scope, series, groupby in self._cursor.fetchall():
            labels = json.loads(groupby) if type(groupby) is str else groupby
            name = labels.get("instance_id") or labels["volume_id"]
            found[name] = scope, series
        return found

    def _period(self, end: float) -> tuple[str, str]:
        at = datetime.datetime.fromtimestamp(end, datetime.UTC)
        time_of = self._database.time
        return time_of(at - ck_settings.PERIOD), time_of(at)

    def _insert(self, rows: list[tuple[typing.Any, ...]]) -> None:
        quote = self._database.quote
        names = ",".join(f"{quote}{name}{quote}" for name in self._names)
        pattern = f"({','.join(['%s'] * len(self._names))})"
        for some in cloud_database.portions(rows, _ROWS):
            values = ",".join([pattern % self._chosen(row) for row in some])
            self._execute(f"INSERT INTO {POINTS} ({names}) VALUES {values}")

    def _execute(self, statement: str) -> None:
        self.counter.statements += 1
        self._cursor.execute(statement)

    def _commit(self) -> None:
        self.counter.commits += 1
        self._connection.commit()
