# SPDX-License-Identifier: Apache-2.0
"""CloudKitty 25.0.0 as released: its environment and its commands.

The released programs are only executed. Their source is not part of this
repository and is not read by these tests.
"""

import os
import pathlib
import subprocess
import sys

VERSION = "25.0.0"
#: Packages of the environment.
PACKAGES = (
    f"cloudkitty=={VERSION}",
    "pymysql",
    "gunicorn",
    "python-memcached",
)
_OWN = pathlib.Path("~/.cache/cloudkitty-upstream").expanduser()

#: The InfluxDB driver of the release sends the times of a deletion without a
#: zone, which InfluxDB 1.x refuses, so that no reprocess begins. This module
#: is loaded at the start of each of its processes and adds the zone, UTC.
_SITECUSTOMIZE = """\
import re

import influxdb

_TIME = re.compile(r"'(\\d{4}-\\d\\d-\\d\\d)[T ]([\\d:.]+)'")
_query = influxdb.InfluxDBClient.query


def query(self, query, *arguments, **options):
    if query.lstrip().upper().startswith("DELETE"):
        query = _TIME.sub(r"'\\1T\\2Z'", query)
    return _query(self, query, *arguments, **options)


influxdb.InfluxDBClient.query = query
"""


def environment() -> pathlib.Path | None:
    """Return the virtual environment that exists; None without any."""
    named = os.environ.get("CLOUDKITTY_UPSTREAM_VENV")
    folder = pathlib.Path(named) if named else _OWN
    return folder if (folder / "bin/cloudkitty-processor").exists() else None


def make_environment() -> pathlib.Path:
    """Return the virtual environment; install it if it does not exist.

    :raises OSError, subprocess.CalledProcessError: if it cannot be installed.
    """
    existing = environment()
    if existing is not None:
        return existing
    variables = {**os.environ, "PYTHONPATH": ""}
    for command in (
        [sys.executable, "-m", "venv", "--clear", str(_OWN)],
        [f"{_OWN}/bin/pip", "install", "--quiet", *PACKAGES],
    ):
        subprocess.run(command, check=True, env=variables)
    return _OWN


def settings(home: pathlib.Path) -> list[str]:
    """Return what ``env`` sets for its processes.

    :param home: folder in which ``sitecustomize.py`` is written, and in which
        the API finds ``.cloudkitty/cloudkitty.conf``.
    """
    (home / "sitecustomize.py").write_text(_SITECUSTOMIZE)
    # No package of this repository.
    return ["-C", str(home), f"HOME={home}", f"PYTHONPATH={home}"]
