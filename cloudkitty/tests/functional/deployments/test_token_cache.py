# SPDX-License-Identifier: Apache-2.0
"""``memcached_servers``, which most tools write, without its library."""

import os
import pathlib
import subprocess
import sys

import cloudkitty
from cloudkitty.tests import base
from cloudkitty.tests import databases
from cloudkitty.tests.functional.deployments import rendering

TOP = pathlib.Path(cloudkitty.__file__).parents[1]
CONFIGURATION = """
[DEFAULT]
transport_url = fake://
api_paste_config = {etc}/api_paste.ini
[database]
connection = {database}
[collect]
collector = openmetrics
metrics_conf = {etc}/metrics.yml
[fetcher]
backend = source
[storage]
backend = sqlalchemy
[keystone_authtoken]
auth_url = http://127.0.0.1:1/v3
auth_type = password
memcached_servers = 127.0.0.1:11211
memcache_security_strategy = ENCRYPT
memcache_secret_key = not-a-secret
"""
#: Hides the library where it is installed.
PROGRAM = (
    "import sys; sys.modules['memcache'] = None; import cloudkitty.wsgi.api"
)


class TestWithoutLibrary(base.TestCase):
    def test_the_api_does_not_start(self):
        path = self.make_folder() / "cloudkitty.conf"
        path.write_text(
            CONFIGURATION.format(
                etc=rendering.ETC, database=databases.make_url(self)
            )
        )
        done = subprocess.run(
            [sys.executable, "-W", "ignore", "-c", PROGRAM],
            env={
                **os.environ,
                "OS_CLOUDKITTY_CONFIG_FILES": str(path),
                "PYTHONPATH": str(TOP),
            },
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        # gunicorn ends with a worker that exits with 3.
        self.assertEqual(3, done.returncode, done.stderr)
        self.assertNotIn("Traceback", done.stderr)
        [line] = [
            line
            for line in done.stderr.splitlines()
            if line.startswith("cloudkitty-api: ")
        ]
        self.assertIn(
            "[keystone_authtoken] memcached_servers needs the Python package "
            "python-memcached, which is not installed",
            line,
        )
