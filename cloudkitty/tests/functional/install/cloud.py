# SPDX-License-Identifier: Apache-2.0
"""The servers that the guide assumes: Keystone, Prometheus and Redis."""

import datetime
import os
import pathlib

import fixtures

from cloudkitty.tests import base
from cloudkitty.tests import keystone
from cloudkitty.tests import listeners
from cloudkitty.tests import prometheus
from cloudkitty.tests.functional.install import mariadb
from cloudkitty.tests.functional.install import substitutes
from cloudkitty.tests.functional.install import usage
from cloudkitty.tests.galera import needs


def missing() -> list[str]:
    """Return the names of servers and programs that are not installed."""
    programs = ("curl", "nginx", "openssl")
    there = {
        **{name: needs.find(name) is not None for name in programs},
        "keystone": keystone.THERE,
        "prometheus": prometheus.installed(),
        "redis": listeners.redis_installed(),
    }
    return [
        *mariadb.missing(),
        *(name for name, found in there.items() if not found),
    ]


class Cloud(fixtures.Fixture):
    """The servers, and MariaDB as its package starts it.

    :param folder: for their files.
    :param home: home directory of the operator.
    :param series: of the page, with the project's id as ``PROJECT_ID``.
    """

    def __init__(
        self, folder: pathlib.Path, home: pathlib.Path, series: str
    ) -> None:
        super().__init__()
        self._folder = folder
        self._home = home
        self._series = series

    def _setUp(self) -> None:
        self.keystone = self.useFixture(keystone.Keystone())
        _add_admin_project(self.keystone)
        text = usage.openmetrics(
            self._series.replace("PROJECT_ID", self.keystone.project_id),
            datetime.datetime.now(datetime.UTC),
        )
        self._prometheus = self.useFixture(
            prometheus.PrometheusFixture(text, self._make("prometheus"))
        )
        self._redis = self.useFixture(listeners.Redis(self._make("redis")))
        self._mariadb = self.useFixture(
            mariadb.MariaDB(self._make("mariadb"), self._home)
        )

    def _make(self, name: str) -> pathlib.Path:
        folder = self._folder / name
        folder.mkdir()
        return folder

    def table(self, root: pathlib.Path) -> substitutes.Substitutes:
        """Return the page's places in this cloud.

        :param root: stands for ``/``.
        """
        return substitutes.Substitutes(
            substitutes.table(
                root=str(root),
                account=str(os.getgid()),
                api=f"127.0.0.1:{base.free_port()}",
                proxy=f"127.0.0.1:{base.free_port()}",
                database=self._mariadb.address,
                keystone=self.keystone.url,
                prometheus=self._prometheus.url,
                redis=self._redis.address,
                admin_password=keystone.PASSWORD,
                redis_password=listeners.PASSWORD,
                project_id=self.keystone.project_id,
            )
        )


def _add_admin_project(server: keystone.Keystone) -> None:
    """Add the project ``admin``, as ``keystone-manage bootstrap`` does."""
    project = server.call(
        "POST", "/projects", project={"name": "admin", "domain_id": "default"}
    )["project"]
    [user] = server.call("GET", "/users?name=admin")["users"]
    [role] = server.call("GET", "/roles?name=admin")["roles"]
    server.call(
        "PUT",
        f"/projects/{project['id']}/users/{user['id']}/roles/{role['id']}",
    )
