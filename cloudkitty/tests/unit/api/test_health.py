# SPDX-License-Identifier: Apache-2.0
"""The application ``/healthcheck`` and its options."""

import json
import time

import webtest

from cloudkitty import conf as ck_conf
from cloudkitty.api import app
from cloudkitty.api import health
from cloudkitty.tests import base
from cloudkitty.tests.fakes import api

_OLD_FACTORY = "paste.app_factory = oslo_middleware:Healthcheck.app_factory"
_FACTORY = "paste.app_factory = cloudkitty.api.health:app_factory"


class TestHealthcheck(base.TestCase):
    def serve(self, options="", paste=None):
        folder = self.make_folder()
        conf_file = folder / "cloudkitty.conf"
        conf_file.write_text(f"[DEFAULT]\nauth_strategy = noauth\n{options}")
        conf = ck_conf.make(
            argv=[f"--config-file={conf_file}"], default_config_files=[]
        )
        path = folder / "api_paste.ini"
        path.write_text(paste or api.PASTE.read_text())
        conf.set_override("api_paste_config", str(path))
        self.services = api.make_services(self, conf=conf)
        return webtest.TestApp(app.load(conf, self.services))

    def ask(self, served, status, kind="application/json"):
        return served.get(
            "/healthcheck", headers={"Accept": kind}, status=status
        )

    def test_healthy(self):
        answer = self.ask(self.serve(), 200)
        self.assertEqual(
            {"detailed": False, "reasons": ["OK", "OK", "OK"]}, answer.json
        )
        served = self.serve()
        self.assertEqual(204, served.head("/healthcheck").status_int)

    def test_detailed_view_by_an_option(self):
        answer = self.ask(self.serve("[healthcheck]\ndetailed = true\n"), 200)
        self.assertTrue(answer.json["detailed"])
        classes = answer.json["reasons"]
        self.assertIn("revision", json.dumps(classes))

    def test_paste_file_goes_first(self):
        paste = api.PASTE.read_text().replace(
            _FACTORY, f"{_FACTORY}\ndetailed = false\nunknown = 1"
        )
        served = self.serve("[healthcheck]\ndetailed = true\n", paste)
        self.assertFalse(self.ask(served, 200).json["detailed"])

    def test_disabled_by_a_file(self):
        path = self.make_folder() / "off"
        paste = api.PASTE.read_text().replace(
            "/etc/cloudkitty/healthcheck_disable", str(path)
        )
        served = self.serve(paste=paste)
        self.ask(served, 200)
        path.touch()
        answer = self.ask(served, 503)
        self.assertIn("DISABLED BY FILE", answer.json["reasons"])

    def test_factory_of_an_earlier_paste_file(self):
        paste = api.PASTE.read_text().replace(_FACTORY, _OLD_FACTORY)
        self.ask(self.serve(paste=paste), 200)

    def test_one_probe_and_one_read(self):
        served = self.serve()
        [key] = [
            key
            for key in health._probes
            if key == self.services.conf.database.connection
        ]
        probe = health._probes[key]
        reads = []
        ask = probe._ask
        probe._ask = lambda: reads.append(1) or ask()
        began = time.monotonic()
        for _ in range(3):
            self.ask(served, 200)
        if time.monotonic() - began < health.CACHE_SECONDS:
            self.assertEqual(1, len(reads))

    def test_blocked_probe(self):
        """A second request does not wait for the first one endlessly."""
        conf = self.make_conf(database={"connection": "sqlite://"})
        probe = health.Probe(conf)
        probe._lock.acquire()
        self.assertEqual("timeout", probe.read().details)
