# SPDX-License-Identifier: Apache-2.0
"""A real OpenSearch for tests, built by ``tools/opensearch/build``."""

import atexit
import contextlib
import functools
import os
import pathlib
import shutil
import subprocess
import tempfile
import time
import uuid

import requests

from cloudkitty.tests import base

#: Names a server to use instead of an own node.
VARIABLE = "CLOUDKITTY_TEST_OPENSEARCH"
#: At import: each test has a home directory of its own.
_ENVIRONMENT = dict(os.environ)
#: At import: the temporary folder of a test ends with that test.
_TEMPORARY = tempfile.gettempdir()
_BUILD = pathlib.Path(__file__).parents[2] / "tools" / "opensearch" / "build"
_START_SECONDS = 400
_JAVA = ["-Xms256m", "-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"]


class Node:
    """One node on 127.0.0.1, which ends with this process.

    :param folder: for its data and its log.
    :param master: the node that this one joins as a second data node; None:
        it is a cluster of its own.
    :ivar url: of its API.
    """

    def __init__(
        self, folder: pathlib.Path, master: "Node | None" = None
    ) -> None:
        self._transport = base.free_port()
        port = base.free_port()
        self.url = f"http://127.0.0.1:{port}"
        self._log = folder / "node.log"
        self.cluster = master.cluster if master else uuid.uuid4().hex[:8]
        first = master._transport if master else self._transport
        settings = {
            "path.home": str(folder),
            "network.host": "127.0.0.1",
            "http.port": port,
            "transport.port": self._transport,
            "cluster.name": self.cluster,
            "node.name": "second" if master else "first",
            "discovery.seed_hosts": f"127.0.0.1:{first}",
            # The data of a test are few, and the disk may be nearly full.
            "cluster.routing.allocation.disk.threshold_enabled": "false",
        }
        if master is None:
            settings["cluster.initial_cluster_manager_nodes"] = "first"
        else:
            settings["node.roles"] = "data"
        self._process = self._start(settings)

    def _start(self, settings: dict[str, object]) -> "subprocess.Popen[bytes]":
        home = _folder_of_jars()
        command = ["java", *_JAVA]
        command += ["-cp", f"{home}/classes:{home}/lib/*", "TestNode"]
        command += [f"{name}={value}" for name, value in settings.items()]
        with open(self._log, "wb") as log:
            # The node ends when its standard input does.
            return subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=log, stderr=log
            )

    def wait(self, nodes: int = 1) -> "Node":
        """Wait until the cluster has this many nodes."""
        limit = time.monotonic() + _START_SECONDS
        while time.monotonic() < limit and self._process.poll() is None:
            with contextlib.suppress(requests.RequestException, ValueError):
                found = requests.get(f"{self.url}/_cluster/health", timeout=5)
                if found.json()["number_of_nodes"] >= nodes:
                    return self
            time.sleep(0.2)
        self.kill()
        log = self._log.read_text(errors="replace")
        raise RuntimeError(f"opensearch does not start: {log[-2000:]}")

    def kill(self) -> None:
        """End the node at once."""
        self._process.kill()
        self._process.wait()
        if self._process.stdin:
            self._process.stdin.close()


@functools.cache
def _folder_of_jars() -> str | None:
    """Return the folder that ``tools/opensearch/build`` has filled."""
    if not (shutil.which("java") and _BUILD.exists()):
        return None
    found = subprocess.run(
        [str(_BUILD), "--path"],
        capture_output=True,
        text=True,
        timeout=60,
        env=_ENVIRONMENT,
    )
    return found.stdout.strip() if found.returncode == 0 else None


def need(test: base.TestCase) -> None:
    """Skip a test that needs nodes of its own, if there is no launcher."""
    test.need(
        "opensearch (Java and tools/opensearch/build)",
        _folder_of_jars() is not None,
    )


@functools.cache
def _shared_node() -> Node:
    """Return the node of all tests in this process."""
    folder = pathlib.Path(
        tempfile.mkdtemp(prefix="cloudkitty-opensearch-", dir=_TEMPORARY)
    )
    node = Node(folder)

    def end() -> None:
        node.kill()
        shutil.rmtree(folder, ignore_errors=True)

    atexit.register(end)
    return node.wait()


def url(test: base.TestCase) -> str:
    """Return the URL of a server; skip the test without a server."""
    named = os.environ.get(VARIABLE)
    if named:
        return named
    need(test)
    return _shared_node().url


def make_index(test: base.TestCase) -> str:
    """Return a name of an index or data stream that ends with the test."""
    server = url(test)
    name = f"ck-{uuid.uuid4().hex}"

    def end() -> None:
        for path in (name, f"_data_stream/{name}", f"_index_template/{name}"):
            requests.delete(f"{server}/{path}", timeout=60)

    test.addCleanup(end)
    return name
