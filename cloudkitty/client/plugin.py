# SPDX-License-Identifier: Apache-2.0
"""Registration of the commands with OpenStackClient.

python-cloudkittyclient registers the API ``rating`` too. OpenStackClient loads
the commands of ``openstack.rating.v2`` once for each plugin with this API, and
warns of each command that is loaded twice. If the stock client is installed,
its plugin loads our commands with its own, and this module registers none.
"""

import argparse
import importlib.metadata
import typing

from osc_lib import utils

from cloudkitty.client import http

GROUP = "openstack.cli.extension"
OURS = __name__


def stock_client_installed(
    points: typing.Iterable[importlib.metadata.EntryPoint],
) -> bool:
    """Return whether another plugin has the API ``rating``.

    :param points: entry points of the group ``GROUP``.
    """
    return any(
        point.name == "rating" and point.value != OURS for point in points
    )


_BESIDE = stock_client_installed(importlib.metadata.entry_points(group=GROUP))

# Names and meanings of these constants: osc-lib's plugin interface.
API_NAME = "rating_reprocess" if _BESIDE else "rating"
API_VERSION_OPTION = f"os_{API_NAME}_api_version"
#: Without a version, no commands are loaded for this plugin.
DEFAULT_API_VERSION = "" if _BESIDE else "2"
API_VERSIONS = ("2",)


def build_option_parser(
    parser: argparse.ArgumentParser,
) -> argparse.ArgumentParser:
    """Add the global options: those of the stock client if it is absent."""
    if not _BESIDE:
        parser.add_argument(
            "--rating-api-version",
            metavar="<rating-api-version>",
            dest=API_VERSION_OPTION,
            default=utils.env("OS_RATING_API_VERSION", default="2"),
            help="Rating API version (Env: OS_RATING_API_VERSION)",
        )
    return parser


def make_client(manager: typing.Any) -> http.Api:
    """Return the client of the rating API.

    :param manager: client manager of osc-lib.
    """
    config = manager.get_configuration()
    return http.connect(
        manager.session,
        interface=manager.interface,
        region_name=manager.region_name,
        endpoint_override=config.get("rating_endpoint_override"),
    )
