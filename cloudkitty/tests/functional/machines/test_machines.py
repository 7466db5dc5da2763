# SPDX-License-Identifier: Apache-2.0
"""``cloudkitty.tests.machines`` in a size that takes a minute each."""

import contextlib
import datetime

from cloudkitty.tests import base
from cloudkitty.tests import etcd
from cloudkitty.tests import figures
from cloudkitty.tests import rabbitmq
from cloudkitty.tests.galera import needs
from cloudkitty.tests.galera import network
from cloudkitty.tests.machines import claims
from cloudkitty.tests.machines import rounds
from cloudkitty.tests.machines import world as ck_world

SCOPES = 18
HOURS = 32


class MachinesTestCase(base.TestCase):
    def setUp(self):
        super().setUp()
        for package in needs.PROGRAMS.values():
            self.need(package, package not in needs.missing())
        self.need("galera-4", needs.provider() is not None)
        self.need("etcd", etcd.installed())
        self.need("rabbitmq", rabbitmq.there())
        # A container without privileges can have no servers for that.
        if problem := network.problem():
            self.skipTest(problem)

    def play(self, *played, **site):
        """Play rounds, each a fault and the work that it hits."""
        now = datetime.datetime.now(datetime.UTC)
        world = ck_world.make(SCOPES, HOURS, now)
        with contextlib.ExitStack() as stack:
            run = rounds.Run(stack, world, **site)
            self.assertEqual(
                world.points * len(run.service.databases), run.begin()
            )
            for fault, when in played:
                result = run.play(fault, when)
                self.assertGreater(result.claimed, 0)
                figures.tell(self, result.line())
            run.service.end()


class TestMariaDB(MachinesTestCase):
    """One MariaDB, and locks in Redis."""

    def test_hosts(self):
        self.play(
            ("kill", claims.LIVE),
            ("stop", claims.TASKS),
            ("cut-database", claims.LIVE),
            ("cut-locks", claims.TASKS),
            locks="redis",
            galera=False,
        )


class TestGalera(MachinesTestCase):
    """Three Galera nodes, and locks in etcd."""

    def test_nodes(self):
        self.play(
            ("kill-node", claims.TASKS),
            ("cut-node", claims.LIVE),
            locks="etcd",
            galera=True,
        )
