# SPDX-License-Identifier: Apache-2.0
"""A cloud for the client: Keystone, its catalogue, our API as it is shipped.

RPC is served within the process of the API, as ``fake://`` has it.
"""

import pathlib
import subprocess
import sys
import time

import fixtures
import requests

from cloudkitty import conf as ck_conf
from cloudkitty.db import facade
from cloudkitty.tests import base
from cloudkitty.tests import databases
from cloudkitty.tests import keystone
from cloudkitty.tests.fakes import api
from cloudkitty.tests.functional.api import data

#: Seconds that a start may take on a busy host.
PATIENCE = 120

CONFIGURATION = """\
[DEFAULT]
auth_strategy = keystone
api_paste_config = {paste}
transport_url = fake://
[database]
connection = {database}
[collect]
collector = openmetrics
metrics_conf = {metrics}
[fetcher]
backend = source
[orchestrator]
coordination_url = file://{folder}/locks
[keystone_authtoken]
{keystone}
"""


class Cloud(fixtures.Fixture):
    """All that the client finds by its credentials.

    :ivar keystone: ``keystone.Keystone``, with the service ``rating``.
    """

    def _setUp(self) -> None:
        self.keystone = self.useFixture(keystone.Keystone())
        folder = self.useFixture(fixtures.TempDir()).path
        database = self.useFixture(databases.DatabaseFixture("sqlite")).url
        file = pathlib.Path(folder) / "cloudkitty.conf"
        options = self.keystone.middleware_options().items()
        file.write_text(
            CONFIGURATION.format(
                paste=api.PASTE,
                metrics=api.PASTE.with_name("metrics.prometheus.yml"),
                database=database,
                folder=folder,
                keystone="\n".join(
                    f"{name} = {text}" for name, text in options
                ),
            )
        )
        self._open_database(file)
        self.fill(self.keystone.project_id)
        url = self._start(file)
        self.keystone.add_service("rating", url)

    def options(self, user: str) -> list[str]:
        """Return the command line's words for who asks, and where.

        :param user: one with a role in project ``demo``.
        """
        return self.keystone.options(user)

    def fill(self, project_id: str) -> None:
        """Add a scope with rated points; see ``functional.api.data``."""
        data.fill(self._services, [project_id])

    def _open_database(self, file: pathlib.Path) -> None:
        conf = ck_conf.make(argv=[], default_config_files=[str(file)])
        database = facade.Database(conf)
        self.addCleanup(database.dispose)
        self._services = api.services_of(conf, database)

    def _start(self, file: pathlib.Path) -> str:
        """Start ``cloudkitty-api``; return its address."""
        port = base.free_port()
        with open(file.with_name("api.log"), "wb") as log:
            process = subprocess.Popen(
                [
                    pathlib.Path(sys.executable).with_name("cloudkitty-api"),
                    f"--config-file={file}",
                    f"--port={port}",
                ],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        url = f"http://127.0.0.1:{port}"
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline and process.poll() is None:
            try:
                requests.get(url, timeout=PATIENCE)
                return url
            except requests.ConnectionError:
                time.sleep(0.1)
        output = file.with_name("api.log").read_text(errors="replace")
        raise RuntimeError(f"the API does not answer: {output[-2000:]}")
