# SPDX-License-Identifier: Apache-2.0
"""Clients that send half a body: the shipped examples hold against them."""

import contextlib
import os
import pathlib
import re
import shutil
import socket
import subprocess
import sys
import time

import requests

from cloudkitty.tests import base
from cloudkitty.tests import nginx
from cloudkitty.tests.fakes import api
from cloudkitty.tests.functional.api import noauth

EXAMPLES = api.PASTE.parent
#: Seconds: on a busy host, and until a stalled body is given up.
PATIENCE = 60
BODY_SECONDS = 10
HALF = (
    b"POST /v1/rating/quote HTTP/1.1\r\nHost: x\r\n"
    b"Content-Type: application/json\r\nContent-Length: 100000\r\n\r\n{"
)


class SlowCase(base.TestCase):
    def setUp(self):
        super().setUp()
        self.folder = self.make_folder()
        self.api_port = self.port = base.free_port()

    def start_process(self, *command, **environ):
        process = subprocess.Popen(
            [str(word) for word in command],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={**os.environ, **environ},
        )
        self.addCleanup(process.wait)
        self.addCleanup(process.terminate)
        return process

    def start_gunicorn(self):
        conf = noauth.write(self, self.folder)
        process = self.start_process(
            pathlib.Path(sys.executable).with_name("gunicorn"),
            f"--config={EXAMPLES / 'gunicorn.conf.py'}",
            f"--bind=127.0.0.1:{self.api_port}",
            "--workers=1",
            "--threads=4",
            "--no-control-socket",
            "cloudkitty.wsgi.api:application",
            OS_CLOUDKITTY_CONFIG_FILES=str(conf),
        )
        self.wait_for(process, self.api_port)

    def wait_for(self, process, port):
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            self.assertIsNone(process.poll(), "it ended")
            with contextlib.suppress(requests.RequestException):
                return requests.get(
                    f"http://127.0.0.1:{port}/", timeout=PATIENCE
                )
            time.sleep(0.2)
        self.fail("it does not answer")

    def attack(self, number):
        """Return connections on which half a request was sent."""
        attackers = []
        for _ in range(number):
            attacker = socket.create_connection(("127.0.0.1", self.port))
            self.addCleanup(attacker.close)
            attacker.sendall(HALF)
            attackers.append(attacker)
        # They are in before others ask.
        time.sleep(0.5)
        return attackers

    def drip(self, attacker, seconds):
        """Send a byte now and then, until the peer has had enough."""
        began = time.monotonic()
        attacker.settimeout(1)
        while time.monotonic() - began < seconds:
            with contextlib.suppress(TimeoutError):
                try:
                    attacker.sendall(b" ")
                    received = attacker.recv(1000)
                except ConnectionError:
                    received = b""
                return received, time.monotonic() - began
        self.fail("the connection is still open")

    def ask(self, **headers):
        """Return a good answer and the seconds it took."""
        began = time.monotonic()
        answer = requests.get(
            f"http://127.0.0.1:{self.port}/v2/task/reprocesses",
            headers=headers,
            timeout=PATIENCE,
        )
        self.assertEqual(200, answer.status_code)
        return answer, time.monotonic() - began


class TestGunicorn(SlowCase):
    def test_a_body_has_its_time(self):
        self.start_gunicorn()
        # One for each thread: no other request is served during the attack.
        attackers = self.attack(4)
        received, seconds = self.drip(attackers[0], 3 * BODY_SECONDS)
        self.assertIn(b" 400 ", received)
        self.assertLess(seconds, 2 * BODY_SECONDS)
        self.ask()

    def test_threads_are_left_for_others(self):
        self.start_gunicorn()
        self.attack(3)
        _, seconds = self.ask()
        self.assertLess(seconds, BODY_SECONDS / 2)


class ProxyCase(SlowCase):
    #: More than there are threads behind the proxy.
    ATTACKERS = 20

    def start_proxy(self, command):
        self.port = base.free_port()
        text = self.example.read_text()
        for pattern, new in (
            (r"192\.0\.2\.10:8889 ssl( crt \S+)?", f"127.0.0.1:{self.port}"),
            (r"127\.0\.0\.1:8889", f"127.0.0.1:{self.api_port}"),
            (r"(?m)^ *ssl_certificate.*$", ""),
        ):
            text, count = re.subn(pattern, new, text)
            self.assertTrue(count or "certificate" in pattern, pattern)
        config = self.folder / "proxy.conf"
        config.write_text(self.wrap(text))
        self.wait_for(self.start_process(*command, config), self.port)

    def wrap(self, text):
        return text

    def check(self, program, *arguments):
        found = shutil.which(program, path=f"{os.environ['PATH']}:/usr/sbin")
        self.need(program, found is not None)
        self.start_gunicorn()
        self.start_proxy([found, *arguments])
        attackers = self.attack(self.ATTACKERS)
        _, seconds = self.ask()
        self.assertLess(seconds, BODY_SECONDS / 2)
        # No request has reached the API: all its threads are free.
        self.port, proxy = self.api_port, self.port
        self.assertLess(self.ask()[1], BODY_SECONDS / 2)
        self.port = proxy
        for attacker in attackers:
            attacker.close()
        self.check_headers()

    def check_headers(self):
        """Headers of a client about proxies are ignored."""
        for header, value in (
            ("Forwarded", "proto=gopher;host=evil"),
            ("X-Forwarded-Proto", "gopher"),
            ("X-Forwarded-Host", "evil"),
            ("X-Forwarded-Prefix", "/evil"),
        ):
            answer = requests.get(
                f"http://127.0.0.1:{self.port}/",
                headers={header: value},
                timeout=PATIENCE,
            )
            self.assertEqual(200, answer.status_code, answer.text)
            self.assertNotIn("evil", answer.text, header)
            self.assertNotIn("gopher", answer.text, header)
            self.assertIn(f"://127.0.0.1:{self.port}/", answer.text)


class TestNginx(ProxyCase):
    example = EXAMPLES / "nginx.conf"

    def wrap(self, text):
        return nginx.configuration(self.folder, text)

    def test_slow_bodies_stay_in_the_proxy(self):
        self.check("nginx", "-c")


class TestHaproxy(ProxyCase):
    example = EXAMPLES / "haproxy.cfg"

    def test_slow_bodies_stay_in_the_proxy(self):
        self.check("haproxy", "-db", "-f")
