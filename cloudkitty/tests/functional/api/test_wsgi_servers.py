# SPDX-License-Identifier: Apache-2.0
"""The API under uWSGI and Apache, on the configurations that are shipped.

``test_slow_bodies`` starts that of gunicorn.
"""

import contextlib
import os
import pathlib
import re
import shutil
import subprocess
import sys
import sysconfig
import time

import requests

from cloudkitty.tests import base
from cloudkitty.tests.fakes import api
from cloudkitty.tests.functional.api import noauth

CONTRIB = api.PASTE.parents[2] / "contrib"
MODULES = pathlib.Path("/usr/lib/apache2/modules")
#: Seconds until a server answers on a busy host.
PATIENCE = 60
#: What Debian's configuration of Apache has. ``conf`` is ours.
APACHE = """\
ServerRoot {folder}
ServerName localhost
PidFile {folder}/apache.pid
ErrorLog {folder}/log
WSGISocketPrefix {folder}/wsgi
{modules}
{conf}
"""
#: Apache refuses to serve as root: for its own files, root is another user.
_AS_USER = (
    ("unshare", "--user", "--map-user=1000", "--map-group=1000")
    if os.getuid() == 0
    else ()
)


class ServerCase(base.TestCase):
    def setUp(self):
        super().setUp()
        self.folder = self.make_folder()
        # For the user of the server.
        self.folder.chmod(0o755)
        self.conf = noauth.write(self, self.folder)
        self.port = base.free_port()
        self.log = self.folder / "log"

    def start(self, *command, **environ):
        with open(self.log, "ab") as output:
            process = subprocess.Popen(
                [str(word) for word in command],
                cwd=self.folder,
                env={
                    **os.environ,
                    "OS_CLOUDKITTY_CONFIG_FILES": str(self.conf),
                    **environ,
                },
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )
        self.addCleanup(process.wait)
        self.addCleanup(process.terminate)
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline and process.poll() is None:
            with contextlib.suppress(requests.RequestException):
                return self.request("GET", "/")
            time.sleep(0.2)
        self.fail(f"it does not answer: {self.log.read_text()[-3000:]}")

    def request(self, method, path, **options):
        return requests.request(
            method,
            f"http://127.0.0.1:{self.port}{path}",
            timeout=PATIENCE,
            **options,
        )

    def post(self, body):
        return self.request(
            "POST",
            "/v2/task/reprocesses",
            data=body,
            headers={"Content-Type": "application/json"},
        )

    def check(self):
        """The answers that a server could spoil."""
        got = self.request("GET", "/v2/task/reprocesses")
        said = f"{got.text} {self.log.read_text()[-3000:]}"
        self.assertEqual(200, got.status_code, said)
        self.assertEqual([], got.json())
        # An encoded slash is part of the name.
        got = self.request("GET", "/v2/task/reprocesses/a%2Fb")
        self.assertEqual(404, got.status_code)
        self.assertIn("a/b", got.text)
        got = self.post(b"[")
        self.assertEqual(400, got.status_code, got.text)
        # uWSGI closes the connection.
        with contextlib.suppress(requests.ConnectionError):
            got = self.post(b" " * (2 * 1024 * 1024))
            self.assertEqual(413, got.status_code, got.text)
        self.assertEqual(200, self.request("GET", "/").status_code)
        self.assertNotIn("Traceback", self.log.read_text())


class TestUWSGI(ServerCase):
    def test_example(self):
        program = pathlib.Path(sys.executable).with_name("uwsgi")
        self.need("uwsgi", program.exists())
        text = (api.PASTE.parent / "uwsgi.ini").read_text()
        ini = self.folder / "uwsgi.ini"
        # Its own port, and less to start.
        ini.write_text(
            text.replace("127.0.0.1:8889", f"127.0.0.1:{self.port}").replace(
                "processes = 4", "processes = 1"
            )
        )
        self.start(program, "--ini", ini)
        self.check()


class TestApache(ServerCase):
    def setUp(self):
        super().setUp()
        self.program = shutil.which("apache2", path="/usr/sbin:/usr/bin")
        self.need("apache2", self.program is not None)
        self.need("mod_wsgi", (MODULES / "mod_wsgi.so").exists())
        version = f"{sys.version_info.major}.{sys.version_info.minor}"
        built = (MODULES / "mod_wsgi.so").resolve().name
        if not built.endswith(version):
            self.skipTest(f"{built} is not built for Python {version}")

    def test_example(self):
        text = (CONTRIB / "apache" / "cloudkitty.conf").read_text()
        # Without TLS, as the only processes of this user.
        text = re.sub(r"(?m)^ *SSL.*\n", "", text)
        text = text.replace("192.0.2.10:8889", f"127.0.0.1:{self.port}")
        text = text.replace("/opt/cloudkitty/share/cloudkitty/contrib", "{c}")
        text = text.replace("{c}", str(CONTRIB))
        text = text.replace("python-home=/opt/cloudkitty", _python())
        text = text.replace("user=cloudkitty group=cloudkitty ", "")
        text = text.replace("processes=4", "processes=1")
        conf = self.folder / "apache.conf"
        conf.write_text(
            APACHE.format(
                folder=self.folder,
                modules="\n".join(map(_load, _modules())),
                conf=text,
            )
        )
        # Python looks for its standard library beside the python3 of PATH.
        self.start(
            *(*_AS_USER, self.program, "-X", "-f", conf),
            PATH="/usr/sbin:/usr/bin:/sbin:/bin",
        )
        self.check()


def _python():
    """Return where mod_wsgi finds the packages of this process."""
    if sys.base_prefix == "/usr":
        return f"python-home={sys.prefix}"
    # Its own standard library: that of another build does not fit.
    packages = sysconfig.get_path("purelib")
    return f"python-path={CONTRIB.parent}:{packages}"


def _modules():
    return ("mpm_event", "authz_core", "reqtimeout", "wsgi")


def _load(name):
    return f"LoadModule {name}_module {MODULES}/mod_{name}.so"
