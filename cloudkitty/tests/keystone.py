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

THERE = importlib.util.find_spec("keystone") is not None

#: Password of every user.
PASSWORD = "not-a-secret"
#: Seconds that Keystone may take to answer first, on a busy host.
START_SECONDS = 120

CONFIGURATION = """\
[DEFAULT]
use_stderr = true
[database]
connection = sqlite:///{folder}/keystone.sqlite
[identity]
# The lowest cost: these passwords need no protection.
password_hash_rounds = 4
[token]
provider = fernet
[fernet_tokens]
key_repository = {folder}/fernet
[credential]
key_repository = {folder}/credential
[cache]
enabled = true
backend = oslo_cache.dict
"""


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
        for name in ("fernet", "credential"):
            (self.folder / name).mkdir(mode=0o700)
        self._conf = self.folder / "keystone.conf"
        self._conf.write_text(CONFIGURATION.format(folder=self.folder))
        self._manage("db_sync")
        self._manage(
            "fernet_setup",
            "--keystone-user",
            str(os.getuid()),
            "--keystone-group",
            str(os.getgid()),
        )
        self.url = f"http://127.0.0.1:{self._start()}/v3"
        self._manage(
            "bootstrap",
            "--bootstrap-password",
            PASSWORD,
            "--bootstrap-project-name",
            "demo",
            *(
                part
                for kind in ("admin", "public", "internal")
                for part in (f"--bootstrap-{kind}-url", self.url)
            ),
            "--bootstrap-region-id",
            "RegionOne",
        )
        self._wait()
        self._make_users()

    def _log(self):
        return open(self.folder / "keystone.log", "ab")

    def _manage(self, *arguments: str) -> None:
        program = pathlib.Path(sys.executable).with_name("keystone-manage")
        with self._log() as output:
            status = subprocess.run(
                [program, "--config-file", self._conf, *arguments],
                stdout=output,
                stderr=output,
                check=False,
            ).returncode
        if status:
            raise RuntimeError(f"{arguments[0]}: {self._tail()}")

    def _tail(self) -> str:
        log = (self.folder / "keystone.log").read_text(errors="replace")
        return log[-2000:]

    def _start(self) -> int:
        """Start the server, return its port."""
        with self._log() as output:
            process = subprocess.Popen(
                [
                    sys.executable,
                    "-m",
                    "cloudkitty.tests.wsgi_server",
                    "keystone.wsgi.api",
                ],
                env={
                    **os.environ,
                    "OS_KEYSTONE_CONFIG_FILES": str(self._conf),
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
            raise RuntimeError(f"Keystone did not start: {self._tail()}")
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
        raise RuntimeError(f"Keystone does not answer: {self._tail()}")

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
            user = self.call(
                "POST",
                "/users",
                user={
                    "name": name,
                    "domain_id": "default",
                    "password": PASSWORD,
                },
            )["user"]
            if role is None:
                continue
            self.call(
                "PUT",
                f"/projects/{project}/users/{user['id']}/roles/{roles[role]}",
            )
        [admin] = self.call("GET", "/users?name=admin")["users"]
        self.call(
            "PUT",
            f"/domains/default/users/{admin['id']}/roles/{roles['admin']}",
        )

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
        user = self.call(
            "POST",
            "/users",
            user={
                "name": name,
                "domain_id": "default",
                "password": PASSWORD,
            },
        )["user"]
        path = f"/projects/{self.project_id}/users/{user['id']}"
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
