# SPDX-License-Identifier: Apache-2.0
"""The work until the WSGI module is ready.

Its CPU time depends on the load of the machine: ``benchmarks/run api``
measures it. The calls of functions do not.
"""

import json
import os
import subprocess
import sys

from cloudkitty.tests import base
from cloudkitty.tests.functional.api import noauth

#: Prints the calls of functions and the runs of the garbage collection. Those
#: that read the entry points of all packages are left out: stevedore keeps the
#: result in a file, but not for a Python below /tmp.
SCRIPT = """\
import gc
import json
import sys

ENTRY_POINTS = "importlib.metadata", "importlib_metadata"
calls = 0

def note(frame, event, argument):
    global calls
    if event in ("call", "c_call"):
        module = frame.f_globals.get("__name__", "")
        calls += not module.startswith(ENTRY_POINTS)

def collections():
    return sum(one["collections"] for one in gc.get_stats()[1:])

before = collections()
sys.setprofile(note)
import cloudkitty.wsgi.api
sys.setprofile(None)
print(json.dumps([calls, collections() - before]))
"""
#: 1.98 million on Python 3.13, 2.0 on 3.11, 2.14 with the oldest libraries.
MOST_CALLS = 2_300_000


class TestStart(base.TestCase):
    def load(self):
        """Return the calls and the collections of one start."""
        done = subprocess.run(
            [sys.executable, "-W", "ignore", "-c", SCRIPT],
            env={
                **os.environ,
                "OS_CLOUDKITTY_CONFIG_FILES": str(self.conf),
                # The order of sets has some influence.
                "PYTHONHASHSEED": "0",
            },
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
        return json.loads(done.stdout.splitlines()[-1])

    def test_calls(self):
        self.conf = noauth.write(self, self.make_folder())
        # The first run may compile the modules.
        self.load()
        calls, collections = self.load()
        self.assertLess(calls, MOST_CALLS)
        self.assertEqual(0, collections)
