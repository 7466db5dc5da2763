# SPDX-License-Identifier: Apache-2.0
"""A real etcd for tests."""

import importlib.util
import pathlib
import shutil

from cloudkitty.tests import base
from cloudkitty.tests import lock_server


def installed() -> bool:
    """Return whether etcd and the Python package for it are installed."""
    return (
        shutil.which("etcd") is not None
        and importlib.util.find_spec("etcd3gw") is not None
    )


class Etcd(lock_server.LockServer):
    """An etcd with one member.

    :param folder: an empty folder for its data.
    :param host: address to listen on.
    """

    def __init__(self, folder: pathlib.Path, host: str = "127.0.0.1") -> None:
        self._peer_port = base.free_port()
        super().__init__(folder, host)

    def command(self) -> list[str]:
        clients = f"http://{self.host}:{self.port}"
        peers = f"http://127.0.0.1:{self._peer_port}"
        return [
            "etcd",
            *("--name", "test"),
            *("--data-dir", str(self.folder / "data")),
            *("--listen-client-urls", clients),
            *("--advertise-client-urls", clients),
            *("--listen-peer-urls", peers),
            *("--initial-advertise-peer-urls", peers),
            *("--initial-cluster", f"test={peers}"),
        ]

    def url(self, seconds: int) -> str:
        return (
            f"etcd3+http://{self.host}:{self.port}"
            f"?timeout={seconds}&lock_timeout={seconds}"
        )
