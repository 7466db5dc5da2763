# SPDX-License-Identifier: Apache-2.0
"""Which points the InfluxDB storage writes and deletes, and in which order."""

import logging
import random

import fixtures

from cloudkitty.common import exceptions
from cloudkitty.storage import base as storage_base
from cloudkitty.storage.v2.influxdb import client as influx_client
from cloudkitty.tasks import errors as task_errors
from cloudkitty.tests import base
from cloudkitty.tests import new_scopes
from cloudkitty.tests.contract.storage import case
from cloudkitty.tests.contract.storage import usage
from cloudkitty.tests.functional.storage import influxdb_case

QUERY = storage_base.Query(window=usage.hours(0, 4))


class Case(influxdb_case.InfluxDB, case.StorageCase, base.TestCase):
    def watch(self):
        """Return the list of coming writes: lines or statements."""
        writes = []
        write = influx_client.Client.write
        execute = influx_client.Client.execute

        def count_lines(client, lines):
            writes.append(len(lines))
            write(client, lines)

        def note_statement(client, *statements):
            writes.extend(statements)
            execute(client, *statements)

        self.patch(influx_client.Client, "write", count_lines)
        self.patch(influx_client.Client, "execute", note_statement)
        return writes


class TestReplace(Case):
    def test_nothing_is_deleted_that_is_written_again(self):
        self.replace("p1", usage.hours(0, 4), usage.frames(0, 4))
        writes = self.watch()
        self.replace("p1", usage.hours(0, 4), usage.frames(0, 4, price="3"))
        self.assertEqual([8], writes)

    def test_stale_points_are_deleted_exactly(self):
        self.replace("p1", usage.hours(0, 4), usage.frames(0, 4))
        self.replace("p2", usage.hours(0, 4), usage.frames(0, 4))
        writes = self.watch()
        # Of i-0 and i-1 in all hours, i-1 stays in one.
        new = [
            usage.frame(n, cpu=[usage.point(groupby={"id": "i-0"})])
            for n in range(4)
        ]
        new[1] = usage.frames(1, 2)[0]
        self.replace("p1", usage.hours(0, 4), new)
        self.assertEqual(new, list(self.retrieve("p1").frames))
        self.assertEqual(8, self.retrieve("p2").total)
        self.assertEqual(5, writes[0])
        for statement in writes[1:]:
            self.assertRegex(statement, r"\"project_id\"::tag = 'p1'")
            self.assertRegex(statement, r"\"id\"::tag = 'i-1'")
            self.assertRegex(statement, r"time >= \d+ AND time < \d+")
        self.assertEqual(3, len(writes))

    def test_a_series_with_more_tags_is_another_one(self):
        first = usage.point(groupby={"id": "a"})
        longer = usage.point(groupby={"id": "a", "flavor": "m1"})
        self.replace(
            "p1", usage.hours(0, 1), [usage.frame(0, cpu=[first, longer])]
        )
        new = [usage.frame(0, cpu=[longer])]
        self.replace("p1", usage.hours(0, 1), new)
        self.assertEqual(new, list(self.retrieve("p1").frames))

    def test_random_histories(self):
        """Each replacement leaves the points of a simple model."""
        chance = random.Random(20261128)
        for _ in range(40):
            begin = chance.randrange(3)
            end = chance.randrange(begin + 1, 5)
            new = [
                usage.frame(
                    hour,
                    cpu=[
                        usage.point(
                            chance.randrange(9),
                            chance.randrange(9),
                            chance.choice(
                                [{}, {"a": "1"}, {"b": "1"}, {"a": "2"}]
                            ),
                        )
                        for _ in range(chance.randrange(1, 5))
                    ],
                )
                for hour in range(begin, end)
                if chance.random() < 0.8
            ]
            kept = [
                frame
                for frame in self.retrieve("p1").frames
                if not begin
                <= (frame.start - usage.BEGIN).total_seconds() / 3600
                < end
            ]
            for _ in range(chance.choice((1, 2))):
                self.replace("p1", usage.hours(begin, end), new)
            self.assertEqual(
                sorted([*kept, *new], key=lambda frame: frame.start),
                list(self.retrieve("p1").frames),
            )

    def test_cut_after_any_write_and_redone(self):
        old = usage.frames(0, 4) + [
            usage.frame(4, cpu=[usage.point(groupby={"id": "gone"})])
        ]
        new = usage.frames(0, 4, price="3")
        self.patch(influx_client, "BATCH", 3)
        cut = -1
        while True:
            cut += 1
            self.replace("p1", usage.hours(0, 5), old)
            left = [cut]

            def fence(left=left):
                if not left[0]:
                    raise task_errors.LostClaim
                left[0] -= 1

            try:
                self.replace("p1", usage.hours(0, 5), new, fence=fence)
                break
            except task_errors.LostClaim:
                pass
            # Never fewer points than either rating has.
            rows = self.sums(["time"], window=usage.hours(0, 4))
            self.assertEqual([2] * 4, [qty for _, qty, _ in rows])
            for _, _, rate in rows:
                self.assertIn(rate, (2, 4, 6))
            self.replace("p1", usage.hours(0, 5), new)
            self.assertEqual(new, list(self.retrieve("p1").frames))
        # Three batches and one deletion.
        self.assertEqual(4, cut)

    def test_a_stopped_processor_spoils_one_request(self):
        """It stops in the middle, another one writes, and it goes on."""
        self.patch(influx_client, "BATCH", 2)
        lost = []

        def fence():
            if lost:
                raise task_errors.LostClaim

        write = influx_client.Client.write
        writes = []

        def write_late(client, lines):
            writes.append(lines)
            if len(writes) == 2:
                # Stopped between the check and the request.
                lost.append(True)
                self.replace(
                    "p1", usage.hours(0, 4), usage.frames(0, 4, price="9")
                )
            write(client, lines)

        self.patch(influx_client.Client, "write", write_late)
        self.assertRaises(
            task_errors.LostClaim,
            self.replace,
            "p1",
            usage.hours(0, 4),
            usage.frames(0, 4, price="5"),
            fence=fence,
        )
        # One request of two points has the older price; all others the newer.
        self.assertEqual(
            [18, 10, 18, 18], [rate for _, _, rate in self.sums(["time"])]
        )

    def test_failed_additions_add_nothing(self):
        self.replace("p1", usage.hours(0, 1), usage.frames(0, 1))
        self.server.query(
            "ALTER RETENTION POLICY autogen ON cloudkitty "
            "DURATION 1h SHARD DURATION 1h"
        )
        old = usage.hours(-100000, -99999)
        frame = usage.frame(0, cpu=[usage.point()])
        frame.start, frame.end = old.begin, old.end
        error = self.assertRaises(
            storage_base.StorageError,
            self.storage.add,
            {new_scopes.make("p1"): [frame]},
        )
        self.assertIn("retention policy", str(error))


class TestPolicies(Case):
    def test_reads_and_writes_use_the_policy(self):
        log = self.useFixture(fixtures.FakeLogger(level=logging.WARNING))
        self.assertRaises(
            exceptions.InvalidConfiguration,
            self.connect(retention_policy="long").check,
        )
        self.server.query(
            "CREATE RETENTION POLICY long ON cloudkitty DURATION INF "
            "REPLICATION 1"
        )
        default, self.storage = (
            self.storage,
            self.connect(retention_policy="long"),
        )
        default.check()
        self.assertEqual("", log.output)
        self.storage.check()
        self.assertIn("retention_policy=long", log.output)
        self.replace("p1", usage.hours(0, 1), usage.frames(0, 1))
        self.assertEqual(2, self.retrieve("p1").total)
        self.assertEqual(["p1"], self.storage.scope_ids())
        self.assertEqual(0, default.retrieve(QUERY).total)
        self.replace("p1", usage.hours(0, 1), [usage.frame(0)])
        self.assertEqual(0, self.retrieve("p1").total)

    def test_missing_database(self):
        error = self.assertRaises(
            exceptions.InvalidConfiguration, self.connect(database="x").init
        )
        self.assertIn('CREATE DATABASE "x"', str(error))
        broken = self.connect(database="x")
        self.assertRaises(storage_base.StorageError, broken.total, QUERY)
