# SPDX-License-Identifier: Apache-2.0
"""Rows read as columns against rows read as JSON arrays.

``python -m benchmarks.json_rows URL [URL...]``: SQLAlchemy URLs of empty
databases. The tables are created, filled and dropped again.

Each kind of read is executed in three ways, one after the other in each
round: as columns; as the JSON arrays of ``cloudkitty.db.sql.json_rows``; as
JSON arrays of which each text is decoded once and then cached. Each way
builds the same objects. Printed are milliseconds of processor time of this
process, and ratios to the columns of the same round, of processor and of
elapsed time, as medians with the range of the middle half.
"""

import argparse
import collections.abc
import dataclasses
import datetime
import decimal
import functools
import statistics
import sys
import time
import typing

import sqlalchemy as sa

from benchmarks import table
from cloudkitty import conf as ck_conf
from cloudkitty.common import scopes
from cloudkitty.db import facade
from cloudkitty.db import migration
from cloudkitty.db.rules import mappings as hashmap_mappings
from cloudkitty.db.rules import models as rule_models
from cloudkitty.db.rules import records as rule_records
from cloudkitty.db.rules import services as hashmap_services
from cloudkitty.db.rules import thresholds as hashmap_thresholds
from cloudkitty.db.scopes import columns as scope_columns
from cloudkitty.db.scopes import updates as scope_updates
from cloudkitty.db.sql import json_rows
from cloudkitty.db.tasks import queries as task_queries
from cloudkitty.db.tasks import records as task_records
from cloudkitty.db.tasks.row import columns as task_columns

_BEGIN = datetime.datetime(2026, 11, 1, tzinfo=datetime.UTC)
_ROWS = 300
#: Fields and mappings of hashmap.
_RULES = 50
_WAYS = ("columns", "JSON", "JSON, cached")
_HEADER = [
    "Read",
    "columns, ms",
    "JSON / columns",
    "elapsed",
    "cached / columns",
    "elapsed",
]
_SHAPES = (
    (hashmap_services.Service, rule_models.HashmapService),
    (hashmap_services.Field, rule_models.HashmapField),
    (hashmap_services.Group, rule_models.HashmapGroup),
    (hashmap_mappings.Mapping, rule_models.HashmapMapping),
    (hashmap_thresholds.Threshold, rule_models.HashmapThreshold),
)

Build = collections.abc.Callable[
    [collections.abc.Sequence[typing.Any]], typing.Any
]
Way = collections.abc.Callable[[sa.Connection], list[typing.Any]]


@dataclasses.dataclass(frozen=True, slots=True)
class Read:
    """One table of one kind of read.

    :param columns: the columns.
    :param build: builds the object of one row of them.
    :param limit: number of rows.
    """

    columns: tuple[typing.Any, ...]
    build: Build
    limit: int = _ROWS


def main(argv: collections.abc.Sequence[str] | None = None) -> int:
    """Measure and print one table a database.

    :returns: 1 for a database that is not empty.
    """
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.json_rows", description=__doc__
    )
    parser.add_argument("urls", nargs="+", metavar="URL")
    parser.add_argument("--rounds", type=int, default=300)
    args = parser.parse_args(argv)
    conf = ck_conf.make(argv=[], default_config_files=[])
    for url in args.urls:
        database = facade.Database(conf, url)
        try:
            if sa.inspect(database.engine).get_table_names():
                sys.stderr.write(
                    f"{database.dialect}: the database is not empty\n"
                )
                return 1
            try:
                _fill(database)
                _print(database, args.rounds)
            finally:
                _drop(database)
        finally:
            database.dispose()
    return 0


def reads() -> dict[str, tuple[Read, ...]]:
    """Return the kinds of reads, by name."""
    task = functools.partial(Read, task_columns.COLUMNS, task_columns.of_whole)
    listed = functools.partial(
        Read, task_columns.LISTED, task_columns.of_listed
    )
    state = functools.partial(
        Read, scope_columns.COLUMNS, scope_columns.from_row
    )
    return {
        "one task": (task(1),),
        "one scope": (state(1),),
        "10 listed tasks": (listed(10),),
        "100 listed tasks": (listed(100),),
        "100 whole tasks": (task(100),),
        "10 scopes": (state(10),),
        "100 scopes": (state(100),),
        f"{2 * _RULES + 1} hashmap rows": tuple(
            Read(_columns(kind, model), _builder(kind))
            for kind, model in _SHAPES
        ),
    }


def _columns(kind: type, model: type) -> tuple[typing.Any, ...]:
    return tuple(getattr(model, name) for name in rule_records.names(kind))


def _builder(kind: type) -> Build:
    return functools.partial(rule_records.build, kind)


def ways(parts: tuple[Read, ...]) -> tuple[Way, ...]:
    """Return functions that execute a read, in the order of ``_WAYS``.

    Columns of several tables are one statement a table; their JSON arrays
    are one UNION.
    """
    plain = [
        (
            sa.select(*part.columns)
            .order_by(part.columns[0])
            .limit(part.limit),
            part.build,
        )
        for part in parts
    ]
    coders = [json_rows.Row(part.columns) for part in parts]
    arrays = _union(parts, coders)

    def decode(place: int, text: str) -> typing.Any:
        return parts[place].build(coders[place].values(text))

    cached = functools.lru_cache(maxsize=4096)(decode)

    def columns(connection: sa.Connection) -> list[typing.Any]:
        return [
            build(row)
            for query, build in plain
            for row in connection.execute(query)
        ]

    def json(connection: sa.Connection) -> list[typing.Any]:
        return [decode(*row) for row in connection.execute(arrays)]

    def json_cached(connection: sa.Connection) -> list[typing.Any]:
        return [cached(*row) for row in connection.execute(arrays)]

    return columns, json, json_cached


def _union(parts: tuple[Read, ...], coders: list[json_rows.Row]) -> typing.Any:
    queries = [
        sa.select(sa.literal_column(str(place)), coder.column)
        .select_from(part.columns[0].class_)
        .order_by(part.columns[0])
        .limit(part.limit)
        for place, (part, coder) in enumerate(zip(parts, coders, strict=True))
    ]
    if len(queries) == 1:
        return queries[0]
    return sa.union_all(
        *(query.order_by(None).limit(None) for query in queries)
    )


def _print(database: facade.Database, rounds: int) -> None:
    lines = []
    with database.engine.connect() as connection:
        for name, parts in reads().items():
            measured = measure(connection, ways(parts), rounds)
            lines.append([name, *_cells(measured)])
    found = table.Table(database.dialect, _HEADER, lines)
    sys.stdout.write(f"{found.text()}\n")


def measure(
    connection: sa.Connection, functions: tuple[Way, ...], rounds: int
) -> list[list[tuple[float, float]]]:
    """Return seconds of processor and elapsed time: by round, by way.

    :raises ValueError: if two ways read different objects.
    """
    results = {
        repr(sorted(function(connection), key=repr)) for function in functions
    }
    if len(results) > 1:
        raise ValueError(f"the ways differ: {results}")
    return [
        [_time(function, connection) for function in functions]
        for _ in range(rounds)
    ]


def _time(function: Way, connection: sa.Connection) -> tuple[float, float]:
    cpu, elapsed = time.process_time(), time.perf_counter()
    function(connection)
    return time.process_time() - cpu, time.perf_counter() - elapsed


def _cells(measured: list[list[tuple[float, float]]]) -> list[str]:
    cells = [_middle([1000 * one[0][0] for one in measured])]
    for way in range(1, len(_WAYS)):
        for clock in (0, 1):
            cells.append(
                _middle([one[way][clock] / one[0][clock] for one in measured])
            )
    return cells


def _middle(values: list[float]) -> str:
    low, median, high = statistics.quantiles(values, n=4)
    return f"{median:.2f} ({low:.2f}-{high:.2f})"


def _fill(database: facade.Database) -> None:
    migration.upgrade(database)
    database.write(_insert)


def _insert(session: typing.Any) -> None:
    states = [
        scope_updates.create(
            session,
            scopes.Scope(
                identifier=f"{number:032x}",
                scope_key="project_id",
                fetcher="prometheus",
                collector="prometheus",
            ),
            _BEGIN,
            period_seconds=3600,
        )
        for number in range(_ROWS)
    ]
    new = task_records.NewBatch(
        start_at=_BEGIN,
        end_at=_BEGIN + datetime.timedelta(hours=99),
        reason="The price of an instance was wrong",
        periods_total=100,
        period_seconds=3600,
        batch_id="0" * 36,
        created_by="1" * 32,
        project_id="2" * 32,
        request_id="req-" + "3" * 36,
    )
    ids = [state.id for state in states]
    task_queries.insert_batch(session, ids, new, _BEGIN)
    service = hashmap_services.create_service(session, "instance")
    for number in range(_RULES):
        field = hashmap_services.create_field(
            session, service.id, f"field-{number}"
        )
        hashmap_mappings.create(
            session,
            value=f"value-{number}",
            cost=decimal.Decimal(number) / 8,
            map_type="flat",
            start=_BEGIN,
            field_id=field.id,
        )


def _drop(database: facade.Database) -> None:
    metadata = sa.MetaData()
    metadata.reflect(database.engine)
    metadata.drop_all(database.engine)


if __name__ == "__main__":
    sys.exit(main())
