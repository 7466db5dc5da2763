# SPDX-License-Identifier: Apache-2.0
"""``python -m cloudkitty.tests.adoption``: from CloudKitty 25, and back.

Exits with 1 if a scenario fails, and with 2 if the machine lacks something.
"""

import argparse
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest
import warnings

from cloudkitty.tests.adoption import mixed
from cloudkitty.tests.adoption import swap
from cloudkitty.tests.adoption import upstream
from cloudkitty.tests.adoption import version_1

SCENARIOS: dict[str, tuple[type[unittest.TestCase], str]] = {
    "swap": (swap.TestSwap, "test_there_and_back"),
    "task-processor": (mixed.TestOurTaskProcessor, "test_tasks"),
    "api": (mixed.TestOurApi, "test_tasks"),
    "reset": (mixed.TestOurApi, "test_reset"),
    "version-1": (version_1.TestVersion1, "test_there_and_back"),
}
#: Seconds in which a scenario must end, on a busy machine.
_TIMEOUT = "1800"


def parse(argv: list[str] | None = None) -> list[str]:
    """Return the names of the selected scenarios."""
    parser = argparse.ArgumentParser(prog="cloudkitty.tests.adoption")
    parser.add_argument(
        "scenarios",
        nargs="*",
        metavar="SCENARIO",
        help=f"of {', '.join(SCENARIOS)}; without any, all of them",
    )
    names = parser.parse_args(argv).scenarios or list(SCENARIOS)
    if unknown := set(names) - set(SCENARIOS):
        parser.error(f"no such scenario: {', '.join(sorted(unknown))}")
    return names


def main(argv: list[str] | None = None) -> int:
    """Run the scenarios and return the exit status."""
    names = parse(argv)
    warnings.simplefilter("ignore")
    os.environ.setdefault("OS_TEST_TIMEOUT", _TIMEOUT)
    os.environ.setdefault("OS_LOG_CAPTURE", "1")
    os.environ["CLOUDKITTY_TEST_REQUIRE"] = "all"
    try:
        folder = upstream.make_environment()
    except (OSError, subprocess.CalledProcessError) as error:
        sys.stderr.write(f"CloudKitty 25 cannot be installed: {error}\n")
        return 2
    os.environ["CLOUDKITTY_UPSTREAM_VENV"] = str(folder)
    return 0 if all([_run(name) for name in names]) else 1


def _run(name: str) -> bool:
    """Run one scenario and print its figures."""
    case, method = SCENARIOS[name]
    with tempfile.TemporaryDirectory() as folder:
        figures = pathlib.Path(folder) / "figures"
        os.environ["CLOUDKITTY_TEST_FIGURES"] = str(figures)
        result = unittest.TextTestRunner(verbosity=0).run(case(method))
        text = figures.read_text() if figures.exists() else "FAULT\n"
    sys.stdout.write(f"{name}: {text.partition(' ')[2] or text}")
    sys.stdout.flush()
    return result.wasSuccessful()


if __name__ == "__main__":
    sys.exit(main())
