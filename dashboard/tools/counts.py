# SPDX-License-Identifier: Apache-2.0
"""Print the counts of tests in files of JUnit's XML, as one line."""

import pathlib
import sys
from xml.etree import ElementTree


def count(paths: list[pathlib.Path]) -> str:
    """Return ``N passed, M failed, K skipped``; errors count as failed."""
    passed = failed = skipped = 0
    for path in paths:
        # Written by the tests themselves.
        root = ElementTree.parse(path).getroot()  # noqa: S314
        for suite in root.iter("testsuite"):
            bad = int(suite.get("failures", 0)) + int(suite.get("errors", 0))
            left_out = int(suite.get("skipped", 0))
            passed += int(suite.get("tests", 0)) - bad - left_out
            failed += bad
            skipped += left_out
    return f"{passed} passed, {failed} failed, {skipped} skipped"


if __name__ == "__main__":
    print(count([pathlib.Path(name) for name in sys.argv[1:]]))
