# SPDX-License-Identifier: Apache-2.0
"""Common parts of the commands."""

import argparse

from osc_lib.command import command

from cloudkitty.client import http
from cloudkitty.client import plugin


class _Rating(command.Command):
    """A command that sends requests to the rating API.

    ``exit_status`` is that of the command if there is no error.
    """

    exit_status = 0

    @property
    def api(self) -> http.Api:
        """The rating API of the user's cloud."""
        return plugin.make_client(self.app.client_manager)

    def run(self, parsed_args: argparse.Namespace) -> int:
        return super().run(parsed_args) or self.exit_status


class Lister(_Rating, command.Lister):
    """Prints rows."""


class ShowOne(_Rating, command.ShowOne):
    """Prints the fields of one resource."""
