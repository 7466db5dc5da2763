# SPDX-License-Identifier: Apache-2.0
"""The Gnocchi collector against a real server.

A request for one scope and one period is upstream's request. Requests for
many of both must lead to the same points. The resources are random;
``CLOUDKITTY_TEST_GNOCCHI_SEED`` repeats a test that failed.
"""

import copy
import datetime
import itertools
import math
import os
import random
import urllib.parse

from testtools import content

from cloudkitty.collector import definitions
from cloudkitty.collector.gnocchi import collector as gnocchi_collector
from cloudkitty.collector.gnocchi import query
from cloudkitty.common import periods
from cloudkitty.tests import base
from cloudkitty.tests import database_servers
from cloudkitty.tests import databases
from cloudkitty.tests import gnocchi
from cloudkitty.tests.contract import collector as contract

PERIOD = 3600
BEGIN = base.utc("2026-10-31T20:00")
HOURS = 6
WINDOW = periods.Window(BEGIN, BEGIN + datetime.timedelta(hours=HOURS))
SCOPES = ("p-1", "p-2", "p-3", "p-none")
LONG_AGO = "2026-10-01 00:00:00"
SEED = int(os.environ.get("CLOUDKITTY_TEST_GNOCCHI_SEED", "0"))


class GnocchiCase(base.TestCase):
    """A class of tests with one Gnocchi: it takes a while to start."""

    server = None

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        if gnocchi.THERE and not database_servers.missing("mariadb"):
            cls.server = gnocchi.Gnocchi()
            cls.server.setUp()
            cls.addClassCleanup(cls.server.cleanUp)
            cls.fill(cls.server)
            cls.server.process()

    @classmethod
    def fill(cls, server):
        raise NotImplementedError

    def setUp(self):
        self.need("gnocchi", gnocchi.THERE)
        databases.need(self, "mariadb")
        super().setUp()

    def make(self, named, **options):
        conf = self.make_conf(
            collect={"period": PERIOD},
            collector_gnocchi={
                "gnocchi_auth_type": "basic",
                "gnocchi_user": "admin",
                "gnocchi_endpoint": self.server.url,
            }
            | options,
        )
        parsed = definitions.parse(
            {"metrics": named}, "project_id", query.EXTRA_ARGS
        )
        return gnocchi_collector.GnocchiCollector(conf, parsed)


class TestContract(contract.CollectorContract, GnocchiCase):
    ids: dict[str, str] = {}
    # Gnocchi's tables hold three bytes of a character at most.
    hostile = [each for each in contract.HOSTILE if max(each) <= "\uffff"]

    @classmethod
    def fill(cls, server):
        server.make_type("instance_up", "flavor")
        for series in contract.all_series():
            labels = dict(series.labels)
            name, scope_id = labels.pop("id"), labels.pop("project_id")
            if scope_id in contract.HOSTILE and scope_id not in cls.hostile:
                continue
            made = server.add(
                "instance_up",
                # Gnocchi allows no slash here, and makes a UUID of it.
                urllib.parse.quote(name, safe=""),
                scope_id,
                [series.name],
                **labels,
            )
            cls.ids[name] = made
            server.set_revisions(made, LONG_AGO)
            server.measure(
                "instance_up",
                made,
                series.name,
                # It keeps no NaN: a number with too many digits instead.
                [(at, v if v == v else 1e300) for at, v in series.samples],
            )

    def make_collector(self, all_series):
        named = copy.deepcopy(contract.DEFINITIONS["metrics"])
        for body in named.values():
            body["extra_args"] = {"resource_type": "instance_up"}
        return self.make(named)

    def identifier(self, name):
        return self.ids[name]


class TestSamePoints(GnocchiCase):
    """Many periods and scopes in one request, and each alone."""

    @classmethod
    def fill(cls, server):
        cls.seed = SEED or random.SystemRandom().randrange(1 << 32)
        source = random.Random(cls.seed)
        server.make_type("instance", "flavor")
        begin = int(BEGIN.timestamp())
        for number in range(12):
            made = server.add(
                "instance",
                f"i-{number}",
                source.choice(SCOPES[:3]),
                ["cpu"],
                flavor="m1",
            )
            starts = _random_starts(source)
            for place, _ in enumerate(starts[1:]):
                change = {}
                if source.random() < 0.5:
                    change["project_id"] = source.choice(SCOPES[:3])
                change["flavor"] = source.choice(["m1", "m2", "m3"])
                # The same values would be no revision.
                server.change("instance", made, user_id=f"{place}", **change)
            server.set_revisions(made, *starts)
            server.measure(
                "instance",
                made,
                "cpu",
                [
                    (at, source.uniform(0, 50))
                    for at in range(begin - 3600, begin + 8 * 3600, 300)
                    if source.random() < 0.7
                ]
                or [(begin, 1)],
            )

    def setUp(self):
        super().setUp()
        self.addDetail("seed", content.text_content(str(self.seed)))

    def compare(self, window=WINDOW, groupby=(), metadata=(), **extra_args):
        collector = self.make(
            {
                "cpu": {
                    "unit": "u",
                    "groupby": list(groupby),
                    "metadata": list(metadata),
                    "factor": "1/3",
                    "extra_args": {"resource_type": "instance", **extra_args},
                }
            }
        )
        [metric] = collector.definitions
        asked = _count_requests(collector)
        together = list(collector.collect(metric, SCOPES, window))
        requests = len(asked)
        alone = [
            item
            for scope_id, period in itertools.product(
                SCOPES, window.periods(PERIOD)
            )
            for item in collector.collect(metric, [scope_id], period)
        ]
        self.assertEqual([], [item for item in alone if item.error])
        self.assertEqual(
            _sorted(alone, _attributes), _sorted(together, _attributes)
        )
        for one, two in zip(
            _quantities(alone), _quantities(together), strict=True
        ):
            # Gnocchi adds up revisions as floats, in an order of its own.
            self.assertTrue(math.isclose(one, two, rel_tol=1e-14), (one, two))
        amount = sum(len(item.points) for item in alone)
        return requests, amount

    def test_the_granularity_of_the_period(self):
        for groupby, metadata in (
            ((), ()),
            (("flavor",), ()),
            (("id", "revision_start"), ("flavor", "user_id")),
        ):
            requests, amount = self.compare(groupby=groupby, metadata=metadata)
            self.assertGreater(amount, 20)
            self.assertLess(requests, len(SCOPES) * HOURS)

    def test_a_finer_granularity(self):
        for step in (300, 600):
            _, amount = self.compare(
                groupby=["flavor"],
                force_granularity=step,
                aggregation_method="mean",
            )
            self.assertGreater(amount, 20)

    def test_one_revision_for_each_resource(self):
        for groupby in ((), ("flavor",), ("flavor", "revision_start")):
            for step in (3600, 300):
                _, amount = self.compare(
                    groupby=groupby,
                    use_all_resource_revisions=False,
                    force_granularity=step,
                )
                self.assertGreater(amount, 20)

    def test_one_request_for_each_period(self):
        for changes in (
            {"force_granularity": 7200},
            {"force_granularity": 0},
            {
                "window": periods.Window(
                    BEGIN + datetime.timedelta(minutes=30),
                    WINDOW.end + datetime.timedelta(minutes=30),
                )
            },
        ):
            _, amount = self.compare(**changes)
            self.assertGreater(amount, 20)

    def test_what_upstream_alone_can_request(self):
        for changes in (
            {"re_aggregation_method": "rate:max"},
            {"aggregation_method": "rate:mean"},
            {
                "custom_query": "(* (aggregate RE_AGGREGATION_METHOD "
                "(metric METRIC_NAME AGGREGATION_METHOD)) 2)"
            },
            {"resource_key": "original_resource_id"},
        ):
            _, amount = self.compare(**changes)
            self.assertGreater(amount, 10, changes)


def _random_starts(source):
    first = LONG_AGO
    if source.random() < 0.5:
        # A resource that appears inside the window.
        at = source.randrange(HOURS * 3600)
        first = _text(BEGIN + datetime.timedelta(seconds=at))
        return [first]
    count = source.randrange(4)
    times = sorted(source.sample(range(HOURS * 60), count))
    return [
        first,
        *(_text(BEGIN + datetime.timedelta(minutes=at)) for at in times),
    ]


def _text(at):
    return at.strftime("%Y-%m-%d %H:%M:%S")


def _attributes(point):
    return sorted(point.groupby.items()), sorted(point.metadata.items())


def _sorted(items, of_point):
    """Return scope, period and a part of each point, in one order."""
    return sorted(
        (
            item.scope_id,
            item.period,
            [
                of_point(point)
                for point in sorted(
                    item.points, key=lambda each: (_attributes(each), each.qty)
                )
            ],
        )
        for item in items
    )


def _quantities(items):
    quantities = _sorted(items, lambda point: point.qty)
    return [qty for *_, of_period in quantities for qty in of_period]


def _count_requests(collector):
    """Return a list to which each request is appended."""
    asked = []
    post = collector._client.post

    def counted(*arguments):
        asked.append(arguments)
        return post(*arguments)

    collector._client.post = counted
    return asked
