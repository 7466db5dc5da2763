# SPDX-License-Identifier: Apache-2.0
"""The development server, as a process and over sockets."""

import os
import pathlib
import signal
import socket
import subprocess
import sys
import time

import requests

from cloudkitty import conf as ck_conf
from cloudkitty.db import facade
from cloudkitty.tests import base
from cloudkitty.tests import databases
from cloudkitty.tests.fakes import api
from cloudkitty.tests.functional.api import data

CONF = """\
[DEFAULT]
auth_strategy = noauth
transport_url = fake://
api_paste_config = {paste}
[database]
connection = {url}
[api]
port = {port}
"""
#: Seconds, on a busy host.
PATIENCE = 60


class TestServer(base.TestCase):
    def setUp(self):
        super().setUp()
        self.port = base.free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.file = self.make_folder() / "cloudkitty.conf"
        self.file.write_text(
            CONF.format(
                paste=api.PASTE,
                url=databases.make_url(self),
                port=self.port,
            )
        )

    def start(self, *arguments):
        process = subprocess.Popen(
            [
                pathlib.Path(sys.executable).with_name("cloudkitty-api"),
                f"--config-file={self.file}",
                *arguments,
            ],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.addCleanup(process.stderr.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        return process

    def wait(self, process):
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            try:
                return requests.get(self.url, timeout=PATIENCE)
            except requests.ConnectionError:
                self.assertIsNone(process.poll(), "it ended")
                time.sleep(0.1)
        self.fail("it does not answer")

    def talk(self, text):
        """Send bytes unchanged; return the whole reply."""
        with socket.create_connection(("127.0.0.1", self.port)) as connection:
            connection.settimeout(PATIENCE)
            connection.sendall(text)
            received = b""
            while piece := connection.recv(65536):
                received += piece
        return received

    def test_it_serves_and_ends(self):
        for number in (signal.SIGTERM, signal.SIGINT):
            process = self.start()
            self.assertEqual(200, self.wait(process).status_code)
            os.kill(process.pid, number)
            self.assertEqual(0, process.wait(PATIENCE))

    def test_requests_over_a_socket(self):
        self.wait(self.start())
        path = "/v2/task/reprocesses/a%2Fb"
        answer = requests.get(f"{self.url}{path}", timeout=PATIENCE)
        self.assertEqual(404, answer.status_code)
        self.assertIn("'a/b'", answer.json()["message"])
        # Refused before the body is read: the answer still arrives.
        answer = requests.post(
            f"{self.url}/v2/task/reprocesses",
            data=b"x" * 500_000,
            headers={"Content-Type": "application/json"},
            timeout=PATIENCE,
        )
        self.assertEqual(413, answer.status_code)
        for request, status in (
            (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", b"200"),
            (b"OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n", b"200"),
            (b"GET http://x/v2 HTTP/1.1\r\nHost: x\r\n\r\n", b"404"),
            (b"GET /%00 HTTP/1.1\r\n\r\n", b"404"),
            (b"GET /\xff HTTP/1.1\r\n\r\n", b"400"),
            (b"HEAD /v2 HTTP/1.0\r\n\r\n", b"200"),
            (
                b"POST /v2/task/reprocesses HTTP/1.1\r\nHost: x\r\n"
                b"Transfer-Encoding: chunked\r\n"
                b"Content-Type: application/json\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
                b"411",
            ),
        ):
            received = self.talk(request)
            self.assertEqual(status, received.split(b" ")[1], received)

    def test_a_port_that_is_taken(self):
        with socket.socket() as other:
            other.bind(("127.0.0.1", 0))
            other.listen()
            process = self.start(f"--port={other.getsockname()[1]}")
            _, complaint = process.communicate(timeout=PATIENCE)
        self.assertEqual(1, process.returncode)
        self.assertIn("port", complaint)

    def test_the_application_for_wsgi_servers(self):
        program = (
            "import webob\n"
            "from cloudkitty.wsgi import api\n"
            "request = webob.Request.blank('/v2')\n"
            "print(request.get_response(api.application).status)"
        )
        done = subprocess.run(
            [sys.executable, "-c", program],
            env={
                **os.environ,
                "OS_CLOUDKITTY_CONFIG_FILES": str(self.file),
            },
            capture_output=True,
            text=True,
            timeout=PATIENCE,
        )
        # Before it stands the log, whose default is the standard output.
        self.assertEqual("200 OK", done.stdout.splitlines()[-1], done.stderr)

    def test_the_stock_client(self):
        conf = ck_conf.make(
            argv=[f"--config-file={self.file}"], default_config_files=[]
        )
        services = api.services_of(conf, facade.Database(conf))
        self.addCleanup(services.database.dispose)
        data.fill(services)
        self.wait(self.start())
        for arguments, word in (
            (["scope", "state", "get"], "project-2"),
            (["summary", "get", "-g", "type"], "volume"),
        ):
            done = subprocess.run(
                [
                    pathlib.Path(sys.executable).with_name("cloudkitty"),
                    "--os-auth-type=cloudkitty-noauth",
                    f"--os-endpoint={self.url}",
                    *arguments,
                ],
                capture_output=True,
                text=True,
                timeout=PATIENCE,
            )
            self.assertEqual(0, done.returncode, done.stderr)
            self.assertIn(word, done.stdout)
