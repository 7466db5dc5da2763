#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Counts the tests of a subunit stream on standard input.

Prints why tests were skipped and, as the last line,
``N passed, M failed, K skipped``. The exit status is 1 if a test failed or
if there was none at all.
"""

import collections
import sys
import typing

import subunit
import testtools

PASSED = {"success", "xfail"}


class Counts:
    """How many tests ended in which way."""

    def __init__(self) -> None:
        self.passed = 0
        self.failed = 0
        self.skips: collections.Counter[str] = collections.Counter()

    def add(self, test: dict[str, typing.Any]) -> None:
        """Count one finished test, as StreamToDict hands it over."""
        if test["status"] == "exists":
            return
        if test["status"] == "skip":
            self.skips[_reason(test["details"])] += 1
        elif test["status"] in PASSED:
            self.passed += 1
        else:
            # Also "inprogress": the worker died under the test.
            self.failed += 1

    def line(self) -> str:
        """Return the counts as one line."""
        return (
            f"{self.passed} passed, {self.failed} failed, "
            f"{self.skips.total()} skipped"
        )


def _reason(details: dict[str, typing.Any]) -> str:
    content = details.get("reason")
    return content.as_text().strip() if content else "no reason given"


def main() -> int:
    counts = Counts()
    result = testtools.StreamToDict(counts.add)
    result.startTestRun()
    subunit.ByteStreamToStreamResult(
        sys.stdin.buffer, non_subunit_name="stdout"
    ).run(result)
    result.stopTestRun()
    for reason, times in counts.skips.most_common():
        print(f"skipped {times}: {reason}")
    print(counts.line())
    return 1 if counts.failed or not counts.passed else 0


if __name__ == "__main__":
    sys.exit(main())
