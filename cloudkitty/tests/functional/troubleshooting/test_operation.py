# SPDX-License-Identifier: Apache-2.0
"""Accounts of the database, backups and the rotation of logs."""

import datetime
import pathlib
import re
import shutil
import subprocess
import uuid

import fixtures
import sqlalchemy as sa

from cloudkitty.cli import dbsync
from cloudkitty.cli import storage_init
from cloudkitty.common import periods
from cloudkitty.db import points
from cloudkitty.tests import base
from cloudkitty.tests import databases
from cloudkitty.tests.functional.orchestrator import deployment
from cloudkitty.tests.functional.troubleshooting import pages

TOP = pathlib.Path(__file__).resolve().parents[4]


def run(*words: object, stdin: bytes = b"") -> bytes:
    """Run a program and return its standard output.

    :raises RuntimeError: with its errors.
    """
    done = subprocess.run(
        [str(word) for word in words],
        input=stdin,
        capture_output=True,
        timeout=300,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"{words}: {done.stderr.decode()[-2000:]}")
    return done.stdout


def statements(page: str, word: str) -> list[str]:
    """Return the statements of ``mysql -e`` on a page.

    :param word: a text that they contain.
    """
    found = [
        re.fullmatch(r'mysql -e "(.*)"', command)
        for command in pages.commands(page)
    ]
    return [each[1] for each in found if each and word in each[1]]


class Rated(base.TestCase):
    """A deployment on MariaDB with two rated scopes."""

    def make(self, hours: int = 6):
        databases.need(self, "mariadb")
        made = deployment.Deployment(self, hours=hours, backend="mariadb")
        made.set_price("0.5")
        return made

    def rate_again(self, made, price: str) -> None:
        """Execute a task with another price."""
        made.set_price(price)
        window = periods.Window(
            made.window.begin, made.window.begin + datetime.timedelta(hours=3)
        )
        made.wait_until_done(made.schedule("project-a", window))


class TestGrants(Rated):
    def setUp(self):
        super().setUp()
        self.need("docutils", pages.THERE)
        self.need("the client mysql", shutil.which("mysql") is not None)
        databases.need(self, "mariadb")
        try:
            self.as_root("SELECT 1")
        except RuntimeError:
            self.need("the account root of MariaDB on its socket", False)
        self.name = f"ck_{uuid.uuid4().hex[:12]}"

    def as_root(self, statement: str) -> None:
        run("mysql", "--no-defaults", "-e", statement)

    def create(self, account: str, host: str, database: str) -> None:
        """Create an account of the page with another name."""
        place = f"'{self.name}'@'{host}'"
        found = statements("hardening", f"'{account}'@")
        self.assertEqual(2, len(found))
        self.addCleanup(self.as_root, f"DROP USER {place}")
        for statement in found:
            # The server of the tests has no certificate.
            statement = statement.replace(" REQUIRE SSL", "")
            statement = statement.replace("cloudkitty.*", f"{database}.*")
            self.as_root(statement.replace(f"'{account}'@'{host}'", place))

    def test_the_service_needs_only_rows(self):
        made = self.make()
        url = sa.make_url(made.conf.database.connection)
        self.create("cloudkitty", "%", url.database)
        limited = url.set(username=self.name, password="SERVICE_PASS")
        engine = sa.create_engine(limited, poolclass=sa.NullPool)
        with engine.connect() as connection:
            self.assertRaises(
                sa.exc.OperationalError,
                connection.exec_driver_sql,
                "CREATE TABLE x (a INT)",
            )
        self.use(limited)
        made.start()
        made.wait_until_rated(120)
        self.rate_again(made, "0.25")
        self.assertNotIn("denied", made.log_text())
        with made.database.reader() as session:
            users = session.scalars(
                sa.text("SELECT user FROM information_schema.processlist")
            ).all()
        self.assertIn(self.name, users)

    def test_the_tables_need_more(self):
        url = sa.make_url(databases.make_url(self, "mariadb", migrated=False))
        self.create("ck_upgrade", "localhost", url.database)
        limited = url.set(username=self.name, password="UPGRADE_PASS")
        self.use(limited)
        self.assertEqual(0, dbsync.main(["upgrade"]))
        self.assertEqual(0, storage_init.main([]))

    def use(self, url: sa.URL) -> None:
        """Set the connection by the environment, which precedes files."""
        self.useFixture(
            fixtures.EnvironmentVariable(
                "OS_DATABASE__CONNECTION",
                url.render_as_string(hide_password=False),
            )
        )


#: Beginnings of the commands of a backup and of a restore.
COMMANDS = {
    "mariadb": (("mysqldump ",), ("mysql -e ", "mysql cloudkitty < ")),
    "postgresql": (("pg_dump ",), ("pg_restore ",)),
    "sqlite": (
        ('sqlite3 /var/lib/cloudkitty/cloudkitty.sqlite ".backup',),
        ('sqlite3 /var/lib/cloudkitty/cloudkitty.sqlite ".restore',),
    ),
}


class TestCommands(base.TestCase):
    def test_each_command_of_a_backup_has_a_test(self):
        self.need("docutils", pages.THERE)
        known = [
            word
            for both in COMMANDS.values()
            for words in both
            for word in words
        ]
        commands = pages.commands("backup")
        # The upgrade is tested with the schema.
        commands.remove("runuser -u cloudkitty -- cloudkitty-dbsync upgrade")
        self.assertEqual(
            sorted(commands), sorted(filter(self.starts(known), commands))
        )
        self.assertEqual(len(known), len(commands))

    def starts(self, known):
        return lambda command: command.startswith(tuple(known))


@databases.on_each(name="TestBackup")
class Backup:
    def test_dump_loss_and_restore(self):
        self.need("docutils", pages.THERE)
        for program in ("mysqldump", "pg_dump", "sqlite3"):
            self.need(program, shutil.which(program) is not None)
        self.made = deployment.Deployment(self, hours=6, backend=self.backend)
        self.made.set_price("0.5")
        self.made.start()
        self.made.wait_until_rated(120)
        self.folder = self.make_folder()
        before = self.made.dump()
        self.assertTrue(before)
        save, restore = COMMANDS[self.backend]
        # While the processor runs.
        self.run_commands(save)
        self.made.processor.terminate(60)
        with self.made.database.writer() as session:
            session.execute(sa.delete(points.RatedPoint))
        self.assertEqual([], self.made.dump())
        self.made.database.dispose()
        self.run_commands(restore)
        self.assertEqual(before, self.made.dump())
        self.made.start()
        self.made.set_price("0.25")
        task_id = self.made.schedule(
            "project-a",
            periods.Window(
                self.made.window.begin,
                self.made.window.begin + datetime.timedelta(hours=3),
            ),
        )
        self.made.wait_until_done(task_id)
        self.assertNotEqual(before, self.made.dump())

    def run_commands(self, beginnings):
        """Run commands of the page on the database of the test."""
        url = sa.make_url(self.made.conf.database.connection)
        self.log_in(url)
        for command in pages.commands("backup"):
            if not command.startswith(beginnings):
                continue
            command = re.sub(
                r"(?<=[ =])cloudkitty(?=[ ;]|$)", url.database, command
            )
            command = command.replace(
                "/var/lib/cloudkitty/cloudkitty.sqlite", url.database
            )
            command = command.replace("/var/backups", str(self.folder))
            run("bash", "-c", command)

    def log_in(self, url):
        """Let the clients find the server and the account."""
        (self.folder / ".my.cnf").write_text(
            f"[client]\nhost={url.host}\nuser={url.username}\n"
            f"password={url.password}\n"
        )
        for name, value in (
            ("HOME", self.folder),
            ("PGHOST", url.host),
            ("PGUSER", url.username),
            ("PGPASSWORD", url.password),
        ):
            self.useFixture(
                fixtures.EnvironmentVariable(name, str(value or ""))
            )


class TestRotation(Rated):
    def test_the_processor_writes_to_the_new_file(self):
        program = shutil.which("logrotate", path="/usr/sbin:/usr/bin")
        self.need("logrotate", program is not None)
        made = self.make()
        folder = made.folder / "log"
        folder.mkdir(mode=0o750)
        with made.config.open("a") as file:
            file.write(f"[DEFAULT]\nlog_dir = {folder}\n")
        text = (TOP / "contrib/logrotate/cloudkitty").read_text()
        self.assertIn("/var/log/cloudkitty/*.log {", text)
        owner = f"{folder.owner()} {folder.group()}"
        rules = made.folder / "logrotate.conf"
        rules.write_text(
            text.replace("/var/log/cloudkitty", str(folder)).replace(
                "cloudkitty cloudkitty", owner
            )
        )
        rules.chmod(0o644)
        made.start()
        made.wait_until_rated(120)
        [log] = folder.glob("*.log")
        old = log.read_text()
        self.assertIn("periods rated", old)
        state = made.folder / "logrotate.state"
        run(program, "--force", "--state", state, rules)
        self.assertEqual(0o640, log.stat().st_mode & 0o777)
        self.rate_again(made, "0.25")
        # The line follows the transaction.
        made.wait_for(
            "the line of the task in the new file",
            lambda: "task succeeded" in log.read_text(),
        )
        [rotated] = set(folder.iterdir()) - {log}
        self.assertIn(old, rotated.read_text())
