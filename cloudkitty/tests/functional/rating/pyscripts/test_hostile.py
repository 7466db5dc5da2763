# SPDX-License-Identifier: Apache-2.0
"""Scripts that attack the worker, in real processes."""

import os
import pathlib
import socket
import subprocess
import sys

import cloudkitty
from cloudkitty.rating.pyscripts import sandbox as ck_sandbox
from cloudkitty.tests import base
from cloudkitty.tests.fakes import pyscripts
from cloudkitty.tests.functional.rating.pyscripts import hostile_programs

_UNLANDLOCKED = """
import sys
sys.path.insert(0, ".")
from cloudkitty.rating.pyscripts.inside import confine
import ctypes
ctypes.CDLL(None).prctl(38, 1, 0, 0, 0)
made = confine.make_filter(confine.Protections(True, False, True))
made.install()
try:
    open("/dev/null")
except PermissionError:
    print("refused")
"""


class TestHostile(base.TestCase):
    def setUp(self):
        super().setUp()
        self.sandbox = pyscripts.make_sandbox(self, time_limit=20)
        self.frame = pyscripts.frame()

    def run_one(self, text):
        return self.sandbox.run([text], self.frame)

    def assert_works(self):
        rated = self.run_one(pyscripts.DOUBLE)
        self.assertEqual(["2", "4"], pyscripts.prices(rated))

    def test_each_failure_is_named_and_the_next_script_runs(self):
        self.assert_works()
        pid = self.sandbox._process.pid
        for text, said in hostile_programs.REFUSED.items():
            with self.subTest(text[:80]):
                error = self.assertRaises(
                    ck_sandbox.ScriptFailed, self.run_one, text
                )
                self.assertIn(said, str(error))
                self.assertNotIn(hostile_programs.SECRET, str(error))
                self.assertLess(len(str(error)), 200)
                self.assert_works()
        # None of them has cost us the process that they are forked from.
        self.assertEqual(pid, self.sandbox._process.pid)

    def test_harmless_programs(self):
        for text in hostile_programs.HARMLESS:
            with self.subTest(text):
                rated = self.run_one(text)
                self.assertEqual(self.frame, rated)
                self.assert_works()

    def test_frames_do_not_depend_on_earlier_scripts(self):
        for text in (
            "import math\nmath.left = 5",
            "import builtins\nbuiltins.left = 5",
        ):
            self.run_one(text)
        rated = self.run_one(
            "import builtins, math\n"
            "if hasattr(math, 'left') or hasattr(builtins, 'left'):\n"
            "    1 / 0"
        )
        self.assertEqual(self.frame, rated)

    def test_the_worker_is_not_reachable(self):
        os.environ["CLOUDKITTY_TEST_SECRET"] = hostile_programs.SECRET
        self.addCleanup(os.environ.pop, "CLOUDKITTY_TEST_SECRET")
        listener = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(listener.close)
        listener.set_inheritable(True)
        os.set_inheritable(listener.fileno(), True)
        rated = self.run_one(
            pyscripts.source(
                """
                import os, stat, sys
                sockets = []
                for fd in range(256):
                    try:
                        if stat.S_ISSOCK(os.fstat(fd).st_mode):
                            sockets.append(fd)
                    except OSError:
                        pass
                seen = {
                    "environment": dict(os.environ),
                    "sockets": sockets,
                    "modules": [
                        name for name in sys.modules
                        if name.startswith(("oslo", "sqlalchemy"))
                    ],
                    "path": [p for p in sys.path if "site-packages" in p],
                }
                data["usage"]["cpu"][0]["metadata"] = seen
                """
            )
        )
        seen = rated.usage["cpu"][0].metadata
        self.assertEqual(
            {
                "environment": {},
                "sockets": [],
                "modules": [],
                "path": [],
            },
            {**seen, "environment": self.without_locale(seen)},
        )

    def without_locale(self, seen):
        # Python sets this one for itself (PEP 538).
        found = dict(seen["environment"])
        found.pop("LC_CTYPE", None)
        return found

    def test_stat_of_other_files_as_documented(self):
        """``stat`` works on them, as the page of the scripts documents."""
        rated = self.run_one(
            pyscripts.source(
                """
                import os
                data["usage"]["cpu"][0]["metadata"] = {
                    "size": os.stat("/etc/passwd").st_size,
                    "there": [
                        path
                        for path in ("/etc/passwd", "/etc/not-there")
                        if os.path.exists(path)
                    ],
                }
                """
            )
        )
        self.assertEqual(
            {
                "size": os.stat("/etc/passwd").st_size,
                "there": ["/etc/passwd"],
            },
            rated.usage["cpu"][0].metadata,
        )

    def test_files_stay_closed_without_landlock(self):
        """Loaded modules still work; no other file can be opened."""
        done = subprocess.run(
            [sys.executable, "-I", "-c", _UNLANDLOCKED],
            env={"PYTHONPATH": ""},
            capture_output=True,
            text=True,
            check=False,
            cwd=pathlib.Path(cloudkitty.__file__).parents[1],
        )
        self.assertEqual("refused\n", done.stdout, done.stderr)

    def test_the_kernel_protections_are_available(self):
        self.assert_works()
        self.assertEqual(
            {"filter": True, "files": True, "network": True},
            self.sandbox._process.protections,
        )
