# SPDX-License-Identifier: Apache-2.0
"""A real Gnocchi for functional tests: MariaDB indexer, file storage."""

import collections.abc
import importlib.util
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time
import uuid

import fixtures
import requests
import sqlalchemy as sa

from cloudkitty.tests import databases
from cloudkitty.tests import wsgi_process

THERE = importlib.util.find_spec("gnocchi") is not None
#: Seconds for the calculation of the aggregates, on a busy host.
_PROCESS_SECONDS = 300
#: Granularities of the archive policy ``rated``, in seconds.
GRANULARITIES = (300, 600, 3600, 7200)
METHODS = ("mean", "min", "max", "sum", "count", "last", "rate:mean")

CONFIGURATION = """\
[DEFAULT]
parallel_operations = 1
[indexer]
url = {url}?charset=utf8mb4
[storage]
driver = file
file_basepath = {folder}/data
[incoming]
driver = file
file_basepath = {folder}/data
[api]
auth_mode = {auth_mode}
max_limit = {max_limit}
[metricd]
workers = 1
metric_processing_delay = 1
"""


class Gnocchi(fixtures.Fixture):
    """Gnocchi with the archive policy ``rated``.

    :param auth_mode: ``basic`` or ``keystone``.
    :param middleware: options of ``[keystone_authtoken]``.
    :param max_limit: resources of one answer.
    :ivar url: its address, without ``/v1``.
    """

    def __init__(
        self,
        auth_mode: str = "basic",
        middleware: collections.abc.Mapping[str, str] | None = None,
        max_limit: int = 1000,
    ) -> None:
        super().__init__()
        self._auth_mode = auth_mode
        self._middleware = middleware or {}
        self._max_limit = max_limit
        #: Sent with every request of the fixture.
        self.headers: dict[str, str] = {}

    def _setUp(self) -> None:
        folder = pathlib.Path(tempfile.mkdtemp(prefix="gnocchi-"))
        self.addCleanup(shutil.rmtree, folder, ignore_errors=True)
        url = self.useFixture(
            databases.DatabaseFixture("mariadb", migrated=False)
        ).url
        self._engine = sa.create_engine(url, poolclass=sa.NullPool)
        (folder / ".gnocchi").mkdir()
        (folder / "data").mkdir()
        conf = folder / ".gnocchi" / "gnocchi.conf"
        lines = [f"{key} = {value}" for key, value in self._middleware.items()]
        conf.write_text(
            CONFIGURATION.format(
                url=url,
                folder=folder,
                auth_mode=self._auth_mode,
                max_limit=self._max_limit,
            )
            + "\n".join(["[keystone_authtoken]", *lines, ""])
        )
        self._folder = folder
        self._run("gnocchi-upgrade", "--config-file", str(conf))
        self._start_metricd(conf)
        self.url = self.useFixture(
            wsgi_process.WSGIProcess("gnocchi.rest.wsgi", folder)
        ).url
        if self._auth_mode == "basic":
            self.prepare(auth=("admin", ""))

    def prepare(self, **access) -> None:
        """Make the archive policy.

        :param access: ``headers`` or ``auth`` of the requests.
        """
        self._access = access
        self.call(
            "POST",
            "/archive_policy",
            {
                "name": "rated",
                "aggregation_methods": list(METHODS),
                "back_window": 0,
                "definition": [
                    {"granularity": f"{seconds}s", "timespan": "500 days"}
                    for seconds in GRANULARITIES
                ],
            },
        )

    def _run(self, program: str, *arguments: str) -> None:
        with open(self._folder / "commands.log", "ab") as output:
            subprocess.run(
                [self._program(program), *arguments],
                stdout=output,
                stderr=output,
                timeout=_PROCESS_SECONDS,
                check=True,
            )

    def _program(self, name: str) -> pathlib.Path:
        return pathlib.Path(sys.executable).with_name(name)

    def _start_metricd(self, conf: pathlib.Path) -> None:
        with open(self._folder / "metricd.log", "ab") as output:
            process = subprocess.Popen(
                [self._program("gnocchi-metricd"), "--config-file", conf],
                stdout=output,
                stderr=output,
            )
        self._metricd = process
        self.addCleanup(_stop, process)

    def stop_metricd(self) -> None:
        """End the calculation of aggregates; it uses a processor at rest."""
        _stop(self._metricd)

    def call(self, method: str, path: str, body: object = None):
        """Send a request to ``/v1``, return the JSON answer."""
        answer = requests.request(
            method,
            f"{self.url}/v1{path}",
            json=body,
            timeout=_PROCESS_SECONDS,
            **self._access,
        )
        if not answer.ok:
            raise RuntimeError(f"{method} {path}: {answer.text[:500]}")
        return answer.json() if answer.content else None

    def make_type(self, name: str, *attributes: str) -> None:
        """Make a resource type with optional text attributes."""
        self.call(
            "POST",
            "/resource_type",
            {
                "name": name,
                "attributes": {
                    each: {"type": "string", "required": False}
                    for each in attributes
                },
            },
        )

    def add(
        self,
        resource_type: str,
        name: str,
        project_id: str | None,
        metrics: collections.abc.Iterable[str] = (),
        **attributes: object,
    ) -> str:
        """Add a resource, return its id."""
        made = self.call(
            "POST",
            f"/resource/{resource_type}",
            {
                "id": name,
                "project_id": project_id,
                "metrics": {
                    metric: {"archive_policy_name": "rated"}
                    for metric in metrics
                },
                **attributes,
            },
        )
        return made["id"]

    def change(
        self, resource_type: str, resource_id: str, **attributes: object
    ) -> None:
        """Change a resource: a new revision of it."""
        self.call(
            "PATCH", f"/resource/{resource_type}/{resource_id}", attributes
        )

    def measure(
        self,
        resource_type: str,
        resource_id: str,
        metric: str,
        samples: collections.abc.Iterable[tuple[float, float]],
    ) -> None:
        """Add samples: (Unix time, value)."""
        self.call(
            "POST",
            f"/resource/{resource_type}/{resource_id}/metric/{metric}"
            "/measures",
            [{"timestamp": at, "value": value} for at, value in samples],
        )

    def set_revisions(self, resource_id: str, *starts: str) -> None:
        """Set the begins of all revisions of a resource, oldest first.

        A revision ends where the next one begins.

        :param starts: in UTC, such as ``2026-11-01 00:00:00``.
        """
        binary = uuid.UUID(resource_id).bytes
        with self._engine.begin() as connection:
            for table in ("resource", "resource_history"):
                connection.execute(
                    sa.text(
                        f"UPDATE {table} SET started_at = :at WHERE id = :id"
                    ),
                    {"at": starts[0], "id": binary},
                )
            revisions = connection.scalars(
                sa.text(
                    "SELECT revision FROM resource_history WHERE id = :id "
                    "ORDER BY revision"
                ),
                {"id": binary},
            ).all()
            if len(revisions) != len(starts) - 1:
                raise ValueError(f"{len(revisions)} revisions, {starts}")
            for place, revision in enumerate(revisions):
                connection.execute(
                    sa.text(
                        "UPDATE resource_history SET revision_start = :begin,"
                        " revision_end = :end WHERE revision = :revision"
                    ),
                    {
                        "begin": starts[place],
                        "end": starts[place + 1],
                        "revision": revision,
                    },
                )
            connection.execute(
                sa.text(
                    "UPDATE resource SET revision_start = :at WHERE id = :id"
                ),
                {"at": starts[-1], "id": binary},
            )

    def process(self) -> None:
        """Wait until the aggregates of all samples are there."""
        deadline = time.monotonic() + _PROCESS_SECONDS
        while time.monotonic() < deadline:
            status = self.call("GET", "/status?details=true")
            if not status["storage"]["summary"]["measures"]:
                return
            time.sleep(0.2)
        raise RuntimeError("metricd does not process the samples")


def _stop(process: "subprocess.Popen[bytes]") -> None:
    process.terminate()
    try:
        process.wait(30)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
