# SPDX-License-Identifier: Apache-2.0
"""Keystone, API and processor for the commands of the client.

Two scopes have three rated hours each at a price of their own. The processor
rates them again at the price of a rule; it rates nothing else.
"""

import pathlib

import fixtures
import requests

from cloudkitty import conf as ck_conf
from cloudkitty.common import periods
from cloudkitty.db import facade
from cloudkitty.tests import base
from cloudkitty.tests import databases
from cloudkitty.tests import keystone
from cloudkitty.tests import prometheus
from cloudkitty.tests.fakes import api
from cloudkitty.tests.functional.api import data
from cloudkitty.tests.functional.deployments import programs

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
# Only tasks are rated.
wait_periods = 1000000
[collector_openmetrics]
path = {samples}
[fetcher]
backend = source
[fetcher_source]
sources = {scopes}
[orchestrator]
coordination_url = file://{folder}/locks
max_workers = 1
max_workers_reprocessing = 1
reprocess_max_attempts = 1
[keystone_authtoken]
{keystone}
"""
GOVERNANCE = """\
[reprocess]
closed_before = 2026-11-01T01:00:00
approval_above = 3
"""
#: Price of an hour of an instance; stored is 0.5.
PRICE = "0.05"
WINDOW = periods.Window(data.BEGIN, data.BEGIN + data.HOURS * data.HOUR)


class Cloud(fixtures.Fixture):
    """The services that the commands find by their credentials.

    :ivar keystone: ``keystone.Keystone``.
    :ivar scopes: project ids of the scopes by the names of the projects.
    """

    def _setUp(self) -> None:
        self.keystone = self.useFixture(keystone.Keystone())
        self.scopes = {
            "demo": self.keystone.project_id,
            "other": self.keystone.other_project_id,
        }
        folder = pathlib.Path(self.useFixture(fixtures.TempDir()).path)
        self._programs = self.useFixture(programs.Programs(folder))
        self._samples = folder / "metrics.om"
        self.repair_collector()
        self._configure(folder)
        port = base.free_port()
        self._programs.start_api(port)
        self.url = f"http://127.0.0.1:{port}"
        self.keystone.add_service("rating", self.url)
        self._make_rule()

    def options(self, user: str) -> list[str]:
        """Return the words of a command line for a user."""
        return self.keystone.options(user)

    def govern(self) -> None:
        """Replace the API by one that closes periods and asks for approvals.

        The user ``approver`` is a second administrator.
        """
        folder = self._programs.etc / "cloudkitty.conf.d"
        (folder / "95-governance.conf").write_text(GOVERNANCE)
        port = base.free_port()
        self._programs.start_api(port)
        self.url = f"http://127.0.0.1:{port}"
        self.keystone.move_service("rating", self.url)
        self.keystone.add_user("approver", "admin")

    def start_processor(self) -> None:
        """Start the processor."""
        self._programs.start_processor()

    def break_collector(self) -> None:
        """Remove the samples: every attempt fails."""
        self._samples.unlink()

    def repair_collector(self) -> None:
        """Write the samples of one instance of each project."""
        series = [
            prometheus.Series(
                "instance_up",
                {
                    "project_id": scope_id,
                    "instance_id": "a",
                    "flavor": "small",
                },
                [
                    (period.begin.timestamp() + 600, 1)
                    for period in WINDOW.periods(3600)
                ],
            )
            for scope_id in self.scopes.values()
        ]
        self._samples.write_text(prometheus.openmetrics_text(series))

    def output(self) -> str:
        """Return the ends of all output."""
        return self._programs.output()

    def _configure(self, folder: pathlib.Path) -> None:
        database = self.useFixture(databases.DatabaseFixture("sqlite")).url
        options = self.keystone.middleware_options().items()
        file = self._programs.etc / "cloudkitty.conf"
        file.write_text(
            CONFIGURATION.format(
                paste=api.PASTE,
                database=database,
                metrics=api.METRICS,
                samples=self._samples,
                scopes=",".join(self.scopes.values()),
                folder=folder,
                keystone="\n".join(f"{name} = {v}" for name, v in options),
            )
        )
        conf = ck_conf.make([f"--config-file={file}"])
        opened = facade.Database(conf)
        self.addCleanup(opened.dispose)
        services = api.services_of(conf, opened)
        data.fill(services, list(self.scopes.values()))

    def _make_rule(self) -> None:
        """Set the price of instances, from the begin of the window."""
        self._call("PUT", "modules/hashmap", enabled=True)
        hashmap = "module_config/hashmap"
        service = self._call("POST", f"{hashmap}/services", name="instance")
        self._call(
            "POST",
            f"{hashmap}/mappings",
            service_id=service["service_id"],
            type="flat",
            cost=PRICE,
            start=f"{WINDOW.begin:%Y-%m-%dT%H:%M:%S}",
            force=True,
        )

    def _call(self, method: str, path: str, **body):
        response = requests.request(
            method,
            f"{self.url}/v1/rating/{path}",
            json=body,
            headers={"X-Auth-Token": self.keystone.token("admin")},
            timeout=60,
        )
        response.raise_for_status()
        return response.json() if response.content else None
