# SPDX-License-Identifier: Apache-2.0
"""A real Aetos for functional tests, in front of a Prometheus."""

import importlib.util
import pathlib
import urllib.parse

import fixtures

from cloudkitty.tests import keystone
from cloudkitty.tests import wsgi_process

THERE = importlib.util.find_spec("aetos") is not None

CONFIGURATION = """\
[DEFAULT]
auth_mode = keystone
[prometheus]
host = {host}
port = {port}
[keystone_authtoken]
"""


class Aetos(fixtures.Fixture):
    """Aetos, in the catalogue of a Keystone as ``metric-storage``.

    :param prometheus_url: of the API behind it.
    :param folder: an empty folder.
    :ivar url: its address, without ``/api/v1``.
    """

    def __init__(
        self,
        identity: keystone.Keystone,
        prometheus_url: str,
        folder: pathlib.Path,
    ) -> None:
        super().__init__()
        self._identity = identity
        self._behind = urllib.parse.urlsplit(prometheus_url)
        self._folder = folder

    def _setUp(self) -> None:
        (self._folder / ".aetos").mkdir()
        options = self._identity.middleware_options()
        lines = [f"{name} = {value}" for name, value in options.items()]
        conf = CONFIGURATION.format(
            host=self._behind.hostname, port=self._behind.port
        )
        path = self._folder / ".aetos" / "aetos.conf"
        path.write_text(conf + "\n".join([*lines, ""]))
        self.url = self.useFixture(
            wsgi_process.WSGIProcess("aetos.wsgi.api", self._folder)
        ).url
        self._identity.add_service("metric-storage", self.url)
