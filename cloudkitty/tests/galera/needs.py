# SPDX-License-Identifier: Apache-2.0
"""Requirements of the run."""

import os
import pathlib
import shutil

#: Program or file, and the Debian package that has it.
PROGRAMS = {
    "mariadbd": "mariadb-server",
    "mariadb-dump": "mariadb-client",
    "galera_recovery": "mariadb-server",
    "rsync": "rsync",
    "ip": "iproute2",
    "iptables": "iptables",
    "redis-server": "redis-server",
}
#: Where distributions put Galera's library.
PROVIDERS = (
    pathlib.Path("/usr/lib/galera/libgalera_smm.so"),
    pathlib.Path("/usr/lib64/galera-4/libgalera_smm.so"),
)
_FOLDERS = "/usr/local/sbin:/usr/sbin:/sbin"


def find(program: str) -> str | None:
    """Return the path of a program, also of an administrator's."""
    path = f"{os.environ.get('PATH', os.defpath)}:{_FOLDERS}"
    return shutil.which(program, path=path)


def provider() -> pathlib.Path | None:
    """Return Galera's library; None if it is not installed."""
    return next((path for path in PROVIDERS if path.exists()), None)


def missing() -> list[str]:
    """Return the packages that are not installed."""
    packages = {
        package
        for program, package in PROGRAMS.items()
        if find(program) is None
    }
    if provider() is None:
        packages.add("galera-4")
    return sorted(packages)


def refusal(uid: int, packages: list[str]) -> str | None:
    """Return one sentence on why the run cannot begin; None if it can."""
    if packages:
        return f"These packages are missing: {' '.join(packages)}."
    if uid != 0:
        return "Network namespaces need root: run it as root or with sudo."
    return None
