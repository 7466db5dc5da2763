# SPDX-License-Identifier: Apache-2.0
"""All rated rows of two databases, compared as a whole."""

import collections
import collections.abc
import dataclasses

import sqlalchemy as sa

from cloudkitty.db import points

Row = tuple[str, ...]
_KEY = ("scope_id", "begin", "metric", "groupby", "seq")
#: Rows that a message shows.
_SHOWN = 3


@dataclasses.dataclass(frozen=True)
class Differences:
    """How the rows of two databases differ.

    :param lost: missing rows.
    :param added: surplus rows, also repeated ones.
    """

    lost: list[Row]
    added: list[Row]

    @property
    def count(self) -> int:
        """How many rows are wrong."""
        return len(self.lost) + len(self.added)

    def lines(self) -> list[str]:
        """Return the first ones, for people."""
        return [
            f"    {name}: {' '.join(row)}"
            for name, rows in (("lost", self.lost), ("added", self.added))
            for row in rows[:_SHOWN]
        ]


def read(engine: sa.Engine) -> list[Row]:
    """Return all rated rows as texts, ordered."""
    statement = points.whole().add_columns(points.RatedPoint.seq)
    with engine.connect() as connection:
        found = connection.execute(statement).mappings()
        return sorted(text(row) for row in found)


def text(row: collections.abc.Mapping[str, object]) -> Row:
    """Return a row as texts, in an order of its columns that sorts it."""
    rest = sorted(set(row) - set(_KEY))
    return tuple(f"{name}={row[name]}" for name in (*_KEY, *rest))


def differences(expected: list[Row], found: list[Row]) -> Differences:
    """Compare row by row; a row that is there twice counts twice."""
    wanted, there = collections.Counter(expected), collections.Counter(found)
    return Differences(
        sorted((wanted - there).elements()),
        sorted((there - wanted).elements()),
    )
