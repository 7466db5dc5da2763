# SPDX-License-Identifier: Apache-2.0
"""Chains of many scopes rate as the chain of each."""

import decimal
import random

from oslo_db import exception as db_exception

from cloudkitty import conf as ck_conf
from cloudkitty import dataframe
from cloudkitty.db.rules import mappings as hashmap_mappings
from cloudkitty.db.rules import services as hashmap_services
from cloudkitty.db.rules import thresholds as hashmap_thresholds
from cloudkitty.rating import base as rating_base
from cloudkitty.rating import loader
from cloudkitty.rating import noop
from cloudkitty.rating.hashmap import module as hashmap
from cloudkitty.rating.pyscripts import module as pyscripts
from cloudkitty.tests import base
from cloudkitty.tests import databases
from cloudkitty.tests import statements

D = decimal.Decimal
START = base.utc("2026-11-01T00:00")
LATER = base.utc("2026-11-02T00:00")
#: The last ones differ only in ways in which databases fold texts.
SCOPES = ("none", "a", "b", "A", "a ", "half \ud800")


class OneEach(rating_base.RatingModule):
    """A module of a deployer, which knows nothing of many scopes."""

    module_name = "one_each"
    description = "Adds the length of the scope id."
    always_on = True

    def reload(self, at):
        pass

    def rate(self, frame):
        usage = {
            metric: [
                point._replace(price=point.price + len(self.scope_id))
                for point in points
            ]
            for metric, points in frame.itertypes()
        }
        return dataframe.DataFrame(frame.start, frame.end, usage)


class AlwaysHashMap(hashmap.HashMap):
    """A derived module: it may read other rules."""

    always_on = True


class TestChains(base.TestCase):
    def setUp(self):
        super().setUp()
        self.database = databases.make_database(self)
        self.found = {"hashmap": hashmap.HashMap}
        self.patch_always_on(hashmap.HashMap)

    def patch_always_on(self, module):
        module.always_on = True
        self.addCleanup(delattr, module, "always_on")

    def write(self, function, *args, **kwargs):
        return self.database.write(
            lambda session: function(session, *args, **kwargs)
        )

    def invent(self, dice):
        """Create random rules, some of them of single scopes."""
        service = self.write(hashmap_services.create_service, f"m{dice.seed_}")
        flavor, size = (
            self.write(hashmap_services.create_field, service.id, name)
            for name in ("flavor", "size")
        )
        group = self.write(hashmap_services.create_group, f"g{dice.seed_}")
        for _ in range(12):
            common = {
                "cost": D(dice.randrange(1, 100)) / 8,
                "map_type": dice.choice(("flat", "rate")),
                "tenant_id": dice.choice((None, None, *SCOPES[1:5])),
                "group_id": dice.choice((None, group.id)),
            }
            service_id = {"service_id": service.id}
            try:
                if dice.random() < 0.5:
                    value = dice.choice(("m1", "m2"))
                    in_field = {"field_id": flavor.id, "value": value}
                    self.write(
                        hashmap_mappings.create,
                        start=dice.choice((START, LATER)),
                        **dice.choice((service_id, in_field)),
                        **common,
                    )
                else:
                    self.write(
                        hashmap_thresholds.create,
                        level=D(dice.randrange(4)),
                        **dice.choice((service_id, {"field_id": size.id})),
                        **common,
                    )
            except db_exception.DBDuplicateEntry:
                # Such a rule exists.
                continue
        return service.name

    def frames(self, metric):
        for start in (START, LATER):
            yield dataframe.DataFrame(
                start,
                start + (LATER - START),
                {
                    metric: [
                        dataframe.DataPoint(
                            "GiB",
                            D(qty),
                            D(0),
                            {"flavor": flavor, "size": str(qty)},
                            {},
                            None,
                        )
                        for qty in (1, 3)
                        for flavor in ("m1", "m2", "m3")
                    ]
                },
            )

    def check(self, frames):
        """Compare the chains of all scopes; return the different prices."""
        chains = loader.load_chains(self.found, self.database)
        prices = set()
        for scope_id in SCOPES:
            one = loader.load_chain(self.found, self.database, scope_id)
            for frame in frames:
                expected = self.rated(one, frame)
                self.assertEqual(
                    expected, self.rated(chains.of(scope_id), frame)
                )
                prices.add(str(expected))
        return prices

    def rated(self, chain, frame):
        try:
            return repr(list(chain.rate(frame).iterpoints()))
        except rating_base.RatingError as error:
            return str(error)

    def test_any_rules_rate_as_one_by_one(self):
        for seed in range(6):
            dice = random.Random(seed)
            dice.seed_ = seed
            metric = self.invent(dice)
            with self.subTest(seed=seed):
                prices = self.check(list(self.frames(metric)))
                self.assertGreater(len(prices), 2)

    def test_scopes_without_own_rules_share_a_chain(self):
        dice = random.Random(1)
        dice.seed_ = 1
        self.invent(dice)
        chains = loader.load_chains(self.found, self.database)
        self.assertIs(chains.of("none"), chains.of("other"))
        self.assertIsNot(chains.of("none"), chains.of("a"))

    def test_the_number_of_statements_is_constant(self):
        self.patch_always_on(pyscripts.PyScripts)
        conf = ck_conf.make(argv=[], default_config_files=[])
        self.found = loader.bind(loader.modules(), conf)
        # The bound maker is off: ``modules_state`` is empty.
        self.found["pyscripts"] = pyscripts.PyScripts
        dice = random.Random(1)
        dice.seed_ = 1
        self.invent(dice)
        with statements.recorded(self.database.engine) as executed:
            chains = loader.load_chains(self.found, self.database)
            for scope_id in SCOPES:
                chains.of(scope_id)
        selects = [text for text in executed if text.startswith("SELECT")]
        # Of the modules' states, hashmap and pyscripts.
        self.assertEqual(3, len(selects))
        self.assertIs(chains.of("none"), chains.of("other"))

    def test_modules_that_load_one_scope_each_rate_as_before(self):
        self.found |= {
            "one_each": OneEach,
            "noop": noop.Noop,
            "derived": AlwaysHashMap,
        }
        dice = random.Random(2)
        dice.seed_ = 2
        self.check(list(self.frames(self.invent(dice))))
