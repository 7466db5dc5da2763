# SPDX-License-Identifier: Apache-2.0
"""The compatibility page names the interfaces of the package."""

import configparser
import csv
import importlib
import re

from cloudkitty import policies
from cloudkitty.conf import opts
from cloudkitty.conf import unused
from cloudkitty.db import models
from cloudkitty.db import points
from cloudkitty.db import rated_data_frames
from cloudkitty.tests.unit import test_documentation as documentation

STATES = {"works", "emulated", "not yet", "not tested", "new"}
#: Groups that CloudKitty 25 has and this package lacks.
MISSING_GROUPS = {"cloudkitty.storage.hybrid.backends"}
_TITLE = re.compile(r"^(.+)\n(===+|---+)$", re.M)
_NAME = re.compile(r"``([^`]+)``")


def read(text):
    """Return title to {name: (state, names of tests)} of each table."""
    titles = [*_TITLE.finditer(text)]
    ends = [match.start() for match in titles[1:]] + [len(text)]
    found = {}
    for title, end in zip(titles, ends, strict=True):
        lines = [
            line.strip()
            for line in text[title.end() : end].splitlines()
            if line.startswith("   ``")
        ]
        rows = list(csv.reader(lines))
        if rows:
            found[title[1].strip("`")] = {
                _NAME.fullmatch(name)[1]: (state, _NAME.findall(tests))
                for name, state, _remark, tests in rows
            }
            # A name that occurs twice would hide a row.
            assert len(rows) == len(found[title[1].strip("`")]), title[1]
    return found


class TestPage(documentation.SourceTestCase):
    def setUp(self):
        super().setUp()
        page = documentation.TOP / "doc/source/admin/compatibility.rst"
        self.tables = read(page.read_text(encoding="utf-8"))

    def names(self, title, *states):
        return {
            name
            for name, (state, _tests) in self.tables[title].items()
            if not states or state in states
        }

    def test_states_and_tests(self):
        self.assertGreater(len(self.tables), 14)
        for title, rows in self.tables.items():
            for name, (state, tests) in rows.items():
                with self.subTest(title=title, name=name):
                    self.assertIn(state, STATES)
                    if state in ("works", "emulated", "new"):
                        self.assertTrue(tests)
                    for test in tests:
                        path = f"cloudkitty/tests/{test.replace('.', '/')}.py"
                        self.assertTrue(
                            (documentation.TOP / path).is_file(), path
                        )

    def test_entry_points(self):
        setup = configparser.ConfigParser()
        setup.read(documentation.TOP / "setup.cfg", encoding="utf-8")
        groups = dict(setup["entry_points"])
        single = self.names("Groups without plugins")
        for group, lines in groups.items():
            if group in single:
                continue
            with self.subTest(group=group):
                self.assertEqual(
                    {
                        line.partition("=")[0].strip()
                        for line in lines.strip().splitlines()
                    },
                    self.names(group, "works", "emulated", "new"),
                )
        tables = {
            title
            for title in self.tables
            if title.startswith(("cloudkitty.", "console"))
        }
        self.assertEqual(set(groups), (tables | single) - MISSING_GROUPS)

    def test_option_groups(self):
        title = "Option groups"
        self.assertEqual(
            {group for group, _options in opts.list_opts()}, self.names(title)
        )
        self.assertEqual(
            {group for group, _options in unused.list_opts()},
            self.names(title, "not yet"),
        )

    def test_tables_of_the_database(self):
        own = {
            name
            for metadata in (
                models.METADATA,
                points.PointsBase.metadata,
                rated_data_frames.METADATA,
            )
            for name in metadata.tables
        }
        listed = self.names("Tables of the database", "works")
        # A version table has no model.
        self.assertEqual({"storage_sqlalchemy_alembic"}, listed - own)
        self.assertEqual(
            set(),
            {name for name in own - listed if not name.startswith("cloudkit")},
        )

    def test_policies(self):
        self.assertEqual(
            {
                rule.name.partition(":")[0]
                for rule in policies.list_rules()
                if ":" in rule.name
            },
            self.names("Policies"),
        )

    def test_import_paths(self):
        for path in self.names("Import paths") - {"cloudkitty.wsgi.api"}:
            with self.subTest(path=path):
                self.assertTrue(importlib.import_module(path))
        source = documentation.TOP / "cloudkitty/wsgi/api.py"
        self.assertTrue(source.is_file())

    def test_sections_of_the_paste_file(self):
        parser = configparser.ConfigParser()
        parser.read(documentation.TOP / "etc/cloudkitty/api_paste.ini")
        self.assertEqual(
            {
                name
                for name in parser.sections()
                if not name.startswith("pipeline:")
            },
            self.names("Sections of api_paste.ini"),
        )
