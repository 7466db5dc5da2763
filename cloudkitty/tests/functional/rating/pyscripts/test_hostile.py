# SPDX-License-Identifier: Apache-2.0
"""What scripts try, and what becomes of it: real processes."""

import os
import pathlib
import signal
import socket
import subprocess
import sys
import threading
import time

import cloudkitty
from cloudkitty.rating.pyscripts import sandbox as ck_sandbox
from cloudkitty.tests import base
from cloudkitty.tests.fakes import pyscripts

#: Text that may be in no message.
SECRET = "s3cret-of-a-tenant"

#: Program -> name of its failure.
REFUSED = {
    "import os\nos.fork()": "raised PermissionError in line 2",
    "import os\nos.kill(os.getppid(), 9)": "raised PermissionError in line 2",
    "open('/etc/passwd')": "raised PermissionError in line 1",
    "open('new', 'w')": "raised PermissionError in line 1",
    "import os\nos.unlink('/tmp/x')": "raised PermissionError in line 2",
    "import os\nos.setsid()": "raised PermissionError in line 2",
    "import os\nos.execv('/bin/sh', ['sh'])": "raised PermissionError",
    "import os\nos.listdir('/proc')": "raised PermissionError in line 2",
    "import os\nos.readlink('/proc/self/exe')": "raised PermissionError",
    "import os\nos.readlink('/etc/localtime')": "raised PermissionError",
    "import os\nif not os.access('/etc/passwd', 0): 1 / 0": (
        "raised ZeroDivisionError in line 2"
    ),
    "import os\nos.getxattr('/etc/passwd', 'user.x')": "raised Permission",
    "import os\nos.statvfs('/etc')": "raised PermissionError in line 2",
    "import os\nos.listdir('/etc')": "raised PermissionError in line 2",
    "import threading\nthreading.Thread(target=print).start()": (
        "raised RuntimeError in line 2"
    ),
    "import resource\nresource.prlimit(1, resource.RLIMIT_CPU)": "raised",
    "import _socket\n_socket.socket()": "raised",
    "x = 'x' * 10 ** 11": "raised MemoryError in line 1",
    "raise SystemExit": "raised SystemExit in line 1",
    "def f():\n    f()\nf()": "raised RecursionError in line 2",
    "1 / 0": "raised ZeroDivisionError in line 1",
    "raise KeyboardInterrupt": "raised KeyboardInterrupt in line 1",
    "import os\nos._exit(0)": "ended without an answer",
    "import os\nos._exit(3)": "ended without an answer",
    "import os\nos.closerange(0, 99)\nwhile True: pass": (
        "ended its process (SIGKILL)"
    ),
    "import ctypes\nctypes.string_at(0)": "ended its process (SIGSEGV)",
    "del data": "left invalid data: data was deleted",
    "data = 5": "left invalid data: data is not a dict",
    "data['usage'] = 5": "left invalid data: data['usage'] is not a dict",
    "data['more'] = 5": "left invalid data: data has a key other than",
    "data['usage']['cpu'][0]['vol']['qty'] = 'x'": (
        "left invalid data: a point's vol['qty'] is not a finite number"
    ),
    "data['usage']['cpu'][0]['rating']['price'] = float('nan')": (
        "left invalid data: a point's rating['price'] is not a finite number"
    ),
    "data['usage']['cpu'][0]['rating']['price'] = '1e99'": (
        "left invalid data: a quantity or a price is out of range"
    ),
    "data['usage']['cpu'][0]['vol']['qty'] = 1 << 10000": "left invalid data",
    "data['usage']['cpu'].append(data['usage'])": "left invalid data: a point",
    "data['usage']['cpu'][0]['groupby'] = None": "left invalid data: a",
    "data['usage']['cpu'][0]['metadata']['x'] = object()": "left invalid data",
    "m = data['usage']['cpu'][0]['metadata']\nm['m'] = m": "left invalid data",
    "del data['usage']['cpu'][0]['vol']": "left invalid data: a point has no",
    "data['usage']['x' * 999] = []": "left invalid data: the name of a metric",
    "import datetime\n"
    "data['period']['begin'] += datetime.timedelta(hours=1)": (
        "left invalid data: data['period'] is read-only"
    ),
    f"raise type('{SECRET}', (Exception,), {{}})": "raised an exception",
    f"raise ValueError('{SECRET}')": "raised ValueError in line 1",
    f"data['{SECRET}'] = 1": "left invalid data: data has a key other than",
    "x = (": "cannot be compiled: SyntaxError in line 1",
    "(" * 5000: "cannot be compiled: SyntaxError",
    "x = 1\n" * 20 + "return": "cannot be compiled: SyntaxError in line 21",
    "-" * 100000 + "1": "cannot be compiled",
    # Forged answers, on whatever descriptor the pipe may be.
    "import os\nfor fd in range(32):\n"
    "    try: os.write(fd, b'nonsense')\n"
    "    except OSError: pass\nos._exit(0)": "ended without an answer",
    "import os\nfor fd in range(32):\n"
    '    try: os.write(fd, b\'{"error": {"kind": "data", '
    f'"what": "\\u00e4{SECRET}' + "x" * 99 + "\"}}')\n"
    "    except OSError: pass\nos._exit(0)": "left invalid data: an exception",
    "import os\nfor fd in range(32):\n"
    "    try: os.write(fd, b'[' * 99999)\n"
    "    except OSError: pass\nos._exit(0)": "ended without an answer",
    # Our own functions, replaced.
    "import json\njson.dumps = lambda *a, **k: 'x'": (
        "ended without an answer"
    ),
    "import json\njson.dumps = lambda *a, **k: '{}'": (
        "left invalid data: the answer is not a frame"
    ),
    "import json\njson.dumps = lambda *a, **k: 1 / 0": (
        "ended without an answer"
    ),
    "import os\nos.write = lambda *a: 1 / 0": "ended without an answer",
}

#: Programs that end well, whatever they try.
HARMLESS = (
    "print('x' * 100000)",
    "import sys\nsys.stderr.write('x')\nsys.stdout.close()",
    "import os\nos.write(1, b'x' * 1000)\nos.write(2, b'x')",
    "import os\nos.close(0)",
    "import sys\nsys.setrecursionlimit(10 ** 6)",
    "import signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)",
    "import gc\ngc.disable()",
    "import decimal\ndecimal.getcontext().prec = 2",
    "import builtins\nbuiltins.len = None",
    "import sys\nsys.modules.clear()",
)


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
        for text, said in REFUSED.items():
            with self.subTest(text[:80]):
                error = self.assertRaises(
                    ck_sandbox.ScriptFailed, self.run_one, text
                )
                self.assertIn(said, str(error))
                self.assertNotIn(SECRET, str(error))
                self.assertLess(len(str(error)), 200)
                self.assert_works()
        # None of them has cost us the process that they are forked from.
        self.assertEqual(pid, self.sandbox._process.pid)

    def test_harmless_programs(self):
        for text in HARMLESS:
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
        os.environ["CLOUDKITTY_TEST_SECRET"] = SECRET
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


class TestLimits(base.TestCase):
    def setUp(self):
        super().setUp()
        self.frame = pyscripts.frame()

    def fails(self, made, *texts):
        return self.assertRaises(
            ck_sandbox.ScriptFailed, made.run, texts, self.frame
        )

    def test_time(self):
        made = pyscripts.make_sandbox(self, time_limit=1)
        for text in ("while True: pass", "import time\ntime.sleep(60)"):
            began = time.monotonic()
            error = self.fails(made, "pass", text, "pass")
            self.assertIn("[pyscripts] time_limit = 1 seconds", str(error))
            self.assertEqual(1, error.index)
            self.assertLess(time.monotonic() - began, 8)
        made.run([pyscripts.DOUBLE], self.frame)

    def test_memory(self):
        made = pyscripts.make_sandbox(self, memory_limit=128)
        error = self.fails(made, "x = bytearray(200 << 20)")
        self.assertIn("MemoryError", str(error))
        made.run(["x = bytearray(20 << 20)"], self.frame)

    def test_memory_that_a_script_hoards(self):
        made = pyscripts.make_sandbox(self, memory_limit=128)
        error = self.fails(
            made, "x = []\nwhile True: x.append(bytearray(1 << 20))"
        )
        self.assertIn("MemoryError", str(error))

    def test_size_of_the_answer(self):
        made = pyscripts.make_sandbox(self, max_answer_size=1)
        error = self.fails(
            made,
            "pass",
            "data['usage']['cpu'][0]['metadata']['x'] = 'x' * (2 << 20)",
        )
        self.assertIn("[pyscripts] max_answer_size = 1 MiB", str(error))
        made.run([pyscripts.DOUBLE], self.frame)

    def test_the_process_is_replaced_when_it_is_gone(self):
        made = pyscripts.make_sandbox(self)
        made.run([pyscripts.DOUBLE], self.frame)
        pid = made._process.pid
        os.kill(pid, signal.SIGKILL)
        made._process._popen.wait()
        rated = made.run([pyscripts.DOUBLE], self.frame)
        self.assertEqual(["2", "4"], pyscripts.prices(rated))
        self.assertNotEqual(pid, made._process.pid)

    def test_the_process_dies_at_work(self):
        made = pyscripts.make_sandbox(self)
        made.run([pyscripts.DOUBLE], self.frame)
        timer = threading.Timer(
            0.5, os.killpg, (made._process.pid, signal.SIGKILL)
        )
        timer.start()
        self.addCleanup(timer.cancel)
        error = self.fails(made, "while True: pass")
        self.assertIn("the process ended", str(error))
        made.run([pyscripts.DOUBLE], self.frame)

    def test_the_process_does_not_obey(self):
        made = pyscripts.make_sandbox(self, time_limit=1)
        made.run([pyscripts.DOUBLE], self.frame)
        process = made._process
        os.kill(process.pid, signal.SIGSTOP)
        error = self.fails(made, "pass")
        self.assertIn("does not answer", str(error))
        self.assertFalse(process.alive())
        made.run([pyscripts.DOUBLE], self.frame)
