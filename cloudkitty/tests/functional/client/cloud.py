# SPDX-License-Identifier: Apache-2.0
"""Keystone, API and processor for the commands of the client.

Two scopes have three rated hours each at a price of their own. The processor
rates them again at the price of a rule; it rates nothing else.
"""

import pathlib
import subprocess

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
    :ivar rules: ids of a mapping and of a threshold, by ``mapping`` and
        ``threshold``.
    :ivar url: URL of the API.
    :ivar database_url: SQLAlchemy URL of the database.
    """

    #: Kind of the database, as in ``databases.BACKENDS``.
    backend = "sqlite"

    def _setUp(self) -> None:
        self.keystone = self.useFixture(keystone.Keystone())
        self.scopes = {
            "demo": self.keystone.project_id,
            "other": self.keystone.other_project_id,
        }
        self.folder = pathlib.Path(self.useFixture(fixtures.TempDir()).path)
        self._programs = self.useFixture(programs.Programs(self.folder))
        self._samples = self.folder / "metrics.om"
        self.repair_collector()
        self._configure()
        port = base.free_port()
        self._programs.start_api(port)
        self.url = f"http://127.0.0.1:{port}"
        self.keystone.add_service("rating", self.url)
        self._make_rules()

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

    def start_processor(self) -> "subprocess.Popen[bytes]":
        """Start the processor."""
        return self._programs.start_processor()

    def break_collector(self) -> None:
        """Remove the samples: every attempt fails."""
        self._samples.unlink()

    def repair_collector(self) -> None:
        """Write the samples of one instance of each project."""
        self._samples.write_text(self.samples())

    def samples(self) -> str:
        """Return the samples as OpenMetrics text."""
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
        return prometheus.openmetrics_text(series)

    def output(self) -> str:
        """Return the ends of all output."""
        return self._programs.output()

    def _configure(self) -> None:
        self.database_url = self.useFixture(
            databases.DatabaseFixture(self.backend)
        ).url
        options = self.keystone.middleware_options().items()
        file = self._programs.etc / "cloudkitty.conf"
        file.write_text(
            CONFIGURATION.format(
                paste=api.PASTE,
                database=self.database_url.replace("%", "%%"),
                metrics=api.METRICS,
                samples=self._samples,
                scopes=",".join(self.scopes.values()),
                folder=self.folder,
                keystone="\n".join(f"{name} = {v}" for name, v in options),
            )
        )
        conf = ck_conf.make([f"--config-file={file}"])
        opened = facade.Database(conf)
        self.addCleanup(opened.dispose)
        services = api.services_of(conf, opened)
        data.fill(services, list(self.scopes.values()))

    def _make_rules(self) -> None:
        """Set the price of instances, from the begin of the window.

        A threshold has a level that no quantity reaches.
        """
        self.call("PUT", "/v1/rating/modules/hashmap", enabled=True)
        hashmap = "/v1/rating/module_config/hashmap"
        service = self.call("POST", f"{hashmap}/services", name="instance")
        mapping = self.call(
            "POST",
            f"{hashmap}/mappings",
            service_id=service["service_id"],
            type="flat",
            cost=PRICE,
            start=f"{WINDOW.begin:%Y-%m-%dT%H:%M:%S}",
            force=True,
        )
        threshold = self.call(
            "POST",
            f"{hashmap}/thresholds",
            service_id=service["service_id"],
            level="1000",
            cost="0.04",
        )
        self.rules = {
            "mapping": mapping["mapping_id"],
            "threshold": threshold["threshold_id"],
        }

    def call(self, method: str, path: str, **body):
        """Return the decoded response to a request of an administrator."""
        response = requests.request(
            method,
            f"{self.url}{path}",
            json=body,
            headers={"X-Auth-Token": self.keystone.token("admin")},
            timeout=60,
        )
        response.raise_for_status()
        return response.json() if response.content else None
