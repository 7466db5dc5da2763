# SPDX-License-Identifier: Apache-2.0
"""One name for several nodes of a cluster, and a node that goes away."""

import socket

import fixtures
import sqlalchemy as sa

from cloudkitty.db import facade
from cloudkitty.tests import base
from cloudkitty.tests import databases

#: A name that only this test resolves.
NAME = "nodes.cloudkitty.invalid"
#: Nothing listens on the first one: MariaDB binds 127.0.0.1 only.
ADDRESSES = ("127.0.0.9", "127.0.0.1")


class TestFailOver(base.TestCase):
    def setUp(self):
        super().setUp()
        url = databases.make_url(self, "mariadb")
        self.direct = sa.create_engine(url)
        self.addCleanup(self.direct.dispose)
        self.conf = self.make_conf()
        self.conf.set_override(
            "connection",
            sa.make_url(url)
            .set(host=NAME)
            .render_as_string(hide_password=False),
            group="database",
        )
        self.asked = []
        resolve = socket.getaddrinfo

        def resolve_name(host, port, *arguments, **options):
            if host != NAME:
                return resolve(host, port, *arguments, **options)
            self.asked.append(host)
            return [
                answer
                for address in ADDRESSES
                for answer in resolve(address, port, *arguments, **options)
            ]

        self.useFixture(
            fixtures.MonkeyPatch("socket.getaddrinfo", resolve_name)
        )
        self.database = facade.Database(self.conf)
        self.addCleanup(self.database.dispose)

    def connection_id(self):
        with self.database.reader() as session:
            return session.scalar(sa.text("SELECT CONNECTION_ID()"))

    def test_second_address_is_taken(self):
        self.assertGreater(self.connection_id(), 0)
        self.assertTrue(self.asked)

    def test_idle_connection_that_the_node_closed(self):
        """A reader is not repeated, so it must not meet the old one."""
        before = self.connection_id()
        with self.direct.connect() as connection:
            connection.execute(sa.text(f"KILL CONNECTION {before}"))
        self.assertNotEqual(before, self.connection_id())
