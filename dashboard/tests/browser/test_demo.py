# SPDX-License-Identifier: Apache-2.0
"""The demo starts and ends."""

import os
import subprocess
import sys

from tests.browser import services


def test_demo(cloud):
    # The fixture is not used: without its servers the test is skipped.
    del cloud
    done = subprocess.run(
        [sys.executable, services.DASHBOARD / "tools" / "demo.py", "--once"],
        env={**os.environ, "PYTHONPATH": str(services.DASHBOARD)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=2 * services.PATIENCE,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert "/admin/reprocesses/" in done.stdout
    assert "user admin" in done.stdout
