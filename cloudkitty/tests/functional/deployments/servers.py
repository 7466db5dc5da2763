# SPDX-License-Identifier: Apache-2.0
"""Servers that the deployments of one test process share."""

import datetime
import pathlib
import tempfile

import fixtures

from cloudkitty.tests import base
from cloudkitty.tests import database_servers
from cloudkitty.tests import gnocchi
from cloudkitty.tests import influxdb
from cloudkitty.tests import keystone
from cloudkitty.tests import listeners
from cloudkitty.tests import prometheus
from cloudkitty.tests import rabbitmq
from cloudkitty.tests.functional.deployments import usage

#: (Domain, project) in which the tools put the user ``cloudkitty``.
HOMES = (
    ("Default", "service"),
    ("service", "service"),
    ("service_domain", "services"),
)


def missing() -> list[str]:
    """Return the names of servers and libraries that are not available."""
    there = {
        "keystone": keystone.THERE,
        "gnocchi": gnocchi.THERE,
        "mariadb": not database_servers.missing("mariadb"),
        "rabbitmq": rabbitmq.there(),
        "prometheus": prometheus.installed(),
        "influxdb": influxdb.installed(),
        "memcached": listeners.memcached_installed(),
        "python-memcached": listeners.memcached_module_there(),
        "redis": listeners.redis_installed(),
    }
    return [name for name, found in there.items() if not found]


class Servers(fixtures.Fixture):
    """Keystone, and servers with the usage of project ``demo``.

    :ivar window: the three hours with usage.
    :ivar api_port: of the API of each deployment, one after the other: the
        catalogue of Keystone has it.
    """

    def _setUp(self) -> None:
        self.window = usage.window(datetime.datetime.now(datetime.UTC))
        self.api_port = base.free_port()
        folder = pathlib.Path(self.useFixture(fixtures.TempDir()).path)

        def listening(kind):
            home = pathlib.Path(tempfile.mkdtemp(dir=folder))
            return self.useFixture(kind(home))

        self.memcached = listening(listeners.Memcached)
        self.redis = listening(listeners.Redis)
        self.influxdb = listening(influxdb.InfluxDBFixture)
        self.keystone = self.useFixture(keystone.Keystone())
        self._fill_keystone()
        self.gnocchi = self._make_gnocchi()
        text = usage.openmetrics(self.keystone.project_id, self.window)
        self.prometheus = listening(
            lambda home: prometheus.PrometheusFixture(text, home)
        )

    def _fill_keystone(self) -> None:
        server = self.keystone
        roles = {
            role["name"]: role["id"]
            for role in server.call("GET", "/roles")["roles"]
        }
        roles["rating"] = server.make_role("rating")
        for domain, project in HOMES:
            _add_user(server, roles, domain, project)
        server.add_service("rating", f"http://127.0.0.1:{self.api_port}")

    def _make_gnocchi(self) -> gnocchi.Gnocchi:
        server = self.useFixture(
            gnocchi.Gnocchi(
                auth_mode="keystone",
                middleware=self.keystone.middleware_options(),
            )
        )
        self.keystone.add_service("metric", server.url)
        server.prepare(headers={"X-Auth-Token": self.keystone.token("admin")})
        usage.fill_gnocchi(server, self.keystone.project_id, self.window)
        return server


def _add_user(server, roles, domain: str, project: str) -> None:
    """Add a service user as the tools do: admin in its own project."""
    domains = server.call("GET", f"/domains?name={domain}")["domains"]
    if not domains:
        made = server.call("POST", "/domains", domain={"name": domain})
        domains = [made["domain"]]
    domain_id = domains[0]["id"]
    query = f"/projects?name={project}&domain_id={domain_id}"
    projects = server.call("GET", query)["projects"]
    if not projects:
        body = {"name": project, "domain_id": domain_id}
        projects = [server.call("POST", "/projects", project=body)["project"]]
    user = server.call(
        "POST",
        "/users",
        user={
            "name": "cloudkitty",
            "domain_id": domain_id,
            "password": keystone.PASSWORD,
        },
    )["user"]
    for project_id, role in (
        (projects[0]["id"], "admin"),
        (projects[0]["id"], "service"),
        (server.project_id, "rating"),
    ):
        server.call(
            "PUT",
            f"/projects/{project_id}/users/{user['id']}/roles/{roles[role]}",
        )
