# SPDX-License-Identifier: Apache-2.0
"""Nothing that an operator or a developer meets is without a page."""

import configparser
import pathlib
import re

from cloudkitty import policies
from cloudkitty.conf import opts
from cloudkitty.db.tasks import states
from cloudkitty.tests import base

TOP = pathlib.Path(__file__).resolve().parents[3]
#: Libraries whose options the service registers.
LIBRARIES = (
    "cotyledon",
    "keystonemiddleware.auth_token",
    "oslo.concurrency",
    "oslo.db",
    "oslo.log",
    "oslo.messaging",
    "oslo.middleware.cors",
    "oslo.middleware.http_proxy_to_wsgi",
    "oslo.policy",
    "oslo.reports",
)
#: Parts of an operation: a rubric has no entry in the contents.
_PARTS = {"Request", "Response", "Example", "Status codes"}


def _pages(folder: str) -> str:
    """Return all text below a folder of documentation sources."""
    return "\n".join(
        path.read_text(encoding="utf-8")
        for path in sorted((TOP / folder).rglob("*"))
        if path.suffix in (".rst", ".inc", ".yaml") and path.is_file()
    )


def _entry_points() -> dict[str, list[str]]:
    setup = configparser.ConfigParser()
    setup.read(TOP / "setup.cfg", encoding="utf-8")
    return {
        group: [
            line.partition("=")[0].strip()
            for line in lines.strip().splitlines()
        ]
        for group, lines in setup["entry_points"].items()
    }


class SourceTestCase(base.TestCase):
    """A test that reads the source tree, which an installation has not."""

    def setUp(self):
        super().setUp()
        if not (TOP / "doc").is_dir():
            self.skipTest("these tests run in the source tree only")


class TestOptions(SourceTestCase):
    def test_each_option_has_a_help_text(self):
        for group, options in opts.list_opts():
            for option in options:
                self.assertTrue(option.help, f"[{group}] {option.name}")

    def test_the_page_and_the_sample_show_the_same_namespaces(self):
        page = (TOP / "doc/source/admin/configuration.rst").read_text()
        shown = re.findall(r"show-options::\n\n   (\S+)", page)
        generator = (
            TOP / "etc/oslo-config-generator/cloudkitty.conf"
        ).read_text()
        generated = re.findall(r"^namespace = (\S+)", generator, re.M)
        self.assertEqual(sorted(generated), sorted(shown))

    def test_all_namespaces_are_shown(self):
        page = (TOP / "doc/source/admin/configuration.rst").read_text()
        for namespace in ("cloudkitty.common.config", *LIBRARIES):
            self.assertIn(f"\n   {namespace}\n", page)


class TestEntryPoints(SourceTestCase):
    def test_each_command_is_described(self):
        page = (TOP / "doc/source/install/commands.rst").read_text()
        for command in _entry_points()["console_scripts"]:
            self.assertIn(f"\n``{command}``\n===", page)

    def test_each_group_of_plugins_is_described(self):
        page = (TOP / "doc/source/contributor/plugins.rst").read_text()
        for group in _entry_points():
            self.assertIn(f"``{group}``", page)

    def test_each_plugin_is_described(self):
        page = (TOP / "doc/source/contributor/plugins.rst").read_text()
        for group, names in _entry_points().items():
            if not group.startswith("cloudkitty."):
                continue
            for name in names:
                self.assertIn(f"``{name}``", page, group)

    def test_each_collector_and_fetcher_has_its_paragraph(self):
        page = (TOP / "doc/source/admin/collectors.rst").read_text()
        points = _entry_points()
        for group in ("cloudkitty.collector.backends", "cloudkitty.fetchers"):
            for name in points[group]:
                self.assertIn(f"\n``{name}``\n    ", page)


class TestRoutes(SourceTestCase):
    def test_each_route_that_has_a_policy_is_described(self):
        text = _pages("api-ref/source")
        described = {
            (method, re.sub(r"\{.*?\}", "{}", path.rstrip("/")))
            for method, path in re.findall(r"rest_method:: (\w+) (\S+)", text)
        }
        for rule in policies.list_rules():
            for operation in getattr(rule, "operations", ()):
                path = re.sub(r"\{.*?\}", "{}", operation["path"].rstrip("/"))
                methods = operation["method"]
                for method in (
                    [methods] if isinstance(methods, str) else methods
                ):
                    self.assertIn((method, path), described, rule.name)

    def test_the_discovery_is_described(self):
        text = _pages("api-ref/source")
        self.assertIn("rest_method:: GET /\n", text)
        self.assertIn("rest_method:: GET /v2\n", text)

    def test_each_policy_is_named(self):
        text = _pages("api-ref/source")
        for rule in policies.list_rules():
            if getattr(rule, "operations", ()):
                self.assertIn(f"``{rule.name}``", text)


class TestTaskStates(SourceTestCase):
    def test_each_state_and_each_action_is_described(self):
        page = (TOP / "api-ref/source/v2/task-parameters.yaml").read_text()
        for parameter, expected in (
            ("state", set(states.State)),
            ("state_body", set(states.ACTIONS)),
        ):
            [text] = re.findall(
                rf"^{parameter}:\n  description: \|\n((?:    .*\n)+)",
                page,
                re.M,
            )
            self.assertEqual(expected, set(re.findall(r"``(\w+)``", text)))


class TestHeadings(SourceTestCase):
    """The contents of a page of the API reference name operations."""

    def test_each_is_there_once(self):
        pages = sorted((TOP / "api-ref/source").rglob("*.inc"))
        self.assertGreater(len(pages), 10)
        for page in pages:
            found = re.findall(
                r"(?m)^(\S.*)\n(?:=+|-+|~+|\^+)$", page.read_text()
            )
            twice = {name for name in found if found.count(name) > 1}
            with self.subTest(page=page.name):
                self.assertEqual(set(), twice)
                self.assertEqual(set(), _PARTS & set(found))


class TestCodeMap(SourceTestCase):
    def test_paths_exist(self):
        page = (TOP / "doc/source/contributor/code_map.rst").read_text()
        paths = re.findall(r"``([\w./]+(?:\.py|/))``", page)
        self.assertGreater(len(paths), 40)
        for path in paths:
            if "NNNN" in path or path == "cloudkitty/":
                continue
            with self.subTest(path=path):
                self.assertTrue((TOP / "cloudkitty" / path).exists())
