# SPDX-License-Identifier: Apache-2.0
"""Commands and methods of the client, and their documented results."""

import csv
import importlib.metadata
import inspect
import pathlib

from cloudkittyclient import client
from cloudkittyclient.common import base as client_base
from keystoneauth1 import loading

import cloudkitty

FOLDER = pathlib.Path(cloudkitty.__file__).parents[1] / "doc/source/user"
COMMANDS = FOLDER / "client-commands.csv"
METHODS = FOLDER / "client-methods.csv"
VERSIONS = ("1", "2")
#: In a column of a version: the command does not exist.
ABSENT = "--"
#: Entry of a column -> exit status of the command.
STATUS = {"works": 0, "done, exit status 1": 1}
#: Entry for a method that raises.
REFUSED = "refused"
RESULTS = ("works", REFUSED, "does nothing")
#: Program to the group of its commands, and the prefix of their names.
GROUPS = {
    "openstack": ("openstack.rating.v{}", "rating_"),
    "cloudkitty": ("cloudkittyclient_v{}", ""),
}


def rows(path: pathlib.Path) -> list[dict[str, str]]:
    """Return the rows of a table."""
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def read(path: pathlib.Path, version: str) -> dict[str, str]:
    """Return the entries of a table for one version, by command."""
    column = f"v{version}"
    found = {}
    for row in rows(path):
        name = next(iter(row.values())).strip("`")
        if row[column] != ABSENT:
            found[name] = row[column]
    return found


def commands(program: str, version: str) -> set[str]:
    """Return the commands that a program of the client has.

    The commands of this project are in the same group.
    """
    group, prefix = GROUPS[program]
    return {
        point.name.removeprefix(prefix).replace("_", " ")
        for point in importlib.metadata.entry_points(
            group=group.format(version)
        )
        if point.module.startswith("cloudkittyclient")
    }


def methods(version: str) -> set[str]:
    """Return the methods of the client's Python API."""
    loader = loading.get_plugin_loader("cloudkitty-noauth")
    nowhere = loader.load_from_options(endpoint="http://127.0.0.1:1")
    made = client.Client(version, auth=nowhere)
    return set(_methods(made, ""))


def _methods(thing: object, path: str):
    for name in dir(thing):
        if name.startswith("_") or hasattr(client_base.BaseManager, name):
            continue
        found = getattr(thing, name)
        if inspect.ismethod(found):
            yield path + name
        elif isinstance(found, client_base.BaseManager):
            yield from _methods(found, f"{path}{name}.")
