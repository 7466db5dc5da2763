# SPDX-License-Identifier: Apache-2.0
"""Checks of other parts of the processor."""

from cloudkitty.cli.checks import context as ck_context
from cloudkitty.cli.checks import findings as ck_findings
from cloudkitty.fetcher import loader as fetcher_loader
from cloudkitty.orchestrator import resources


def check_fetcher(
    context: ck_context.Context, found: ck_findings.Findings
) -> None:
    """Load the fetcher."""
    with found.gather():
        fetcher_loader.load(context.conf)


def check_locks(
    context: ck_context.Context, found: ck_findings.Findings
) -> None:
    """Load the driver of the locks, and connect to its server."""
    with found.gather():
        resources.check_locks(context.conf)
