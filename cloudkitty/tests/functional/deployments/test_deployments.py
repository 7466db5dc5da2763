# SPDX-License-Identifier: Apache-2.0
"""The default configuration of each deployment tool, unchanged.

API and processor start on it with real servers, rate three hours, and rate
them again at another price for the stock client.
"""

import datetime
import decimal
import pathlib
import uuid

import fixtures
import sqlalchemy as sa

from cloudkitty import conf as ck_conf
from cloudkitty.db import facade
from cloudkitty.db import points
from cloudkitty.db.scopes import updates as scope_updates
from cloudkitty.tests import base
from cloudkitty.tests import databases
from cloudkitty.tests import keystone
from cloudkitty.tests import listeners
from cloudkitty.tests import new_scopes
from cloudkitty.tests import opensearch
from cloudkitty.tests import rabbitmq
from cloudkitty.tests.functional.deployments import programs
from cloudkitty.tests.functional.deployments import rendering
from cloudkitty.tests.functional.deployments import servers
from cloudkitty.tests.functional.deployments import usage

try:
    from cloudkitty.tests.functional.deployments import operator
except ImportError:
    operator = None

D = decimal.Decimal


class TestDeployments(base.TestCase):
    """One set of servers for all: they take a while to start."""

    servers = None

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        if not servers.missing():
            cls.servers = servers.Servers()
            cls.servers.setUp()
            cls.addClassCleanup(cls.servers.cleanUp)

    def setUp(self):
        super().setUp()
        databases.need(self, "mariadb")
        for name in servers.missing():
            self.need(name, False)
        self.need("cloudkittyclient", operator is not None)

    def test_kolla_ansible_2026_1(self):
        self.check("kolla-ansible-2026.1")

    def test_kolla_ansible_master(self):
        self.check("kolla-ansible-master")

    def test_kolla_ansible_2025(self):
        self.check("kolla-ansible-2025")

    def test_kolla_ansible_with_prometheus_and_opensearch(self):
        self.check("kolla-ansible-opensearch")

    def test_openstack_ansible(self):
        self.check("openstack-ansible")

    def test_charm(self):
        self.check("charm")

    def test_helm(self):
        self.check("helm")

    def test_devstack(self):
        self.check("devstack")

    def test_puppet(self):
        self.check("puppet")

    def check(self, name):
        """Rate and reprocess; compare the sums each time."""
        window = self.servers.window
        project_id = self.servers.keystone.project_id
        run = self.install(name)
        conf = self.prepare_scope()
        run.start_api(self.servers.api_port)
        someone = operator.Operator(self.servers.keystone)
        someone.make_rules(self.costs(conf, "0.25"), window.begin)
        run.start_processor()
        last = window.last_period(usage.HOUR)
        self.wait_for(
            run, lambda: someone.rated_up_to(project_id) >= last, "rating"
        )
        self.assertEqual(
            self.expected(conf, "0.25"), someone.summary(project_id, window)
        )

        someone.make_rules(self.costs(conf, "1.01"), window.begin)
        someone.reprocess(project_id, window)
        self.wait_for(
            run, lambda: someone.reprocessed(project_id, window), "the task"
        )
        expected = self.expected(conf, "1.01")
        self.assertEqual(expected, someone.summary(project_id, window))
        self.assertEqual(
            sum(price for _, price in expected.values()),
            someone.summary_1(project_id, window),
        )

        # No tool writes the default storage of this release.
        with self.database.reader() as session:
            self.assertIsNone(session.execute(points.whole()).first())
        # Over the message bus.
        cost = self.costs(conf, "1.01")["instance"]
        self.assertEqual(3 * cost, someone.quote("instance", "3"))
        self.assertEqual([], run.tracebacks())

    def wait_for(self, run, done, what):
        if not operator.wait_for(done):
            self.fail(f"{what} does not end: {run.output()}")

    def install(self, name):
        """Write the files and make the tables, as the tool does."""
        home = pathlib.Path(self.useFixture(fixtures.TempDir()).path)
        run = self.useFixture(programs.Programs(home))
        for folder in ("log", "state"):
            (home / folder).mkdir()
        self.file = rendering.write(name, self.values(name, home), run.etc)
        run.run("cloudkitty-dbsync", "upgrade")
        run.run("cloudkitty-storage-init")
        return run

    def values(self, name, home):
        """Return the values of the placeholders of a file."""
        keystone_url = self.servers.keystone.url
        database = sa.make_url(databases.make_url(self, "mariadb", False))
        found = {
            "etc": str(home / ".cloudkitty"),
            "state": str(home / "state"),
            "log": str(home / "log"),
            "keystone": keystone_url.removesuffix("/v3"),
            "keystone_password": keystone.PASSWORD,
            "database": database.render_as_string(False).split("://")[1],
            "rabbit": rabbitmq.make_url(self),
            "memcached": self.servers.memcached.address,
            "memcached_password": "not-a-secret",
            "redis": self.servers.redis.address,
            "sentinel": self.servers.redis.sentinel,
            "redis_password": listeners.PASSWORD,
            "influxdb_host": "127.0.0.1",
            "influxdb_port": str(self.servers.influxdb.port),
            "influxdb_password": "not-a-secret",
            "prometheus": self.servers.prometheus.url,
            "prometheus_password": "not-a-secret",
        }
        wanted = rendering.placeholders(name)
        if "influxdb_database" in wanted:
            found["influxdb_database"] = f"ck_{uuid.uuid4().hex[:8]}"
            self.servers.influxdb.query(
                f"CREATE DATABASE {found['influxdb_database']}"
            )
        if "opensearch" in wanted:
            found["opensearch"] = opensearch.url(self)
            found["opensearch_index"] = opensearch.make_index(self)
        return found

    def prepare_scope(self):
        """Store a scope that is rated up to the window.

        :returns: the options of the deployment.
        """
        conf = ck_conf.make([f"--config-file={self.file}"])
        self.database = facade.Database(conf)
        self.addCleanup(self.database.dispose)
        scope = new_scopes.make(
            self.servers.keystone.project_id,
            collector=conf.collect.collector,
            fetcher=conf.fetcher.backend,
        )
        before = self.servers.window.begin - datetime.timedelta(hours=1)
        self.database.write(
            lambda session: scope_updates.create(
                session, scope, before, period_seconds=usage.HOUR
            )
        )
        return conf

    def costs(self, conf, step):
        """Return another price for each service."""
        names = sorted(usage.quantities(conf.collect.collector))
        return {
            name: D(step) * (place + 1) for place, name in enumerate(names)
        }

    def expected(self, conf, step):
        """Return what ``operator.Operator.summary`` shows."""
        costs = self.costs(conf, step)
        return {
            name: (
                sum(hours).normalize(),
                (sum(hours) * costs[name]).normalize(),
            )
            for name, hours in usage.quantities(conf.collect.collector).items()
        }
