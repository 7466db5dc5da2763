# SPDX-License-Identifier: Apache-2.0
"""Set-up of tests with a real processor and a real RabbitMQ."""

import datetime
import decimal

from cloudkitty.common import messaging
from cloudkitty.common.rpc import client as rpc_client
from cloudkitty.db.scopes import queries as scope_queries
from cloudkitty.tests import base
from cloudkitty.tests import new_scopes
from cloudkitty.tests import rabbitmq
from cloudkitty.tests.functional.orchestrator import deployment

HOUR = datetime.timedelta(hours=1)
USAGE = {
    "instance": [{"desc": {}, "vol": {"qty": "3", "unit": "undef"}}],
    "volume.size": [
        {
            "desc": {"groupby": {"a": 1}, "metadata": {"b": None}},
            "vol": {"qty": decimal.Decimal("0.5"), "unit": "undef"},
        }
    ],
    "nothing": [{"desc": {}, "vol": {"qty": "7", "unit": "undef"}}],
}


class RpcTestCase(base.TestCase):
    """A deployment with a bus, and clients of it."""

    def deploy(self, **options):
        url = rabbitmq.make_url(self)
        return deployment.Deployment(
            self, hours=6, transport_url=url, **options
        )

    def client(self, deployed, timeout=20):
        conf = deployed.conf
        self.bus(conf)  # Registers the option.
        conf.set_override("rpc_response_timeout", timeout)
        client = rpc_client.BusClient(conf)
        self.addCleanup(client.close)
        return client

    def bus(self, conf, **target):
        """Return a plain client of the library."""
        library = messaging.load(conf)
        transport = library.get_rpc_transport(conf)
        self.addCleanup(transport.cleanup)
        return library.get_rpc_client(
            transport, library.Target(topic="cloudkitty", **target)
        )

    def start(self, deployed):
        processor = deployed.start()
        deployed.wait_for_log("rpc server listens")
        return processor

    def last(self, deployed, name):
        with deployed.database.reader() as session:
            found = scope_queries.get(session, new_scopes.make(name))
        return found.last_processed_at
