# SPDX-License-Identifier: Apache-2.0
"""The vocabulary of the log, in the source and in its documentation."""

import ast
import datetime
import json
import logging
import pathlib

from oslo_log import formatters

import cloudkitty
from cloudkitty.common import log_fields
from cloudkitty.tests import base

SOURCE = pathlib.Path(cloudkitty.__file__).parent
PAGE = SOURCE.parent / "doc" / "source" / "admin" / "logging.rst"
#: Functions that take the name of an event, and further arguments of theirs.
RELAYS = {"run_isolated": {"level"}}
#: Mappings with keys of the vocabulary.
MAPPINGS = {"ids_of", "_asdict", "counts", "fields", "found"}
#: Values that must not be logged.
SECRETS = {"body", "content", "password", "payload", "rows", "url"}


def name_of(node):
    """Return the last name of a function or a variable."""
    if isinstance(node, ast.Call):
        node = node.func
    return getattr(node, "attr", getattr(node, "id", None))


class Walker(ast.NodeVisitor):
    """Collects the events of a file, and breaches of the rules.

    :ivar events: name, level and keys of each event.
    :ivar breaches: texts.
    """

    def __init__(self, path):
        self.path = path
        self.events = []
        self.breaches = []

    def visit_Call(self, node):  # noqa: N802 - ast's
        function = node.func
        if name_of(getattr(function, "value", None)) == "LOG":
            if function.attr != "isEnabledFor":
                self.check_line(node, function.attr)
        elif name_of(node) in RELAYS:
            own = RELAYS[name_of(node)]
            self.check_event(
                node.args[1],
                [each for each in node.keywords if each.arg not in own],
                "warning",
            )
        self.generic_visit(node)

    def breach(self, node, text):
        self.breaches.append(f"{self.path}:{node.lineno}: {text}")

    def check_line(self, node, level):
        args = node.args[1:] if level == "log" else node.args
        if {each.arg for each in node.keywords} - {"exc_info"}:
            self.breach(node, "keyword")
        if len(args) != 1:
            self.breach(node, "values outside of log_fields.event")
        elif isinstance(args[0], ast.Starred):
            event = args[0].value
            if ast.unparse(event.func) != "log_fields.event":
                self.breach(node, "not log_fields.event")
            else:
                self.check_event(event.args[0], event.keywords, level)
        elif isinstance(args[0], ast.Constant) and "%" not in args[0].value:
            self.events.append((args[0].value, level, ()))
        else:
            self.breach(node, "not a constant")

    def check_event(self, text, keywords, level):
        keys = []
        for keyword in keywords:
            if keyword.arg is None:
                if name_of(keyword.value) not in MAPPINGS:
                    self.breach(keyword.value, "unknown mapping")
            elif keyword.arg not in log_fields.KEYS:
                self.breach(keyword.value, f"key {keyword.arg}")
            elif name_of(keyword.value) in SECRETS:
                self.breach(keyword.value, f"value of {keyword.arg}")
            else:
                keys.append(keyword.arg)
        if isinstance(text, ast.Constant):
            self.events.append((text.value, level, tuple(keys)))
        elif name_of(text) != "event":
            self.breach(text, "the name of the event is not constant")


def walk():
    """Return all events and breaches of the source."""
    events, breaches = [], []
    for path in sorted(SOURCE.rglob("*.py")):
        # The client is a program of the terminal, and has no log.
        if {"client", "tests"} & set(path.relative_to(SOURCE).parts):
            continue
        if path.name == "log_fields.py":
            continue
        walker = Walker(path.relative_to(SOURCE))
        walker.visit(ast.parse(path.read_text(encoding="utf-8")))
        events += walker.events
        breaches += walker.breaches
    return events, breaches


class TestSource(base.TestCase):
    def test_each_line_has_only_keys_of_the_vocabulary(self):
        events, breaches = walk()
        self.assertEqual([], breaches)
        self.assertGreater(len(events), 70)

    def test_breaches_are_found(self):
        for line in (
            'LOG.info(f"x {y}")',
            'LOG.info("x %s", y)',
            'LOG.info("x=%(x)s", {"x": y})',
            "LOG.info(*log_fields.event(y))",
            'LOG.info(*log_fields.event(f"x {y}"))',
            'LOG.info(*log_fields.event("x", task=1))',
            'LOG.info(*log_fields.event("x", error=given.payload))',
            'LOG.info(*log_fields.event("x", **given))',
            'LOG.info("x", extra={"y": 1})',
            'failures.run_isolated(work, "x", task=1)',
        ):
            walker = Walker("x")
            walker.visit(ast.parse(line))
            self.assertEqual(1, len(walker.breaches), line)

    def test_each_key_is_used(self):
        text = "\n".join(
            path.read_text(encoding="utf-8")
            for path in SOURCE.rglob("*.py")
            if "tests" not in path.parts and path.name != "log_fields.py"
        )
        for key in log_fields.KEYS:
            self.assertRegex(text, rf'\b{key}=|"{key}"|\b{key}: int')


class TestPage(base.TestCase):
    def setUp(self):
        super().setUp()
        if not PAGE.exists():
            self.skipTest("this test runs in the source tree only")
        self.page = PAGE.read_text(encoding="utf-8")

    def test_each_event_is_described(self):
        words = " ".join(self.page.split())
        for text, _, _ in walk()[0]:
            name = text.partition(":")[0]
            self.assertIn(f"``{name}``", words)

    def test_each_key_is_described(self):
        words = " ".join(self.page.split())
        for key, meaning in log_fields.KEYS.items():
            self.assertIn(f"``{key}`` - {meaning}", words)


class TestEvent(base.TestCase):
    def line(self, text, **fields):
        made = log_fields.event(text, **fields)
        return made[0] % made[1] if len(made) > 1 else made[0]

    def test_values(self):
        at = datetime.datetime(2026, 11, 1, 5, tzinfo=datetime.UTC)
        self.assertEqual(
            "x begin=2026-11-01T05:00:00+00:00 seconds=1.235 active=True",
            self.line("x", begin=at, seconds=1.23456, active=True, user=None),
        )
        self.assertEqual("x", self.line("x", user=None))

    def test_no_value_can_forge_a_line_or_a_key(self):
        for value in (
            "a b",
            "a\nERROR x",
            'a"b',
            "a=b",
            "a\\",
            "",
            "a\x1b[0m",
        ):
            line = self.line("x", scope_id=value)
            self.assertTrue(line.isprintable(), line)
            _, _, shown = line.partition("=")
            self.assertEqual(value, json.loads(shown))
        self.assertEqual("x scope_id=50%-ü", self.line("x", scope_id="50%-ü"))

    def test_json(self):
        message, values = log_fields.event("x", scope_id="a b", points=3)
        record = logging.LogRecord(
            "n", logging.INFO, "p", 1, message, (values,), None
        )
        shown = json.loads(formatters.JSONFormatter().format(record))
        self.assertEqual({"scope_id": "a b", "points": 3}, shown["args"])
        self.assertEqual('x scope_id="a b" points=3', shown["message"])
        self.assertEqual(
            "x scope_id=%(scope_id)s points=%(points)s", shown["msg"]
        )
