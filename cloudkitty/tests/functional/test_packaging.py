# SPDX-License-Identifier: Apache-2.0
"""What pip installs is whole."""

import pathlib
import re
import subprocess
import sys
import tarfile
import zipfile

from cloudkitty.tests import base

TOP = pathlib.Path(__file__).resolve().parents[3]
SHARE = r"cloudkitty-[^/]*\.data/data/share/cloudkitty"
EXTRAS = {
    "client",
    "etcd",
    "memcache",
    "mysql",
    "parquet",
    "plugins",
    "postgresql",
    "redis",
    "systemd",
}
#: Tests in the wheel: the contracts of plugins, and the modules they need.
PUBLISHED = {"contract", "fakes"}
#: Imports all modules of the published tests.
IMPORT_ALL = """\
import importlib, pkgutil, cloudkitty.tests as tests
assert tests.__file__.startswith({folder!r}), tests.__file__
for found in pkgutil.walk_packages(tests.__path__, "cloudkitty.tests."):
    importlib.import_module(found.name)
"""


class TestPackaging(base.TestCase):
    """Builds the package from a clone, as a release does."""

    def setUp(self):
        super().setUp()
        if not (TOP / ".git").exists():
            self.skipTest("packages are built from a git clone only")
        self.folder = self.make_folder()
        self.clone = self.folder / "clone"
        self.run_in(self.folder, "git", "clone", "-q", TOP, self.clone)

    def run_in(self, folder: pathlib.Path, *command: object) -> str:
        done = subprocess.run(
            [str(word) for word in command],
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=300,
        )
        self.assertEqual(0, done.returncode, done.stdout)
        return done.stdout

    def test_wheel_and_source_archive(self):
        # One build for both: it takes seconds. No isolation, so no network.
        self.run_in(
            self.clone,
            sys.executable,
            "-c",
            "from setuptools import build_meta as build;"
            "build.build_sdist('dist'); build.build_wheel('dist')",
        )
        wheel = next((self.clone / "dist").glob("*.whl"))
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(self.folder / "wheel")
            names = archive.namelist()
            metadata = archive.read(
                next(name for name in names if name.endswith("/METADATA"))
            ).decode()
        self.assert_version(metadata)
        self.assert_extras(metadata)
        self.assertIn("\nLicense-Expression: Apache-2.0\n", metadata)
        self.assertNotIn("\nLicense:", metadata)
        self.assert_contrib(names)
        self.assert_tests(names)
        self.assert_has(
            names,
            r"cloudkitty/py\.typed",
            r"cloudkitty/db/alembic/env\.py",
            r"cloudkitty/db/alembic/versions/\w+\.py",
            r"cloudkitty/db/alembic/points_versions/\w+\.py",
            r"cloudkitty/wsgi/api\.py",
            r"cloudkitty-.*\.data/data/etc/cloudkitty/api_paste\.ini",
            r"cloudkitty-.*\.data/data/etc/cloudkitty/embedded\.conf",
            r"cloudkitty-.*\.data/data/etc/cloudkitty/metrics\.yml",
            r"cloudkitty-.*\.data/data/etc/cloudkitty/metrics\.prometheus\.yml",
            r"cloudkitty-.*\.data/data/etc/cloudkitty/gunicorn\.conf\.py",
            r"cloudkitty-.*\.data/data/etc/cloudkitty/uwsgi\.ini",
            r"cloudkitty-.*\.data/data/etc/cloudkitty/nginx\.conf",
            r"cloudkitty-.*\.data/data/etc/cloudkitty/haproxy\.cfg",
            rf"{SHARE}/oslo-config-generator/cloudkitty\.conf",
            rf"{SHARE}/oslo-policy-generator/cloudkitty\.conf",
        )
        sources = next((self.clone / "dist").glob("*.tar.gz"))
        with tarfile.open(sources) as archive:
            names = archive.getnames()
        self.assert_has(
            names,
            r".*/README\.rst",
            r".*/LICENSE",
            r".*/setup\.cfg",
            r".*/doc/source/index\.rst",
            r".*/etc/cloudkitty/embedded\.conf",
            r".*/tools/demo",
        )

    def assert_version(self, metadata: str) -> None:
        version = re.findall(r"^Version: (.*)$", metadata, re.M)[0]
        self.assertTrue(version.startswith("26.0.0"), version)

    def assert_extras(self, metadata: str) -> None:
        extras = re.findall(r"^Provides-Extra: (.*)$", metadata, re.M)
        # pbr adds one of its own for the tests' requirements.
        self.assertEqual(EXTRAS, EXTRAS & set(extras))

    def assert_contrib(self, names: list[str]) -> None:
        found = {
            re.sub(f"^{SHARE}/", "", name)
            for name in names
            if re.match(f"{SHARE}/contrib/", name)
        }
        files = self.clone.glob("contrib/**/*")
        self.assertEqual(
            {
                str(path.relative_to(self.clone))
                for path in files
                if path.is_file()
            },
            found,
        )

    def assert_tests(self, names: list[str]) -> None:
        tests = re.compile(r"cloudkitty/tests/([^/]+)/")
        found = {match[1] for match in map(tests.match, names) if match}
        self.assertEqual(PUBLISHED, found)
        # They need nothing that is left out.
        wheel = self.folder / "wheel"
        script = IMPORT_ALL.format(folder=str(wheel))
        self.run_in(wheel, sys.executable, "-W", "ignore", "-c", script)

    def assert_has(self, names: list[str], *patterns: str) -> None:
        for pattern in patterns:
            self.assertTrue(
                any(re.fullmatch(pattern, name) for name in names), pattern
            )
