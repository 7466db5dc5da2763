# SPDX-License-Identifier: Apache-2.0
"""The CPU time in which the WSGI module is ready."""

import os
import subprocess
import sys

from cloudkitty.tests import base
from cloudkitty.tests.functional.api import noauth

#: Prints the CPU time of the module, measured in times of a loop that takes
#: 60 to 70 ms on a core without other load: 16 of them are one second. It
#: compiles Python, which other programs slow down as they do an import: both
#: depend on the caches that they share.
SCRIPT = """\
import os
import time

with open(os.path.join(os.path.dirname(os.__file__), "argparse.py")) as file:
    source = file.read()

def seconds(work):
    began = time.process_time()
    work()
    return time.process_time() - began

def loop():
    for _ in range(6):
        compile(source, "argparse.py", "exec")

def load():
    import cloudkitty.wsgi.api

loop()
before, needed, after = seconds(loop), seconds(load), seconds(loop)
print(2 * needed / (before + after))
"""
MOST_LOOPS = 16
TRIES = 20


class TestStart(base.TestCase):
    def load(self):
        done = subprocess.run(
            [sys.executable, "-W", "ignore", "-c", SCRIPT],
            env={
                **os.environ,
                "OS_CLOUDKITTY_CONFIG_FILES": str(self.conf),
            },
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
        return float(done.stdout.splitlines()[-1])

    def test_within_a_second(self):
        self.conf = noauth.write(self, self.make_folder())
        # The first run may compile the modules, and other programs may slow
        # down the import alone.
        taken = []
        while len(taken) < TRIES and not (taken and min(taken) < MOST_LOOPS):
            taken.append(self.load())
        self.assertLess(min(taken), MOST_LOOPS)
