# SPDX-License-Identifier: Apache-2.0
"""One shell of an operator, in which the page's commands run."""

import collections.abc
import os
import pathlib
import subprocess
import sys
import time

#: Seconds that the commands of a block may take on a busy host.
PATIENCE = 900


class Terminal:
    """Runs scripts of bash; exports and directory are kept between them.

    :param home: home directory, and where its own files are.
    :param folder: directory of the first script.
    """

    def __init__(self, home: pathlib.Path, folder: pathlib.Path) -> None:
        self._state = home / "shell-state"
        self._state.write_text(f"cd '{folder}'\n")
        self.environment = _bare(home)

    def run(
        self, script: str, text: str | None = None
    ) -> "subprocess.CompletedProcess[str]":
        """Run a script to its end, or to its first command that fails.

        :param text: its standard input, empty by default.
        :returns: with its output; errors are a part of it if it fails.
        """
        keep = f'{{ export -p; printf "cd %q\\n" "$PWD"; }} >{self._state}'
        return subprocess.run(
            [
                # It ends the children of bash too.
                *("timeout", str(PATIENCE)),
                *("bash", "-e", "-u", "-o", "pipefail", "-c"),
                f". {self._state}\n{script}\n{keep}",
            ],
            env=self.environment,
            input=text,
            stdin=subprocess.DEVNULL if text is None else None,
            capture_output=True,
            text=True,
            check=False,
        )

    def directory(self) -> pathlib.Path:
        """Return its current directory."""
        return pathlib.Path(self.run("pwd").stdout.rstrip("\n"))

    def repeat(self, script: str) -> "subprocess.CompletedProcess[str]":
        """Run a script until it succeeds and prints something.

        A command whose rows do not exist yet may fail: ``worker list`` does
        until the first heartbeat of a worker.

        :returns: of the last run, a failed one after :data:`PATIENCE`.
        :raises RuntimeError: if it printed nothing all the time.
        """
        deadline = time.monotonic() + PATIENCE
        while True:
            done = self.run(script)
            if done.returncode == 0 and done.stdout.strip():
                return done
            if time.monotonic() > deadline:
                break
            time.sleep(1)
        if done.returncode:
            return done
        raise RuntimeError(f"no row for {PATIENCE} s: {script}")


def _bare(home: pathlib.Path) -> dict[str, str]:
    """Return an environment in which nothing of this one is installed."""
    own = str(pathlib.Path(sys.prefix) / "bin")
    paths = [
        path for path in os.environ["PATH"].split(os.pathsep) if path != own
    ]
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("OS_", "PYTHON", "VIRTUAL_ENV"))
    }
    before = pathlib.Path.home()
    return {
        # Files and cache of pip are those of the user.
        "XDG_CACHE_HOME": str(before / ".cache"),
        "XDG_CONFIG_HOME": str(before / ".config"),
        **environment,
        # Most modules are never imported.
        "PIP_NO_COMPILE": "1",
        "HOME": str(home),
        "PATH": os.pathsep.join(
            [str(pathlib.Path(sys.base_prefix) / "bin"), *paths]
        ),
    }


def check(
    done: "subprocess.CompletedProcess[str]",
    script: str,
    logs: collections.abc.Callable[[], str],
) -> str:
    """Return the output of a script that has succeeded.

    :param logs: returns further output for the error.
    :raises RuntimeError: with all output if it has failed.
    """
    if done.returncode:
        raise RuntimeError(
            f"exit status {done.returncode} of:\n{script}\n"
            f"{done.stdout[-3000:]}{done.stderr[-3000:]}\n{logs()}"
        )
    return done.stdout
