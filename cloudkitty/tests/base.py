# SPDX-License-Identifier: Apache-2.0
"""What all tests stand on."""

import datetime
import os
import pathlib
import shutil
import socket
import tempfile

from oslotest import base

from cloudkitty import conf as ck_conf


def utc(text: str) -> datetime.datetime:
    """Return ``2026-11-01T05:00`` and the like as an aware UTC time."""
    return datetime.datetime.fromisoformat(text).replace(tzinfo=datetime.UTC)


class TestCase(base.BaseTestCase):
    """A test with its own folder and its own options."""

    def make_folder(self) -> pathlib.Path:
        """Return a new empty folder that ends with the test."""
        folder = tempfile.mkdtemp(prefix="cloudkitty-test-")
        self.addCleanup(shutil.rmtree, folder, ignore_errors=True)
        return pathlib.Path(folder)

    def make_conf(self, **groups):
        """Return fresh options: ``make_conf(collect={"period": 60})``.

        ``default`` stands for the group ``DEFAULT``.
        """
        conf = ck_conf.make(argv=[], default_config_files=[])
        for group, options in groups.items():
            for name, value in options.items():
                conf.set_override(
                    name, value, group=None if group == "default" else group
                )
        return conf

    def need(self, what: str, there: bool, cause: str | None = None) -> None:
        """Skip where a server is missing, unless none may be.

        With ``CLOUDKITTY_TEST_REQUIRE=all`` (or a list that names ``what``)
        a missing server fails the test.

        :param cause: the text of the skip; None for one with ``what``.
        """
        if there:
            return
        required = os.environ.get("CLOUDKITTY_TEST_REQUIRE", "").split(",")
        message = cause or f"{what} is not available"
        if "all" in required or what in required:
            self.fail(message)
        self.skipTest(message)


def free_port() -> int:
    """Return an unused port of 127.0.0.1."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]
