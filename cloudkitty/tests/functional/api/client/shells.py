# SPDX-License-Identifier: Apache-2.0
"""The client's two programs, run in this process: starting one takes long."""

import contextlib
import dataclasses
import io
import json
import logging
import os
import re
import warnings

from cloudkittyclient import shell as client_shell
from openstackclient import shell as openstack_shell
from osc_lib import clientmanager


def _openstack(words: list[str]) -> int:
    """Run ``openstack`` as if it were the first command of a process."""
    manager = clientmanager.ClientManager
    for name, found in list(vars(manager).items()):
        if isinstance(found, clientmanager.ClientCache):
            # It would give the client of the command before, of whatever
            # version, and with its token.
            setattr(manager, name, clientmanager.ClientCache(found.factory))
    return openstack_shell.OpenStackShell().run(words)


#: Program to (option of the version, words before each command, what runs
#: its arguments).
PROGRAMS = {
    "openstack": ("--rating-api-version", ["rating"], _openstack),
    "cloudkitty": ("--os-rating-api-version", [], client_shell.main),
}


@dataclasses.dataclass(frozen=True)
class Result:
    """Result of a command."""

    status: int
    output: str
    errors: str


class Shell:
    """One program with one version of the API.

    :param cloud: ``cloud.Cloud``.
    :param program: a key of ``PROGRAMS``.
    :param version: ``1`` or ``2``.
    :param user: name of the user.
    :ivar done: successful command -> exit status.
    """

    def __init__(
        self, cloud, program: str, version: str, user: str = "admin"
    ) -> None:
        self.name = f"{program}, version {version}"
        self.version = version
        self.done: dict[str, int] = {}
        option, self._before, self._run = PROGRAMS[program]
        self._options = [*cloud.options(user), option, version]

    def words(self, command: str, *arguments: str) -> list[str]:
        """Return the words of the command line but for the program."""
        words = [*self._before, *command.split(), *arguments]
        return [*self._options, *words]

    def run(self, command: str, *arguments: str) -> Result:
        """Run a command, be it refused or not."""
        output, errors = io.StringIO(), io.StringIO()
        with (
            _kept(),
            contextlib.redirect_stdout(output),
            contextlib.redirect_stderr(errors),
        ):
            try:
                ending = self._run(self.words(command, *arguments))
            except SystemExit as error:
                # argparse's way to refuse.
                ending = error.code
        if isinstance(ending, int | None):
            return Result(ending or 0, output.getvalue(), errors.getvalue())
        # The programs give it to sys.exit, which does this.
        return Result(1, output.getvalue(), f"{errors.getvalue()}{ending}\n")

    def text(self, command: str, *arguments: str, status: int = 0) -> str:
        """Return the output of a command.

        :param status: expected exit status.
        """
        result = self.run(command, *arguments)
        if result.status != status:
            raise AssertionError(f"{self.name}: {command}: {result}")
        self.done[command] = max(status, self.done.get(command, 0))
        return result.errors if status else result.output

    def show(self, command: str, *arguments: str):
        """Return the JSON output of a command, decoded."""
        return json.loads(self.text(command, *arguments, "-f", "json"))

    def one(self, command: str, *arguments: str) -> dict[str, object]:
        """Return the only row that a command prints."""
        (row,) = self.show(command, *arguments)
        return row

    def refuse(self, reason: str, command: str, *arguments: str) -> None:
        """Check that a command is refused; it is not counted.

        :param reason: regular expression of the message to the user.
        """
        result = self.run(command, *arguments)
        if not result.status or not re.search(reason, result.errors):
            raise AssertionError(f"{self.name}: {command}: {result}")


def environment() -> dict[str, str]:
    """Return the environment without the variables of the programs."""
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("OS_")
    }


@contextlib.contextmanager
def _kept():
    """Undo the changes of a program to its process."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    before = dict(os.environ)
    for name in before.keys() - environment():
        del os.environ[name]
    # Its debug log would hide the output of a test.
    root.handlers[:] = [logging.NullHandler()]
    try:
        with warnings.catch_warnings():
            yield
    finally:
        os.environ.update(before)
        root.handlers[:] = handlers
        root.setLevel(level)
