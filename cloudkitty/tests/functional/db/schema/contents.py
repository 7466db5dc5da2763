# SPDX-License-Identifier: Apache-2.0
"""All rows of a database: kept, brought back, compared."""

import dataclasses
import re

import sqlalchemy as sa

from cloudkitty.db import migration

_RANDOM = re.compile(
    r"\b[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}\b"
)
#: What refers to a row by number without a foreign key.
_REFERENCES = {
    "task_id": "storage_scope_reprocessing_schedule",
    "scope": "cloudkitty_rated_scopes",
    "series": "cloudkitty_rated_series",
}
#: Columns that the database fills with its own clock.
_TOLD_BY_CLOCK = (
    ("cloudkitty_storage_states", "scope_activation_toggle_date"),
    ("hashmap_mappings", "created_at"),
)


class Contents:
    """Content of the tables of one database.

    It has connections of its own, like any other process.

    :param url: of a migrated database.
    """

    def __init__(self, url: sa.URL) -> None:
        self._engine = engine = sa.create_engine(url)
        self._metadata = sa.MetaData()
        self._metadata.reflect(engine)
        self._tables = [
            table
            for table in self._metadata.sorted_tables
            if table.name != migration.VERSION_TABLE
        ]

    def read(self):
        """Return all rows: table name to dicts, by primary key."""
        with self._engine.connect() as connection:
            return {
                table.name: [
                    dict(row)
                    for row in connection.execute(
                        table.select().order_by(*table.primary_key)
                    ).mappings()
                ]
                for table in self._tables
            }

    def write(self, kept):
        """Replace the content of the tables by an earlier one."""
        with self._engine.begin() as connection:
            for table in reversed(self._tables):
                connection.execute(table.delete())
            for table in self._tables:
                if kept[table.name]:
                    connection.execute(table.insert(), kept[table.name])

    def comparable(self, kept):
        """Return ``kept`` as lines without random values.

        A row that is inserted in vain uses a number up, so numbers that a
        table gave are replaced by their places.
        """
        ranks = {
            name: {row.get("id"): place for place, row in enumerate(rows)}
            for name, rows in kept.items()
        }
        lines = []
        for table in self._tables:
            for row in kept[table.name]:
                own = dict(row)
                if "id" in own:
                    own["id"] = ranks[table.name][row["id"]]
                for column, target in self._references(table).items():
                    own[column] = ranks[target].get(row[column])
                for name in ("generation", "edition"):
                    if name in own:
                        # It only has to change.
                        own[name] = bool(own[name])
                for name in own:
                    if (table.name, name) in _TOLD_BY_CLOCK:
                        own[name] = None
                lines.append(f"{table.name} {sorted(own.items())}")
        return _without_random("\n".join(lines)).splitlines()

    def _references(self, table):
        found = {
            key.parent.name: key.column.table.name
            for key in table.foreign_keys
        }
        for column, target in _REFERENCES.items():
            if column in table.columns:
                found.setdefault(column, target)
        return found


def plain(result):
    """Return a function's result as text without random values."""
    if dataclasses.is_dataclass(result) and not isinstance(result, type):
        fields = dataclasses.asdict(result)
        for name in ("id", "toggled_at"):
            fields.pop(name, None)
        result = sorted(fields.items())
    elif isinstance(result, list | tuple):
        result = [plain(each) for each in result]
    return _without_random(str(result))


def _without_random(text):
    """Number what looks like a UUID in the order of its coming."""
    seen: dict[str, int] = {}

    def number(found):
        return f"random-{seen.setdefault(found[0], len(seen))}"

    return _RANDOM.sub(number, text)
