# SPDX-License-Identifier: Apache-2.0
"""The table as upstream's release 25 creates and fills it.

Written from its observable schema and rows.
"""

import datetime
import json

import sqlalchemy as sa

HEAD = "d875621d0384"
_VERSIONS = "storage_sqlalchemy_alembic"
_OPTIONS = {
    "mysql": " ENGINE=InnoDB CHARSET=utf8",
    "postgresql": "",
    "sqlite": "",
}
_KEYS = {
    "mysql": "INTEGER NOT NULL AUTO_INCREMENT PRIMARY KEY",
    "postgresql": "SERIAL PRIMARY KEY",
    "sqlite": "INTEGER NOT NULL PRIMARY KEY",
}


def create(database, revision: str = HEAD) -> None:
    """Create the table and its version table.

    :param database: the ``facade.Database``.
    """
    drop(database)
    kind = database.dialect
    quote = "`{}`" if kind == "mysql" else '"{}"'
    begin, end, desc = map(quote.format, ("begin", "end", "desc"))
    with database.engine.begin() as connection:
        for statement in (
            f"CREATE TABLE {_VERSIONS} (version_num VARCHAR(32) NOT NULL, "
            f"CONSTRAINT {_VERSIONS}_pkc PRIMARY KEY (version_num))",
            f"INSERT INTO {_VERSIONS} VALUES ('{revision}')",
            f"CREATE TABLE rated_data_frames (id {_KEYS[kind]}, "
            f"{begin} {'TIMESTAMP' if kind == 'postgresql' else 'DATETIME'} "
            f"NOT NULL, {end} "
            f"{'TIMESTAMP' if kind == 'postgresql' else 'DATETIME'} NOT NULL, "
            "unit VARCHAR(255) NOT NULL, qty NUMERIC(15, 5), "
            "res_type VARCHAR(255) NOT NULL, rate FLOAT NOT NULL, "
            f"{desc} TEXT NOT NULL, tenant_id VARCHAR(32)){_OPTIONS[kind]}",
            "CREATE INDEX idx_rated_data_frames_date ON rated_data_frames "
            f"({begin}, {end})",
            "CREATE INDEX idx_tenantid_begin_end ON rated_data_frames "
            f"(tenant_id, {begin}, {end})",
        ):
            connection.exec_driver_sql(statement)


def drop(database) -> None:
    """Drop both tables, if they exist."""
    with database.engine.begin() as connection:
        for name in (_VERSIONS, "rated_data_frames"):
            connection.exec_driver_sql(f"DROP TABLE IF EXISTS {name}")


TABLE = sa.table(
    "rated_data_frames",
    sa.column("id"),
    sa.column("begin", sa.DateTime()),
    sa.column("end", sa.DateTime()),
    *map(sa.column, ("unit", "qty", "res_type", "rate", "desc", "tenant_id")),
)


def row(begin: datetime.datetime, tenant="p1", metric="cpu", **more):
    """Return a row as upstream writes it."""
    naive = begin.astimezone(datetime.UTC).replace(tzinfo=None)
    return {
        "begin": naive,
        "end": naive + datetime.timedelta(hours=1),
        "unit": "GiB",
        "qty": 1.5,
        "res_type": metric,
        "rate": 0.1,
        "desc": json.dumps({"id": "é", "cpus": 2, "none": None}),
        "tenant_id": tenant,
        **more,
    }


def no_data(begin: datetime.datetime, tenant="p1"):
    """Return upstream's row of a period without points."""
    return row(
        begin,
        tenant,
        "_NO_DATA_",
        unit="None",
        qty=0,
        rate=0,
        desc=json.dumps(""),
    )


def insert(database, *rows) -> None:
    with database.engine.begin() as connection:
        connection.execute(sa.insert(TABLE), list(rows))


def read(database) -> list[dict]:
    """Return the rows, oldest first, without their ids."""
    with database.engine.connect() as connection:
        found = connection.execute(
            sa.select(TABLE).order_by(TABLE.c.begin, TABLE.c.id)
        ).mappings()
        return [
            {key: value for key, value in each.items() if key != "id"}
            for each in found
        ]
