# SPDX-License-Identifier: Apache-2.0
"""Findings of one check, and its result."""

import collections.abc
import contextlib
import logging

from oslo_upgradecheck import upgradecheck

from cloudkitty.cli.checks import context as ck_context
from cloudkitty.db import startup

LOG = logging.getLogger(__name__)


class Findings:
    """All findings of one check; the worst one decides its code."""

    def __init__(self) -> None:
        self._code = upgradecheck.Code.SUCCESS
        self._texts: list[str] = []

    def failure(self, text: str) -> None:
        """Add a finding that prevents the upgrade."""
        self._add(upgradecheck.Code.FAILURE, text)

    def warning(self, text: str) -> None:
        """Add a finding that the operator must consider."""
        self._add(upgradecheck.Code.WARNING, text)

    def note(self, text: str) -> None:
        """Add a text that does not change the code."""
        self._add(upgradecheck.Code.SUCCESS, text)

    @contextlib.contextmanager
    def gather(self) -> collections.abc.Iterator[None]:
        """Keep an error of the block that an operator can correct."""
        try:
            yield
        except Exception as error:
            cause = startup.explain(error)
            if cause is None:
                raise
            self.failure(cause)

    def result(self) -> upgradecheck.Result:
        """Return the result for the table."""
        return upgradecheck.Result(self._code, "; ".join(self._texts) or None)

    def _add(self, code: upgradecheck.Code, text: str) -> None:
        self._code = max(self._code, code)
        if text not in self._texts:
            self._texts.append(text)


#: A check.
Check = collections.abc.Callable[[ck_context.Context, Findings], None]


def run(check: Check, context: ck_context.Context) -> upgradecheck.Result:
    """Return the result of a check; one that fails itself is a failure."""
    found = Findings()
    try:
        check(context, found)
    # Any error here would hide the other checks.
    except Exception as error:
        cause = startup.explain(error)
        if cause is None:
            LOG.exception("a check failed")
            cause = f"{type(error).__name__}, see the log"
        found.failure(f"could not look: {cause}")
    return found.result()
