# SPDX-License-Identifier: Apache-2.0
"""Column types that mean the same on SQLite, MariaDB and PostgreSQL."""

import datetime
import decimal
import typing

import sqlalchemy as sa
from sqlalchemy import types
from sqlalchemy.dialects import mysql
from sqlalchemy.ext import compiler

_MYSQL = ("mysql", "mariadb")


class UTCDateTime(types.TypeDecorator[datetime.datetime]):
    """Aware UTC in Python, naive UTC in the table, as upstream keeps it."""

    impl = sa.DateTime
    cache_ok = True

    def process_bind_param(
        self, value: datetime.datetime | None, dialect: sa.Dialect
    ) -> datetime.datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value} has no time zone")
        return value.astimezone(datetime.UTC).replace(tzinfo=None)

    def process_result_value(
        self, value: datetime.datetime | None, dialect: sa.Dialect
    ) -> datetime.datetime | None:
        if value is None:
            return None
        # Takes a sixth of the time of value.replace(tzinfo=...).
        return datetime.datetime.combine(value, value.time(), datetime.UTC)


class ExactNumeric(types.TypeDecorator[decimal.Decimal]):
    """NUMERIC that SQLite does not turn into a float: text there.

    A value that upstream wrote as a number to an SQLite file is still read.
    """

    impl = sa.Numeric
    cache_ok = True

    def __init__(self, precision: int, scale: int) -> None:
        super().__init__(precision, scale)
        self.precision = precision
        self.scale = scale

    def load_dialect_impl(self, dialect: sa.Dialect) -> typing.Any:
        if dialect.name == "sqlite":
            return dialect.type_descriptor(sa.String())
        return dialect.type_descriptor(sa.Numeric(self.precision, self.scale))

    def process_bind_param(
        self, value: decimal.Decimal | None, dialect: sa.Dialect
    ) -> typing.Any:
        if value is None or dialect.name != "sqlite":
            return value
        return format(value, "f")

    def process_result_value(
        self, value: typing.Any, dialect: sa.Dialect
    ) -> decimal.Decimal | None:
        if value is None or isinstance(value, decimal.Decimal):
            return value
        return decimal.Decimal(str(value))


class ExactText(types.TypeDecorator[str]):
    """Text that is compared byte by byte, including trailing blanks.

    MySQL and MariaDB have no common collation for this, so it is UTF-8 in a
    VARBINARY there.
    """

    impl = sa.String
    cache_ok = True

    def __init__(self, length: int) -> None:
        super().__init__(length)
        self.length = length

    def load_dialect_impl(self, dialect: sa.Dialect) -> typing.Any:
        if dialect.name in _MYSQL:
            return dialect.type_descriptor(sa.VARBINARY(4 * self.length))
        return dialect.type_descriptor(sa.String(self.length))

    def process_bind_param(
        self, value: str | None, dialect: sa.Dialect
    ) -> typing.Any:
        if value is not None and dialect.name in _MYSQL:
            return value.encode()
        return value

    def process_result_value(
        self, value: typing.Any, dialect: sa.Dialect
    ) -> str | None:
        return value.decode() if isinstance(value, bytes) else value


class ExactString(sa.String):
    """Text that upstream reads as text, in a collation without equivalences.

    Two scopes may differ only in case or, unlike in most collations, in
    trailing blanks. Queries still compare with ``db.exact``, because upstream
    may have created the table.
    """


@compiler.compiles(ExactString, "mysql", "mariadb")
def _compile_exact_string(
    element: ExactString, compiler: typing.Any, **kwargs: typing.Any
) -> str:
    # Neither server knows the other's collation without padding.
    server = compiler.dialect
    nopad = "utf8mb4_nopad_bin" if server.is_mariadb else "utf8mb4_0900_bin"
    text = mysql.VARCHAR(element.length, charset="utf8mb4", collation=nopad)
    return compiler.process(text, **kwargs)


def short_text() -> sa.Text:
    """Return upstream's TEXT(256); PostgreSQL takes no length there."""
    return sa.Text(256).with_variant(sa.Text(), "postgresql")


def user_id() -> sa.String:
    """Return the type of the ids of users who edit rules.

    Upstream's columns have 32 characters, Keystone's ids up to 64. SQLite
    cannot change a column's type, but ignores the length.
    """
    return sa.String(255).with_variant(sa.String(32), "sqlite")


def map_type() -> sa.Enum:
    """Return the type of hashmap rules: ``flat`` or ``rate``."""
    return sa.Enum(
        "flat",
        "rate",
        name="enum_map_type",
        native_enum=False,
        create_constraint=True,
    ).with_variant(sa.Enum("flat", "rate"), "mysql", "mariadb")
