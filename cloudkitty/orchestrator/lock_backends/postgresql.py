# SPDX-License-Identifier: Apache-2.0
"""``postgresql://``: advisory locks of PostgreSQL."""

import collections.abc
import hashlib
import typing
import urllib.parse

import psycopg2

from cloudkitty.orchestrator.lock_backends import sessions

#: Key of an advisory lock: two numbers.
Key = tuple[int, int]


class Server:
    """A PostgreSQL server.

    The session is in a transaction while it has locks, as with tooz, so that
    a proxy that pools connections does not give it another one.

    :param url: as for tooz:
        ``postgresql://user:password@host:port?dbname=name``.
    """

    error = psycopg2.Error

    def __init__(self, url: urllib.parse.SplitResult) -> None:
        options = dict(urllib.parse.parse_qsl(url.query))
        self._arguments: dict[str, typing.Any] = {
            "host": options.get("host") or url.hostname,
            "port": options.get("port") or url.port,
            "dbname": options.get("dbname") or url.path[1:],
            "connect_timeout": sessions.TIMEOUT_SECONDS,
            # libpq has no limit of the wait for an answer.
            "tcp_user_timeout": sessions.TIMEOUT_SECONDS * 1000,
            "keepalives_idle": sessions.TIMEOUT_SECONDS,
            "keepalives_interval": sessions.TIMEOUT_SECONDS,
            "keepalives_count": 2,
        }
        if url.username is not None:
            self._arguments["user"] = url.username
        if url.password is not None:
            self._arguments["password"] = url.password

    def key_of(self, name: bytes) -> Key:
        """Return the key that tooz derives; two names may have the same."""
        digest = hashlib.md5(name, usedforsecurity=False).digest()
        return digest[0], digest[1]

    def connect(self) -> typing.Any:
        return psycopg2.connect(**self._arguments)

    def try_lock(
        self, connection: typing.Any, keys: collections.abc.Sequence[Key]
    ) -> list[bool]:
        return _call(connection, "pg_try_advisory_lock(%s, %s)", keys)

    def unlock(
        self, connection: typing.Any, keys: collections.abc.Sequence[Key]
    ) -> bool:
        return all(_call(connection, "pg_advisory_unlock(%s, %s)", keys))

    def rest(self, connection: typing.Any) -> None:
        connection.commit()


def _call(
    connection: typing.Any,
    call: str,
    keys: collections.abc.Sequence[Key],
) -> list[bool]:
    """Call a function for each key, in one statement."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT " + ", ".join([call] * len(keys)),
            [number for key in keys for number in key],
        )
        return list(cursor.fetchone())
