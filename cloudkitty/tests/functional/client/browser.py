# SPDX-License-Identifier: Apache-2.0
"""Chromium without a display, for pages in files."""

import pathlib
import re
import shutil
import subprocess

PROGRAM = shutil.which("chromium") or shutil.which("chromium-browser")
#: Seconds that a start may take on a busy host.
_PATIENCE = 180
_CONSOLE = re.compile(r"CONSOLE[^\]]*\] (.*)")


class Browser:
    """Opens pages, each in a new profile.

    :param folder: for the profile.
    """

    def __init__(self, folder: pathlib.Path) -> None:
        self._folder = folder

    def open(self, page: pathlib.Path) -> tuple[str, list[str]]:
        """Return the elements of a loaded page, and its console messages."""
        done = self._run("--dump-dom", page.as_uri())
        return done.stdout, _CONSOLE.findall(done.stderr)

    def take_picture(
        self, page: pathlib.Path, picture: pathlib.Path, size: tuple[int, int]
    ) -> None:
        """Write a PNG file of a page.

        :param size: width and height of the window in pixels.
        """
        width, height = size
        self._run(
            f"--screenshot={picture}",
            f"--window-size={width},{height}",
            "--hide-scrollbars",
            page.as_uri(),
        )

    def _run(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [
                PROGRAM,
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-background-networking",
                "--disable-dev-shm-usage",
                "--enable-logging=stderr",
                f"--user-data-dir={self._folder}",
                *arguments,
            ],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_PATIENCE,
            check=True,
        )
