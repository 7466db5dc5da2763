# SPDX-License-Identifier: Apache-2.0
"""A MariaDB server of our own."""

import collections.abc
import pathlib
import shutil

import pymysql

from cloudkitty.tests.galera import needs
from cloudkitty.tests.galera import processes

#: Of no other server on this machine.
PORT = 3316
_OPTIONS = (
    *("--no-defaults", "--user=mysql", "--skip-grant-tables"),
    *("--skip-name-resolve", "--character-set-server=utf8mb4"),
    # Safe for a killed server; only a power failure would lose commits.
    "--innodb-flush-log-at-trx-commit=2",
    *("--innodb-log-file-size=16M", "--innodb-buffer-pool-size=64M"),
    # Shorter than the read timeout of the clients.
    "--innodb-lock-wait-timeout=4",
)


class Server:
    """One server with its folder.

    :param folder: may be there already.
    :param address: that it listens on.
    :param before: what stands before its command.
    """

    def __init__(
        self,
        folder: pathlib.Path,
        address: str,
        before: collections.abc.Sequence[str] = (),
    ) -> None:
        self.address = address
        self.log = folder.with_suffix(".log")
        self._folder = folder
        self._before = before
        self.child: processes.Child | None = None

    def command(self, *more: str) -> list[str]:
        """Return the command that starts it."""
        return [
            *self._before,
            *(needs.find("mariadbd") or "mariadbd", *_OPTIONS),
            *(f"--datadir={self._folder}", f"--bind-address={self.address}"),
            *(f"--port={PORT}", f"--socket={self._folder}/socket"),
            *(f"--pid-file={self._folder}/pid", *_tmpdir(self._folder), *more),
        ]

    def start(self, *more: str) -> None:
        """Start it without waiting for it."""
        self.child = processes.Child(self.command(*more), self.log)

    def end(self) -> None:
        """End it if it runs."""
        if self.child is not None:
            self.child.end(60)
            self.child = None

    def ready(self) -> bool:
        """Return whether it answers."""
        self.check_alive()
        try:
            return self.ask("SELECT 1") == [("1",)]
        except pymysql.err.MySQLError:
            return False

    def check_alive(self) -> None:
        """Raise NotReady if it has ended."""
        if self.child is None or self.child.process.poll() is not None:
            tail = self.log.read_text(errors="replace")[-1500:]
            raise processes.NotReady(f"a server ended:\n{tail}")

    def ask(self, statement: str) -> list[tuple[str, ...]]:
        """Return the rows of one statement as texts."""
        connection = pymysql.connect(
            host=self.address,
            port=PORT,
            user="root",
            connect_timeout=3,
            read_timeout=30,
            autocommit=True,
        )
        with connection, connection.cursor() as cursor:
            cursor.execute(statement)
            return [tuple(map(str, row)) for row in cursor.fetchall()]

    def url(self, schema: str, host: str | None = None) -> str:
        """Return the SQLAlchemy URL of a schema.

        :param host: a name that leads there; None for the address.
        """
        where = f"{host or self.address}:{PORT}"
        return f"mysql+pymysql://root@{where}/{schema}"

    def dump(self, schema: str) -> str:
        """Return a schema as SQL, without locks of tables."""
        return processes.run(
            *(needs.find("mariadb-dump") or "mariadb-dump", "--no-defaults"),
            *("--user=root", f"--host={self.address}", f"--port={PORT}"),
            *("--single-transaction", "--skip-add-locks"),
            *("--skip-disable-keys", schema),
        )

    def restore(self, schema: str, dump: str) -> None:
        """Make a schema with the contents of a dump."""
        self.ask(f"CREATE DATABASE {schema}")
        processes.run(
            *(needs.find("mariadb") or "mariadb", "--no-defaults"),
            *("--user=root", f"--host={self.address}", f"--port={PORT}"),
            *("--default-character-set=utf8mb4", schema),
            text=dump,
        )


def _tmpdir(folder: pathlib.Path) -> list[str]:
    # The user mysql may not write to where this one has its own.
    return [f"--tmpdir={folder.parent}"]


def install(folder: pathlib.Path) -> None:
    """Make the folder of a server, as the package does."""
    program = needs.find("mariadb-install-db") or "mariadb-install-db"
    processes.run(
        *(program, "--no-defaults", "--user=mysql", f"--datadir={folder}"),
        *("--skip-test-db", "--innodb-log-file-size=16M", *_tmpdir(folder)),
    )


def copy(source: pathlib.Path, folder: pathlib.Path) -> None:
    """Copy a folder that no server uses, with its owner."""
    shutil.copytree(source, folder)
    processes.run("chown", "-R", "mysql:mysql", str(folder))
