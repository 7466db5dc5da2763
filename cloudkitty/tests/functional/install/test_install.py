# SPDX-License-Identifier: Apache-2.0
"""The install guide is followed, from a bare environment to rated rows."""

import datetime
import decimal
import pathlib
import subprocess
import sys

from cloudkitty.tests import base
from cloudkitty.tests.functional.install import cloud
from cloudkitty.tests.functional.install import page
from cloudkitty.tests.functional.install import rows
from cloudkitty.tests.functional.install import services
from cloudkitty.tests.functional.install import terminal
from cloudkitty.tests.functional.install import usage
from cloudkitty.tests.galera import needs

D = decimal.Decimal


class TestInstall(base.TestCase):
    #: It installs about a hundred packages.
    TIMEOUT_SCALING_FACTOR = 3

    def setUp(self):
        super().setUp()
        if not (page.TOP / ".git").exists():
            self.skipTest("packages are built from a git clone only")
        for name in cloud.missing():
            self.need(name, False)
        if not usage.due_hours(datetime.datetime.now(datetime.UTC)):
            self.skipTest("a new scope has no rated period before 02:00 UTC")
        self.root = self.make_folder()
        self.home = self.root / "home"
        self.clone = self.root / "clone"
        self.make_home()
        self.need_index()
        self.page = page.Page()

    def make_home(self) -> None:
        """Make what stands for the host of the operator."""
        self.home.mkdir()
        for name in ("etc/ssl/certs", "etc/ssl/private", "etc/nginx/conf.d"):
            (self.root / name).mkdir(parents=True)
        (self.root / "etc/systemd/system").mkdir(parents=True)
        # Programs look for their files there first.
        link = self.home / ".cloudkitty"
        link.symlink_to(self.root / "etc/cloudkitty")
        clone = ["git", "clone", "-q", page.TOP, self.clone]
        subprocess.run(clone, check=True)

    def need_index(self) -> None:
        """Skip if pip cannot install a package."""
        done = subprocess.run(
            [
                *(sys.executable, "-m", "pip", "download", "-q", "--no-deps"),
                *("--retries=1", f"--dest={self.root}/index", "pbr"),
            ],
            capture_output=True,
            text=True,
            check=False,
        )
        cause = f"pip's package index: {done.stderr[-300:]}"
        self.need("package index", not done.returncode, cause)

    def test_the_guide(self):
        steps = self.page.steps()
        [series] = [x.text for x in steps if x.name == "install-series"]
        folder = self.make_folder()
        self.cloud = self.useFixture(cloud.Cloud(folder, self.home, series))
        self.table = self.cloud.table(self.root)
        self.terminal = terminal.Terminal(self.home, self.clone)
        self.services = self.useFixture(
            services.Services(self.root, self.table, self.terminal.environment)
        )
        self.outputs = {}
        for step in steps:
            self.outputs[step.name] = self.follow(step)
        # Otherwise the page has changed: remove it from the table.
        self.assertEqual(set(), self.table.unused)
        self.check_rows()

    def follow(self, step: page.Block) -> str:
        """Follow a block, return its output."""
        if page.HOST in step.classes:
            name = step.name.removeprefix("install-")
            return getattr(self, f"do_{name}")()
        if step.language == "text":
            return ""
        text = self.table.apply(step.text)
        if step.path:
            return self.write(self.table.apply(step.path), text)
        if step.language == "sql":
            return self.ended(self.terminal.run("mariadb", text), text)
        script = page.commands(text)
        if page.REPEAT in step.classes:
            return self.ended(self.terminal.repeat(script), script)
        return self.ended(self.terminal.run(script), script)

    def ended(self, done, script: str) -> str:
        return terminal.check(done, script, self.services.logs)

    def write(self, path: str, text: str) -> str:
        pathlib.Path(self.terminal.directory(), path).write_text(text + "\n")
        return ""

    def do_packages(self) -> str:
        """Nothing: the packages are those of the test's host."""
        return ""

    def do_account(self) -> str:
        """Make the directories; ``test_systemd`` runs systemd's tools."""
        share = self.root / "opt/cloudkitty/share/cloudkitty/contrib"
        self.services.make_directories(
            share / "systemd/tmpfiles.d/cloudkitty.conf"
        )
        return ""

    def do_services(self) -> str:
        """Start the commands of the units."""
        config = self.services.rewrite(
            self.root / "etc/cloudkitty/gunicorn.conf.py"
        )
        address = config.partition('bind = "')[2].partition('"')[0]
        for name in ("cloudkitty-processor", "cloudkitty-api"):
            self.services.start_unit(name)
        self.services.wait_for(f"http://{address}/")
        return ""

    def do_proxy(self) -> str:
        """Start nginx on its file."""
        self.services.start_nginx(needs.find("nginx"))
        self.services.wait_for(
            self.table.apply("https://controller:8889") + "/",
            self.root / "etc/ssl/certs/controller.pem",
        )
        return ""

    def check_rows(self) -> None:
        """Check the rows that the reader sees."""
        checks = self.outputs["install-verify-api"].split()
        self.assertEqual({"OK"}, set(checks))
        [workers] = rows.tables(self.outputs["install-verify-workers"])
        self.assertTrue(workers)
        [scopes] = rows.tables(self.outputs["install-verify-scopes"])
        self.assertEqual(
            [self.cloud.keystone.project_id],
            [row["Scope ID"] for row in scopes],
        )
        verified = self.outputs["install-verify-rows"]
        frames, before = rows.tables(verified)
        # One period has two; the page shows at most four.
        self.assertIn(len(frames), (2, 4))
        quantities = {row["Type"]: D(row["Qty"]) for row in before}
        hours = quantities["instance"]
        self.assertEqual(
            {"instance": hours, "volume.size": 10 * hours}, quantities
        )
        self.assertEqual({D(0)}, {D(row["Rate"]) for row in before})
        *_, after = rows.tables(self.outputs["install-reprocess"])
        rates = {row["Type"]: D(row["Rate"]) for row in after}
        self.assertEqual(0, rates["volume.size"])
        self.assertGreater(rates["instance"], 0)
        self.assertEqual(0, rates["instance"] % D("0.05"))
