# SPDX-License-Identifier: Apache-2.0
"""The scripts of developers in ``tools``, in copies of the tree."""

import configparser
import dbm.dumb
import os
import pathlib
import re
import shutil
import subprocess
import sys

import cloudkitty
from cloudkitty.tests import base

TOOLS = pathlib.Path(cloudkitty.__file__).parents[1] / "tools"
SCRIPTS = (
    "demo",
    "pythons",
    "test",
    "test-times.txt",
    "test_counts.py",
    "test_times.py",
    "venv.sh",
)
#: Stands for tools/venv.sh: the environment of this process.
READY = f"""\
venv={sys.prefix}
show_help() {{ return 1; }}
find_python() {{ echo {sys.executable}; }}
ensure_venv() {{ mkdir -p "$venv"; }}
"""
STESTR_CONF = "[DEFAULT]\ntest_path=./samples\ntop_dir=./\n"
SAMPLE = """\
import unittest


class TestSample(unittest.TestCase):
    def test_good(self):
        pass

    def test_bad(self):
        self.fail()
"""
#: A port of 127.0.0.1 on which no server listens.
CLOSED = "http://127.0.0.1:9/simple"
#: Seconds until a script ends on a busy host.
PATIENCE = 120


class Copy(base.TestCase):
    """A directory with the scripts."""

    def setUp(self):
        super().setUp()
        self.need("the source tree", (TOOLS / "test").exists())
        self.top = self.make_folder()
        (self.top / "tools").mkdir()
        for name in SCRIPTS:
            shutil.copy(TOOLS / name, self.top / "tools")

    def run_tool(self, name, *arguments, **environment):
        """Return (exit status, lines of the output)."""
        done = subprocess.run(
            ["bash", f"tools/{name}", *arguments],
            cwd=self.top,
            env={**os.environ, **environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
        return done.returncode, done.stdout.splitlines()


class TestHelp(Copy):
    def check(self, name, *arguments):
        status, lines = self.run_tool(name, *arguments)
        self.assertEqual(0, status, lines)
        self.assertIn(f"  ./tools/{name} --help", "\n".join(lines))
        self.assertNotIn("#", "".join(lines))
        self.assertFalse((self.top / ".venv").exists())
        self.assertFalse((self.top / ".venv.lock").exists())

    def test_of_the_tests(self):
        self.check("test", "--help")
        self.check("test", "some.test", "-h")

    def test_of_the_demo(self):
        self.check("demo", "--help")

    def test_of_the_pythons(self):
        self.check("pythons", "--help")


class CopyWithSamples(Copy):
    """A directory with the scripts and a module of two tests."""

    def setUp(self):
        super().setUp()
        (self.top / "tools/venv.sh").write_text(READY)
        (self.top / ".stestr.conf").write_text(STESTR_CONF)
        (self.top / "samples").mkdir()
        (self.top / "samples/__init__.py").touch()
        (self.top / "samples/test_sample.py").write_text(SAMPLE)


class TestCounts(CopyWithSamples):
    """The last line has the counts of this run."""

    def check_nothing_matches(self):
        status, lines = self.run_tool("test", "no.such.test")
        self.assertEqual(1, status)
        self.assertEqual(
            [
                "no test id matches: no.such.test",
                "0 passed, 0 failed, 0 skipped",
            ],
            lines[-2:],
        )

    def test_no_test_matches(self):
        self.check_nothing_matches()
        status, lines = self.run_tool("test", "test_good")
        self.assertEqual(0, status, lines)
        self.assertEqual("1 passed, 0 failed, 0 skipped", lines[-1])
        # Not the counts of the run before.
        self.check_nothing_matches()

    def test_a_failed_test(self):
        status, lines = self.run_tool("test")
        self.assertEqual(1, status)
        self.assertEqual("1 passed, 1 failed, 0 skipped", lines[-1])

    def test_a_module_that_cannot_be_imported(self):
        (self.top / "samples/test_sample.py").write_text("import nothing_")
        status, lines = self.run_tool("test")
        self.assertNotEqual(0, status)
        self.assertIn("nothing_", "".join(lines))
        self.assertNotIn("no test id matches", "".join(lines))
        self.assertEqual("0 passed, 0 failed, 0 skipped", lines[-1])


class TestTimes(CopyWithSamples):
    """A clone without a finished run has the durations of long tests."""

    def setUp(self):
        super().setUp()
        self.times = self.top / "tools/test-times.txt"
        self.times.write_text("# The comment.\n40 some.test\n3 other.test\n")

    def known(self):
        with dbm.dumb.open(str(self.top / ".stestr/times.dbm"), "r") as times:
            return {
                test_id.decode(): float(times[test_id])
                for test_id in times.keys()
            }

    def save(self):
        subprocess.run(
            [sys.executable, str(self.top / "tools/test_times.py"), "save"],
            check=True,
            stderr=subprocess.DEVNULL,
        )

    def test_load_and_save(self):
        status, lines = self.run_tool("test", "test_good")
        self.assertEqual(0, status, lines)
        known = self.known()
        self.assertEqual(40, known.pop("some.test"))
        self.assertEqual(3, known.pop("other.test"))
        self.assertEqual(
            ["samples.test_sample.TestSample.test_good"], [*known]
        )
        # What this host has measured is kept.
        with dbm.dumb.open(str(self.top / ".stestr/times.dbm"), "w") as times:
            times["other.test"] = "0.5"
            times["third.test"] = "7.6"
        status, lines = self.run_tool("test", "test_good")
        self.assertEqual(0, status, lines)
        self.assertEqual(0.5, self.known()["other.test"])
        self.save()
        # Short tests are left out.
        self.assertEqual(
            "# The comment.\n40 some.test\n8 third.test\n",
            self.times.read_text(),
        )


class TestGroups(base.TestCase):
    """Tests that share a server or depend on each other stay together."""

    def group(self, test_id):
        conf = configparser.ConfigParser()
        conf.read(TOOLS.parent / ".stestr.conf")
        pattern = conf.get("DEFAULT", "group_regex", raw=True)
        return re.match(pattern, test_id)[0]

    def test_groups(self):
        self.need("the source tree", (TOOLS.parent / ".stestr.conf").exists())
        case = "cloudkitty.tests.unit.test_tools.TestGroups"
        self.assertEqual(f"{case}.", self.group(f"{case}.test_groups"))
        module = "cloudkitty.tests.functional.api.test_gabbits"
        self.assertEqual(
            f"{module}.scope-reset",
            self.group(f"{module}.scope-reset_of_all._scopes.test_request"),
        )


class TestPythons(CopyWithSamples):
    def add_python(self, path, version):
        """Write a program that answers as Python ``version``."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"#!/bin/sh\necho {version}\n")
        path.chmod(0o755)
        return path

    def run_pythons(self, *arguments):
        path = os.pathsep.join(
            [str(self.top / "bin"), str(pathlib.Path(sys.executable).parent)]
        )
        return self.run_tool(
            "pythons",
            *arguments,
            PATH=f"{path}:/usr/bin:/bin",
            PYENV_ROOT=str(self.top / "pyenv"),
        )

    def test_search(self):
        # A shim of a version that is not selected prints an error only.
        self.add_python(self.top / "bin/python3.98", "")
        versions = self.top / "pyenv/versions"
        self.add_python(versions / "3.98.9/bin/python3.98", "3.98")
        newest = self.add_python(versions / "3.98.10/bin/python3.98", "3.98")
        in_path = self.add_python(self.top / "bin/python3.99", "3.99")
        self.add_python(versions / "3.99.0/bin/python3.99", "3.99")
        status, lines = self.run_pythons("--list", "3.98", "3.99")
        self.assertEqual([f"3.98  {newest}", f"3.99  {in_path}"], lines)
        self.assertEqual(0, status)

    def test_one_is_missing(self):
        status, lines = self.run_pythons("3.97")
        self.assertEqual(["3.97  missing"], lines)
        self.assertEqual(1, status)

    def test_the_python_of_the_virtual_environment(self):
        version = "{}.{}".format(*sys.version_info)
        status, [line] = self.run_pythons(version)
        self.assertEqual(0, status)
        self.assertEqual(
            f"{version}  the Python of .venv: ./tools/test runs its tests",
            line,
        )

    def test_counts(self):
        for version in ("3.98", "3.99"):
            self.add_python(self.top / f"bin/python{version}", version)
        status, lines = self.run_pythons(
            "--newest", "3.98", "3.99", "test_good"
        )
        [line] = lines
        self.assertRegex(
            line, r"^3\.99  1 passed, 0 failed, 0 skipped \(\d+ s\)$"
        )
        self.assertEqual(0, status)
        status, lines = self.run_pythons("3.98", "samples")
        self.assertRegex(lines[-1], r"^3\.98  1 passed, 1 failed, 0 skipped")
        # The end of the output has the cause.
        self.assertIn("test_bad", "".join(lines))
        self.assertEqual(1, status)
        log = (self.top / ".venv-3.98/tests.log").read_text()
        self.assertIn("test_good", log)

    def test_classifiers(self):
        """The package names only Pythons that run the tests."""
        script = (TOOLS / "pythons").read_text()
        [line] = re.findall(r"^versions=\((.*)\)$", script, re.M)
        setup = (TOOLS.parent / "setup.cfg").read_text()
        named = re.findall(r"Python :: (3\.\d+)$", setup, re.M)
        self.assertEqual(line.split()[: len(named)], named)
        self.assertIn(f"python_requires = >={named[0]}\n", setup)


class TestOffline(Copy):
    """What pip's failure ends in."""

    def install(self, *arguments):
        """Return the last line after pip has failed."""
        script = (
            f"set -uo pipefail; top=$PWD; . tools/venv.sh; venv={sys.prefix};"
            'pip_install sample --target "$PWD/target" --retries 1 "$@"'
        )
        done = subprocess.run(
            ["bash", "-c", script, "bash", *arguments],
            cwd=self.top,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
        self.assertEqual(1, done.returncode, done.stdout)
        return done.stdout.splitlines()[-1]

    def test_the_network_is_missing(self):
        self.assertEqual(
            "The package index cannot be reached: connect to the network, or "
            "name a mirror in PIP_INDEX_URL.",
            self.install("--index-url", CLOSED, "no-such-package"),
        )

    def test_another_cause(self):
        self.assertEqual(
            "pip could not install what is needed for: sample",
            self.install("--no-index", "no-such-package"),
        )
