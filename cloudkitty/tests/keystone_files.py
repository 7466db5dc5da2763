# SPDX-License-Identifier: Apache-2.0
"""The files of a Keystone with an administrator and without endpoints.

``keystone-manage`` takes seconds for each of its three steps, so the files are
made once in a process and copied.
"""

import atexit
import functools
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

#: Password of every user.
PASSWORD = "not-a-secret"

_CONFIGURATION = """\
[DEFAULT]
use_stderr = true
[database]
connection = sqlite:///{folder}/keystone.sqlite
[identity]
# The lowest cost: these passwords need no protection.
password_hash_rounds = 4
[token]
provider = fernet
[fernet_tokens]
key_repository = {folder}/fernet
[credential]
key_repository = {folder}/credential
[cache]
enabled = true
backend = oslo_cache.dict
"""
#: Name of the configuration file in the directory.
CONFIGURATION = "keystone.conf"
#: Name of the log in the directory.
LOG = "keystone.log"
# At import: during a test, oslotest's temporary folder is the test's own.
_TEMPORARY = tempfile.gettempdir()


def copy(folder: pathlib.Path) -> None:
    """Write the files of a new Keystone into an empty directory.

    :raises RuntimeError: with the end of the log if they cannot be made.
    """
    shutil.copytree(_made(), folder, dirs_exist_ok=True)
    _configure(folder)


def tail(folder: pathlib.Path) -> str:
    """Return the end of the log."""
    return (folder / LOG).read_text(errors="replace")[-2000:]


@functools.cache
def _made() -> pathlib.Path:
    folder = pathlib.Path(tempfile.mkdtemp("", "keystone-new-", _TEMPORARY))
    atexit.register(_remove, folder, os.getpid())
    for name in ("fernet", "credential"):
        (folder / name).mkdir(mode=0o700)
    _configure(folder)
    _manage(folder, "db_sync")
    _manage(
        folder,
        "fernet_setup",
        *("--keystone-user", str(os.getuid())),
        *("--keystone-group", str(os.getgid())),
    )
    _manage(
        folder,
        "bootstrap",
        *("--bootstrap-password", PASSWORD),
        *("--bootstrap-project-name", "demo"),
        *("--bootstrap-region-id", "RegionOne"),
    )
    return folder


def _configure(folder: pathlib.Path) -> None:
    (folder / CONFIGURATION).write_text(_CONFIGURATION.format(folder=folder))


def _manage(folder: pathlib.Path, *arguments: str) -> None:
    program = pathlib.Path(sys.executable).with_name("keystone-manage")
    with open(folder / LOG, "ab") as output:
        status = subprocess.run(
            [program, "--config-file", folder / CONFIGURATION, *arguments],
            stdout=output,
            stderr=output,
            check=False,
        ).returncode
    if status:
        raise RuntimeError(f"{arguments[0]}: {tail(folder)}")


def _remove(folder: pathlib.Path, owner: int) -> None:
    # Not a child that was forked by a test.
    if os.getpid() == owner:
        shutil.rmtree(folder, ignore_errors=True)
