# SPDX-License-Identifier: Apache-2.0
"""Run all commands of a page in their order, in situations of the test."""

import collections.abc
import dataclasses
import typing

import fixtures

from cloudkitty.tests import base
from cloudkitty.tests import databases
from cloudkitty.tests import keystone
from cloudkitty.tests import prometheus
from cloudkitty.tests.functional.troubleshooting import pages

try:
    from cloudkitty.tests.functional.troubleshooting import deployment
except ImportError:
    # Without python-cloudkittyclient.
    deployment = None


@dataclasses.dataclass(frozen=True)
class Step:
    """A command of a page and its expected result.

    :param command: the beginning of the command.
    :param words: parts of its output and errors.
    :param before: brings about the situation.
    :param status: exit status.
    """

    command: str
    words: tuple[str, ...] = ()
    before: collections.abc.Callable[[], object] | None = None
    status: int = 0


class PageCase(base.TestCase):
    """A test of one page.

    :cvar page: name of the page.
    :cvar options: arguments of ``deployment.Deployment``.
    """

    page: str
    options: typing.ClassVar[dict[str, typing.Any]] = {}

    def setUp(self):
        super().setUp()
        self.need("keystone", keystone.THERE)
        self.need("docutils", pages.THERE)
        self.need("prometheus", prometheus.installed())
        self.need("cloudkittyclient", deployment is not None)
        databases.need(self, "mariadb")
        self.useFixture(fixtures.EnvironmentVariable("COLUMNS", "200"))
        self.cloud = self.useFixture(deployment.Deployment(**self.options))

    def run_page(self, *steps: Step) -> None:
        """Run each command of the page, which the steps have in its order."""
        commands = pages.commands(self.page)
        for command, step in zip(commands, steps, strict=False):
            self.assertEqual(
                step.command, command[: len(step.command)], "no such step"
            )
        self.assertEqual(len(steps), len(commands), "commands without a step")
        for command, step in zip(commands, steps, strict=True):
            if step.before is not None:
                step.before()
            result = self.cloud.run(command)
            about = f"{command}\n{result}\n{self.cloud.output()}"
            self.assertEqual(step.status, result.status, about)
            for word in step.words:
                self.assertIn(word, result.output + result.errors, about)
