# SPDX-License-Identifier: Apache-2.0
"""Enabled rating modules, their order, and errors at start-up."""

import decimal
import os
import subprocess
import sys

import sqlalchemy as sa

from cloudkitty import dataframe
from cloudkitty.common import exceptions
from cloudkitty.db.rules import mappings as hashmap_mappings
from cloudkitty.db.rules import module_states
from cloudkitty.db.rules import services as hashmap_services
from cloudkitty.db.rules import thresholds as hashmap_thresholds
from cloudkitty.rating import base as rating_base
from cloudkitty.rating import loader
from cloudkitty.rating import noop
from cloudkitty.rating.hashmap import module
from cloudkitty.rating.pyscripts import module as pyscripts_module
from cloudkitty.tests import base
from cloudkitty.tests import databases
from cloudkitty.tests import rule_book
from cloudkitty.tests.fakes import rating as fake_rating

D = decimal.Decimal

_PROGRAM = """
import logging
from cloudkitty.common import exceptions
from cloudkitty.rating import broken
from cloudkitty.rating import loader
logging.basicConfig(format="%(levelname)s %(message)s")
found = loader.modules()
loader.warn(loader.modules())
print(*sorted(found))
for module in found.values():
    if issubclass(module, broken.BrokenModule):
        try:
            module(None, None)
        except exceptions.InvalidConfiguration as error:
            print("refused:", error)
"""


class TestModules(base.TestCase):
    def test_ours(self):
        self.assertEqual(
            {
                "hashmap": module.HashMap,
                "noop": noop.Noop,
                "pyscripts": pyscripts_module.PyScripts,
            },
            loader.modules(),
        )

    def found_with(self, entry_point, source="", package="other"):
        """Return output and log of the loader with one more package."""
        folder = self.make_folder()
        info = folder / f"{package}-1.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(
            f"Metadata-Version: 2.1\nName: {package}\nVersion: 1\n"
        )
        (info / "entry_points.txt").write_text(
            f"[{loader.NAMESPACE}]\n{entry_point}\n"
        )
        (folder / "other_rating.py").write_text(source)
        # In a process of its own: entry points are cached.
        done = subprocess.run(
            [sys.executable, "-c", _PROGRAM],
            env={**os.environ, "PYTHONPATH": str(folder)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=True,
        )
        return done.stdout

    def test_an_out_of_tree_module(self):
        source = (
            "from cloudkitty.rating import noop\n"
            "class Other(noop.Noop):\n"
            "    module_name = 'other'\n"
        )
        self.assertEqual(
            "hashmap noop other pyscripts\n",
            self.found_with("other = other_rating:Other", source),
        )

    def test_a_broken_one_can_be_shown_and_cannot_rate(self):
        for entry_point, source, what in (
            ("other = other_rating:Other", "", "AttributeError"),
            ("other = no_such_module:Other", "", "No module named"),
            ("other = other_rating:Other", "1 / 0", "ZeroDivisionError"),
            (
                "other = other_rating:Other",
                "Other = 5",
                "TypeError: not a cloudkitty",
            ),
            (
                "other = cloudkitty.rating.noop:Noop",
                "",
                "its module_name is noop",
            ),
            (
                "noop = other_rating:Noop",
                "from cloudkitty.rating import noop\n"
                "class Noop(noop.Noop): pass\n",
                "several packages",
            ),
        ):
            with self.subTest(entry_point, source=source):
                said = self.found_with(entry_point, source)
                name = entry_point.partition(" ")[0]
                self.assertIn(f"refused: rating module {name} is", said)
                warning = (
                    f"WARNING rating module cannot be loaded module={name} "
                )
                self.assertEqual(1, said.count(warning), said)
                self.assertEqual(2, said.count(what), said)


class TestLoadChain(base.TestCase):
    def setUp(self):
        super().setUp()
        self.database = databases.make_database(self)

    def names(self):
        chain = loader.load_chain(loader.modules(), self.database, "a")
        return [one.module_name for one in chain.modules]

    def set_state(self, name, enabled=None, priority=None):
        def work(session):
            if enabled is not None:
                module_states.set_enabled(session, name, enabled)
            if priority is not None:
                module_states.set_priority(session, name, priority)

        self.database.write(work)

    def test_one_statement_reads_the_states(self):
        """It is part of each unit of work."""
        asked = []
        sa.event.listen(
            self.database.engine,
            "before_cursor_execute",
            lambda *args: asked.append(args[2]),
        )
        loader.load_chain(loader.modules(), self.database, None)
        self.assertEqual(
            1, len([each for each in asked if "modules_state" in each]), asked
        )

    def test_only_always_on_modules_need_no_row(self):
        self.assertEqual(["noop"], self.names())

    def test_enabled_and_disabled(self):
        self.set_state("hashmap", enabled=True)
        self.assertEqual(["hashmap", "noop"], self.names())
        self.set_state("hashmap", enabled=False)
        self.assertEqual(["noop"], self.names())

    def test_larger_priorities_run_first(self):
        self.set_state("hashmap", enabled=True, priority=-5)
        self.assertEqual(["noop", "hashmap"], self.names())
        self.set_state("hashmap", priority=5)
        self.assertEqual(["hashmap", "noop"], self.names())

    def test_a_row_of_an_always_on_module_has_no_effect(self):
        self.set_state("hashmap", enabled=True, priority=5)
        self.set_state("noop", enabled=False, priority=100)
        self.assertEqual(["hashmap", "noop"], self.names())

    def test_rows_of_modules_that_are_not_installed(self):
        self.set_state("collector_gnocchi", enabled=True)
        self.set_state("gone", enabled=False, priority=9)
        self.assertEqual(["noop"], self.names())
        self.set_state("gone", enabled=True, priority=9)
        error = self.assertRaises(exceptions.InvalidConfiguration, self.names)
        self.assertIn("gone is enabled", str(error))

    def test_rules_are_those_of_the_scope_and_of_the_moment(self):
        def work(session):
            module_states.set_enabled(session, "hashmap", True)
            service = hashmap_services.create_service(session, "cpu")
            for tenant_id, cost in ((None, 1), ("a", 2), ("A", 3)):
                hashmap_mappings.create(
                    session,
                    cost=D(cost),
                    map_type="flat",
                    start=rule_book.START,
                    service_id=service.id,
                    tenant_id=tenant_id,
                )
            return service

        service = self.database.write(work)
        chains = {
            scope_id: loader.load_chain(
                loader.modules(), self.database, scope_id
            )
            for scope_id in ("a", "A", "b", None)
        }
        # Made after the chains: they do not see it.
        self.database.write(
            lambda session: hashmap_thresholds.create(
                session,
                level=D(0),
                cost=D(100),
                map_type="flat",
                service_id=service.id,
            )
        )
        self.assertEqual(
            {"a": 2, "A": 3, "b": 1, None: 1},
            {scope: price(chain) for scope, chain in chains.items()},
        )
        chain = loader.load_chain(loader.modules(), self.database, "a")
        self.assertEqual(102, price(chain))


class TestChain(base.TestCase):
    def test_each_gets_the_frame_of_the_one_before(self):
        chain = loader.Chain(
            [fake_rating.FixedPrice(2), fake_rating.FixedPrice("0.5")]
        )
        self.assertEqual(D("2.5"), price(chain))
        self.assertEqual(
            [[rule_book.AT]] * 2, [one.rated for one in chain.modules]
        )

    def test_reload_comes_before_rate(self):
        chain = fake_rating.fixed_price_chain()
        [fixed] = chain.modules
        fixed.errors[rule_book.AT] = rating_base.RatingError("no")
        self.assertRaises(rating_base.RatingError, price, chain)
        self.assertEqual([], fixed.rated)

    def test_noop_changes_nothing(self):
        chain = loader.Chain([noop.Noop(None, "a")])
        frame = rule_book.frame([rule_book.point(price=7)])
        self.assertEqual(frame, chain.rate(frame))

    def test_an_empty_frame(self):
        chain = fake_rating.fixed_price_chain()
        frame = dataframe.DataFrame(rule_book.AT, rule_book.AT)
        self.assertEqual(0, len(chain.rate(frame)))


def price(chain):
    rated = chain.rate(rule_book.frame([rule_book.point(1)]))
    return rated.usage["cpu"][0].price
