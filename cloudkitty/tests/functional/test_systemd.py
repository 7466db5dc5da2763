# SPDX-License-Identifier: Apache-2.0
"""systemd accepts the files in ``contrib/systemd``."""

import os
import pathlib
import shutil
import subprocess
import sys

from cloudkitty.tests import base

FILES = pathlib.Path(__file__).resolve().parents[3] / "contrib" / "systemd"
NAMES = ("cloudkitty-api", "cloudkitty-processor")
#: Directory of the commands in the units.
INSTALLED = "/opt/cloudkitty/bin"


class TestFiles(base.TestCase):
    def setUp(self):
        super().setUp()
        self.need("the source tree", FILES.exists())
        self.root = self.make_folder()

    def run_tool(self, name, *arguments):
        self.need(name, shutil.which(name) is not None)
        done = subprocess.run(
            [name, *map(str, arguments)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        self.assertEqual(0, done.returncode, done.stdout)
        return done.stdout

    def copy(self, name):
        """Copy a unit, with the programs of this Python."""
        own = str(pathlib.Path(sys.executable).parent)
        text = (FILES / f"{name}.service").read_text()
        self.assertIn(f"ExecStart={INSTALLED}/", text)
        copy = self.root / f"{name}.service"
        copy.write_text(text.replace(INSTALLED, own))
        return copy

    def test_units(self):
        for name in NAMES:
            copy = self.copy(name)
            said = self.run_tool("systemd-analyze", "verify", copy)
            # Warnings have the path of the file; those of the host do not.
            self.assertNotIn(str(copy), said)

    def test_hardening(self):
        for name in NAMES:
            copy = self.copy(name)
            extra = self.root / f"{name}.service.d"
            extra.mkdir()
            shutil.copy(FILES / "hardening.conf", extra / "hardening.conf")
            said = self.run_tool("systemd-analyze", "verify", copy)
            # A misspelled name is a warning with the path of the file.
            self.assertNotIn(str(self.root), said)

    def test_user_and_directories(self):
        if os.getuid():
            self.skipTest("only root creates users")
        (self.root / "etc").mkdir()
        root = f"--root={self.root}"
        self.run_tool(
            "systemd-sysusers", root, FILES / "sysusers.d" / "cloudkitty.conf"
        )
        users = (self.root / "etc/passwd").read_text()
        [line] = [x for x in users.splitlines() if x.startswith("cloudkitty:")]
        _, _, uid, gid, _, home, shell = line.split(":")
        self.assertEqual("/var/lib/cloudkitty", home)
        self.assertTrue(shell.endswith("nologin"), shell)

        self.run_tool(
            "systemd-tmpfiles",
            root,
            "--create",
            FILES / "tmpfiles.d" / "cloudkitty.conf",
        )
        state = (self.root / "var/lib/cloudkitty").stat()
        self.assertEqual(0o750, state.st_mode & 0o777)
        self.assertEqual((int(uid), int(gid)), (state.st_uid, state.st_gid))
        etc = (self.root / "etc/cloudkitty").stat()
        self.assertEqual((0, int(gid)), (etc.st_uid, etc.st_gid))
        # It holds passwords.
        self.assertEqual(0o750, etc.st_mode & 0o777)
