# SPDX-License-Identifier: Apache-2.0
"""Applications that the gabbits run against."""

import dataclasses

from gabbi import fixture

from cloudkitty import conf as ck_conf
from cloudkitty.common import rpc
from cloudkitty.db import facade
from cloudkitty.tests import databases
from cloudkitty.tests.fakes import api
from cloudkitty.tests.fakes import rpc as fake_rpc
from cloudkitty.tests.functional.api import data

_current = None


def application():
    """Return the WSGI application of the fixture that is in use.

    gabbi asks when it loads the tests, long before a fixture starts.
    """

    def delegate(environ, start_response):
        # httpx hands the decoded path on, WSGI wants its bytes as Latin-1.
        path = environ["PATH_INFO"].encode("utf-8").decode("latin-1")
        environ["PATH_INFO"] = path
        return _current(environ, start_response)

    return delegate


class NoAuth(fixture.GabbiFixture):
    """The noauth pipeline over an empty database."""

    auth_strategy = "noauth"
    filled = False

    def start_fixture(self):
        global _current
        self._schema = databases.DatabaseFixture("sqlite")
        self._schema.setUp()
        conf = ck_conf.make(argv=[], default_config_files=[])
        conf.set_override("auth_strategy", self.auth_strategy)
        conf.set_override("connection", self._schema.url, group="database")
        self._database = facade.Database(conf)
        services = api.services_of(conf, self._database)
        if self.filled:
            data.fill(services)
        services = dataclasses.replace(services, rpc=self.make_rpc(services))
        _current = api.wsgi_of(services)

    def make_rpc(self, services):
        """Return the double of the processors' RPC client."""
        return fake_rpc.ProcessorRpc(services)

    def stop_fixture(self):
        self._database.dispose()
        self._schema.cleanUp()


class Filled(NoAuth):
    """With the projects of ``data``."""

    filled = True


class Alone(Filled):
    """Without any processor on the message bus."""

    def make_rpc(self, services):
        return fake_rpc.unavailable()


class Upstream(Filled):
    """With a processor of CloudKitty 25 on the message bus."""

    def make_rpc(self, services):
        return fake_rpc.FakeRpc(error=rpc.ResetUnsupported())


class Busy(Filled):
    """With a task of project-1 over all its hours."""

    def make_rpc(self, services):
        data.begin_task(services, "project-1", "batch-1")
        return super().make_rpc(services)


class Personas(Filled):
    """Takes the identity from the headers that auth_token sets."""

    auth_strategy = "keystone"
