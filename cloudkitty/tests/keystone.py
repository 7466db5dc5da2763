# SPDX-License-Identifier: Apache-2.0
"""A real Keystone with a few users, for functional tests."""

import importlib.util
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

import fixtures
import requests

from cloudkitty.tests import keystone_files

THERE = importlib.util.find_spec("keystone") is not None

PASSWORD = keystone_files.PASSWORD
#: Seconds that Keystone may take to answer first, on a busy host.
START_SECONDS = 120


class Keystone(fixtures.Fixture):
    """Keystone with its users ``admin``, ``member``, ``reader``, ``service``.

    Each has the role of its name in project ``demo`` (``service`` in project
    ``service``); ``admin`` has its role in the domain and the system too.
    ``other`` is a reader of project ``other``. ``norole`` has no role.

    Attributes: ``url`` (with ``/v3``), ``project_id`` of ``demo``,
    ``other_project_id``.
    """

    def _setUp(self) -> None:
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="keystone-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        keystone_files.copy(self.folder)
        self.url = f"http://127.0.0.1:{self._start()}/v3"
        self._wait()
        self._make_users()

    def _start(self) -> int:
        """Start the server, return its port."""
        with open(self.folder / keystone_files.LOG, "ab") as output:
            process = subprocess.Popen(
                [
                    sys.executable,
                    "-m",
                    "cloudkitty.tests.wsgi_server",
                    "keystone.wsgi.api",
                ],
                env={
                    **os.environ,
                    "OS_KEYSTONE_CONFIG_FILES": str(
                        self.folder / keystone_files.CONFIGURATION
                    ),
                },
                stdout=subprocess.PIPE,
                stderr=output,
            )
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        self._process = process
        line = process.stdout.readline()
        if not line:
            raise RuntimeError(
                f"Keystone did not start: {keystone_files.tail(self.folder)}"
            )
        return int(line)

    def _wait(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            try:
                if requests.get(self.url, timeout=START_SECONDS).ok:
                    return
            except requests.ConnectionError:
                if self._process.poll() is not None:
                    break
            time.sleep(0.1)
        raise RuntimeError(
            f"Keystone does not answer: {keystone_files.tail(self.folder)}"
        )

    def call(self, method: str, path: str, **body):
        """Send a request as the administrator, return the JSON answer."""
        answer = requests.request(
            method,
            self.url + path,
            json=body or None,
            headers={"X-Auth-Token": self._admin_token},
            timeout=START_SECONDS,
        )
        answer.raise_for_status()
        return answer.json() if answer.content else None

    def _make_users(self) -> None:
        self._admin_token = self.token("admin")
        self.add_service("identity", self.url)
        [project] = self.call("GET", "/projects?name=demo")["projects"]
        self.project_id = project["id"]
        roles = {
            role["name"]: role["id"]
            for role in self.call("GET", "/roles")["roles"]
        }
        services = self._make_project("service")
        self.other_project_id = self._make_project("other")
        for name, role, project in (
            ("member", "member", self.project_id),
            ("reader", "reader", self.project_id),
            ("service", "service", services),
            ("other", "reader", self.other_project_id),
            ("norole", None, None),
        ):
            user_id = self._make_user(name)
            if role is None:
                continue
            self.call(
                "PUT",
                f"/projects/{project}/users/{user_id}/roles/{roles[role]}",
            )
        [admin] = self.call("GET", "/users?name=admin")["users"]
        self.call(
            "PUT",
            f"/domains/default/users/{admin['id']}/roles/{roles['admin']}",
        )

    def _make_user(self, name: str) -> str:
        """Make a user without roles, return its id."""
        return self.call(
            "POST",
            "/users",
            user={
                "name": name,
                "domain_id": "default",
                "password": PASSWORD,
            },
        )["user"]["id"]

    def _make_project(self, name: str) -> str:
        """Make a project, return its id."""
        return self.call(
            "POST",
            "/projects",
            project={"name": name, "domain_id": "default"},
        )["project"]["id"]

    def make_role(self, name: str) -> str:
        """Make a role, return its id."""
        return self.call("POST", "/roles", role={"name": name})["role"]["id"]

    def add_service(self, kind: str, url: str) -> None:
        """Put a service and its endpoints into the catalogue."""
        service = self.call(
            "POST", "/services", service={"type": kind, "name": kind}
        )["service"]
        for interface in ("public", "internal", "admin"):
            self.call(
                "POST",
                "/endpoints",
                endpoint={
                    "interface": interface,
                    "region_id": "RegionOne",
                    "service_id": service["id"],
                    "url": url,
                },
            )

    def move_service(self, kind: str, url: str) -> None:
        """Change the URL of a service in the catalogue."""
        [service] = self.call("GET", f"/services?type={kind}")["services"]
        found = self.call("GET", f"/endpoints?service_id={service['id']}")
        for endpoint in found["endpoints"]:
            self.call(
                "PATCH", f"/endpoints/{endpoint['id']}", endpoint={"url": url}
            )

    def add_user(self, name: str, role: str) -> None:
        """Make a user with a role in project ``demo``."""
        [found] = self.call("GET", f"/roles?name={role}")["roles"]
        path = f"/projects/{self.project_id}/users/{self._make_user(name)}"
        self.call("PUT", f"{path}/roles/{found['id']}")

    def revoke(self, token: str) -> None:
        """Make a token invalid."""
        requests.delete(
            self.url + "/auth/tokens",
            headers={
                "X-Auth-Token": self._admin_token,
                "X-Subject-Token": token,
            },
            timeout=START_SECONDS,
        ).raise_for_status()

    def token(self, user: str, scope: object = None) -> str:
        """Return a token of ``user``.

        :param scope: of the token as Keystone's API has it
            (``"unscoped"`` for none); None for project ``demo``.
        """
        domain = {"id": "default"}
        answer = requests.post(
            self.url + "/auth/tokens",
            json={
                "auth": {
                    "identity": {
                        "methods": ["password"],
                        "password": {
                            "user": {
                                "name": user,
                                "domain": domain,
                                "password": PASSWORD,
                            }
                        },
                    },
                    "scope": scope
                    or {"project": {"name": "demo", "domain": domain}},
                }
            },
            timeout=START_SECONDS,
        )
        answer.raise_for_status()
        return answer.headers["X-Subject-Token"]

    def middleware_options(self) -> dict[str, str]:
        """Return the options of ``[keystone_authtoken]`` for this Keystone."""
        return {
            "auth_type": "password",
            "auth_url": self.url,
            "www_authenticate_uri": self.url,
            "username": "service",
            "password": PASSWORD,
            "project_name": "service",
            "user_domain_id": "default",
            "project_domain_id": "default",
        }

    def options(self, user: str) -> list[str]:
        """Return the words of a client's command line for a user.

        :param user: one with a role in project ``demo``.
        """
        return [
            *("--os-auth-type", "password"),
            *("--os-auth-url", self.url),
            *("--os-username", user),
            *("--os-password", PASSWORD),
            *("--os-user-domain-id", "default"),
            *("--os-project-name", "demo"),
            *("--os-project-domain-id", "default"),
        ]
