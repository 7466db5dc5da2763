# SPDX-License-Identifier: Apache-2.0
"""Case of live rating whose log records are kept."""

import logging

from cloudkitty.orchestrator import live
from cloudkitty.tests import base
from cloudkitty.tests.unit.orchestrator import world

LAST = "2026-11-02T04:00"
DUE = world.hours("2026-11-02T05:00", 3)
DONE = "2026-11-02T07:00"


class Case(base.TestCase):
    """Live rating that can fail; its log records are kept."""

    def setUp(self):
        super().setUp()
        self.make()
        self.records = []
        handler = logging.Handler()
        handler.emit = self.records.append
        for module in ("live", "rounds", "cycle", "failures"):
            logger = logging.getLogger(f"cloudkitty.orchestrator.{module}")
            self.addCleanup(logger.setLevel, logger.level)
            logger.setLevel(logging.INFO)
            logger.addHandler(handler)
            self.addCleanup(logger.removeHandler, handler)

    def make(self, **options):
        """Make the world; options by their groups."""
        self.world = world.World(self, **options)
        self.live = live.LiveRating(self.world.resources, self.world.stop)

    def add(self, *scope_ids):
        for scope_id in scope_ids:
            self.world.add_scope(scope_id, LAST)
            self.world.put("cpu", scope_id, DUE)
        self.world.fetcher.scopes = list(scope_ids)

    def break_chain(self, error):
        """Let every attempt fail with ``error``; return what mends it."""
        resources = self.world.resources
        load_chain, load_chains = resources.load_chain, resources.load_chains
        self.attempts = 0

        def broken(scope_id):
            self.attempts += 1
            raise error

        def put(load_chain, load_chains):
            object.__setattr__(resources, "load_chain", load_chain)
            object.__setattr__(resources, "load_chains", load_chains)

        put(broken, lambda: broken(None))
        return lambda: put(load_chain, load_chains)

    def pending_seconds(self):
        at = self.live.pending_at()
        return at and (at - self.world.clock.now()).total_seconds()

    def failed(self):
        """Return the warnings of failures."""
        return [
            line for line in self.logged(logging.WARNING) if " failed" in line
        ]

    def logged(self, level):
        return [
            record.getMessage()
            for record in self.records
            if record.levelno == level
        ]
