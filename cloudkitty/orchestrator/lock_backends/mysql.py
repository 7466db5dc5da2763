# SPDX-License-Identifier: Apache-2.0
"""``mysql://``: GET_LOCK of MariaDB and MySQL.

From MariaDB 10.0.2 and MySQL 5.7.5 on, a session may have several.
"""

import collections.abc
import typing
import urllib.parse

import pymysql
from oslo_utils import strutils

from cloudkitty.orchestrator.lock_backends import sessions

_PORT = 3306
_TLS_OPTIONS = ("ca", "capath", "cert", "key", "cipher", "verify_mode")


class Server:
    """A server of MariaDB or MySQL.

    :param url: as for tooz: ``mysql://user:password@host:port/database``,
        with the options ``ssl_ca``, ``ssl_capath``, ``ssl_cert``,
        ``ssl_key``, ``ssl_cipher``, ``ssl_verify_mode``,
        ``ssl_check_hostname`` and ``unix_socket``.
    """

    error = pymysql.MySQLError

    def __init__(self, url: urllib.parse.SplitResult) -> None:
        options = dict(urllib.parse.parse_qsl(url.query))
        self._arguments: dict[str, typing.Any] = {
            "port": url.port or _PORT,
            "user": url.username,
            "password": url.password or "",
            "database": url.path[1:],
            "ssl": _tls(options),
            "connect_timeout": sessions.TIMEOUT_SECONDS,
            "read_timeout": sessions.TIMEOUT_SECONDS,
            "write_timeout": sessions.TIMEOUT_SECONDS,
        }
        if "unix_socket" in options:
            self._arguments["unix_socket"] = options["unix_socket"]
        else:
            self._arguments["host"] = url.hostname

    def key_of(self, name: bytes) -> bytes:
        return name

    def connect(self) -> typing.Any:
        return pymysql.connect(**self._arguments)

    def try_lock(
        self, connection: typing.Any, keys: collections.abc.Sequence[bytes]
    ) -> list[bool]:
        # NULL, after an error, is not 1 either.
        return [x == 1 for x in _call(connection, "GET_LOCK(%s, 0)", keys)]

    def unlock(
        self, connection: typing.Any, keys: collections.abc.Sequence[bytes]
    ) -> bool:
        released = _call(connection, "RELEASE_LOCK(%s)", keys)
        return all(x == 1 for x in released)

    def rest(self, connection: typing.Any) -> None:
        """Nothing to do: the session is in no transaction."""


def _call(
    connection: typing.Any,
    call: str,
    keys: collections.abc.Sequence[bytes],
) -> tuple[typing.Any, ...]:
    """Call a function for each key, in one statement."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT " + ", ".join([call] * len(keys)), list(keys))
        row: tuple[typing.Any, ...] = cursor.fetchone()
    return row


def _tls(options: collections.abc.Mapping[str, str]) -> dict[str, typing.Any]:
    chosen: dict[str, typing.Any] = {
        name: options[f"ssl_{name}"]
        for name in _TLS_OPTIONS
        if options.get(f"ssl_{name}")
    }
    check = strutils.bool_from_string(
        options.get("ssl_check_hostname"), default=None
    )
    if check is not None:
        chosen["check_hostname"] = check
    return chosen
