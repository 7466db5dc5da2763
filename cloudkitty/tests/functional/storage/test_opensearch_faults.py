# SPDX-License-Identifier: Apache-2.0
"""A node dies, and processors stop, in the middle of a replacement."""

import contextlib
import os
import pathlib
import signal
import subprocess
import sys
import threading
import time

import fixtures
import requests

from cloudkitty import conf as ck_conf
from cloudkitty.storage import base as storage_base
from cloudkitty.storage.v2 import opensearch as driver
from cloudkitty.storage.v2.opensearch import bulk
from cloudkitty.tests import base
from cloudkitty.tests import new_scopes
from cloudkitty.tests import opensearch
from cloudkitty.tests.contract.storage import case as storage_case
from cloudkitty.tests.contract.storage import usage

HOURS = 40
WINDOW = usage.hours(0, HOURS)
_ROOT = pathlib.Path(__file__).parents[4]


def open_storage(url, index, stream=False):
    """Return the storage of an index."""
    conf = ck_conf.make(argv=[], default_config_files=[])
    for name, value in (
        ("host", url),
        ("index_name", index),
        ("use_datastream", stream),
    ):
        conf.set_override(name, value, group="storage_opensearch")
    return driver.OpenSearchStorage(conf, None)


def write(url, index, stream, price):
    """Replace the window in pieces of few documents: the other process."""
    bulk.DOCUMENTS = 4
    storage = open_storage(url, index, bool(int(stream)))

    def fence():
        # The other process stops this one at the second of these lines.
        print("writing", flush=True)
        time.sleep(0.05)

    try:
        storage.replace(
            new_scopes.make("p1"),
            WINDOW,
            # Two series that the other rating does not have.
            [
                usage.frame(
                    hour,
                    cpu=[
                        usage.point(price=price, groupby={"id": f"i-{n}"})
                        for n in range(4)
                    ],
                )
                for hour in range(HOURS)
            ],
            fence=fence,
        )
    except storage_base.StorageError as error:
        print("failed", error, flush=True)
    else:
        print("succeeded", flush=True)


class _Faults(storage_case.StorageCase):
    stream = False

    def make_storage(self):
        self.index = opensearch.make_index(self)
        self.url = opensearch.url(self)
        return open_storage(self.url, self.index, self.stream)

    def test_a_stopped_processor_does_not_overwrite_later_points(self):
        """It passed its claim check before it was stopped."""
        self.replace("p1", WINDOW, usage.frames(0, HOURS, price="1"))
        code = f"from {__name__} import write; write(*{self._arguments()!r})"
        process = subprocess.Popen(
            [sys.executable, "-W", "ignore", "-c", code],
            stdout=subprocess.PIPE,
            text=True,
            cwd=_ROOT,
        )
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        for _ in range(3):
            self.assertEqual("writing\n", process.stdout.readline())
        os.kill(process.pid, signal.SIGSTOP)
        # Its claim expires, and another processor repeats its chunk.
        expected = usage.frames(0, HOURS, price="5")
        self.replace("p1", WINDOW, expected)
        self.assertEqual(expected, list(self.retrieve("p1").frames))
        os.kill(process.pid, signal.SIGCONT)
        last = process.stdout.read().splitlines()[-1]
        self.assertIn("failed", last)
        self.assertIn("later write", last)
        self.assertEqual(expected, list(self.retrieve("p1").frames))

    def _arguments(self):
        return self.url, self.index, str(int(self.stream)), "9"

    def test_a_replacement_that_was_cut_is_repeated(self):
        """A reader never sees fewer points than either rating has."""
        self.useFixture(fixtures.MonkeyPatch(f"{bulk.__name__}.DOCUMENTS", 8))
        self.replace("p1", WINDOW, usage.frames(0, HOURS, price="1"))
        expected = usage.frames(0, HOURS, price="2", metric="ram")
        for writes in (1, 4, 9, 10, 99):
            calls = []

            def fence(calls=calls, writes=writes):
                calls.append(1)
                if len(calls) > writes:
                    raise ZeroDivisionError

            with contextlib.suppress(ZeroDivisionError):
                self.replace("p1", WINDOW, expected, fence=fence)
            qty = sum(qty for _, qty, _ in self.sums())
            self.assertLessEqual(2 * HOURS, qty)
        self.assertEqual(expected, list(self.retrieve("p1").frames))


class TestIndex(_Faults, base.TestCase):
    """Faults of processors, in an index."""


class TestDataStream(_Faults, base.TestCase):
    """Faults of processors, in a data stream."""

    stream = True


class TestNodes(storage_case.StorageCase, base.TestCase):
    """A cluster of two nodes, of which one dies."""

    def make_storage(self):
        opensearch.need(self)
        first = opensearch.Node(self.make_folder())
        self.addCleanup(first.kill)
        first.wait()
        self.second = opensearch.Node(self.make_folder(), first)
        self.addCleanup(self.second.kill)
        first.wait(nodes=2)
        self.url = first.url
        # The primary shards are on both nodes, and each has a copy.
        template = {
            "index_patterns": ["ck"],
            "template": {
                "settings": {"number_of_shards": 4, "number_of_replicas": 1}
            },
        }
        requests.put(
            f"{first.url}/_index_template/ck", json=template, timeout=60
        ).raise_for_status()
        return open_storage(first.url, "ck")

    def test_a_node_dies_in_the_middle_of_a_reprocess(self):
        self.useFixture(fixtures.MonkeyPatch(f"{bulk.__name__}.DOCUMENTS", 8))
        self.replace("p1", WINDOW, usage.frames(0, HOURS, price="1"))
        self.replace("p2", WINDOW, usage.frames(0, HOURS, price="3"))
        health = requests.get(
            f"{self.url}/_cluster/health",
            params={"wait_for_status": "green", "timeout": "120s"},
            timeout=150,
        ).json()
        self.assertEqual(
            ("green", 2), (health["status"], health["number_of_nodes"])
        )
        seen = []
        over = threading.Event()

        def read():
            while not over.is_set():
                # A read may fail, but it may not be incomplete.
                with contextlib.suppress(storage_base.StorageError):
                    seen.append(self.sums(filters={"project_id": ["p1"]}))

        reader = threading.Thread(target=read)
        reader.start()
        self.addCleanup(reader.join)
        self.addCleanup(over.set)
        writes = []

        def fence():
            writes.append(1)
            if len(writes) == 4:
                self.second.kill()

        expected = usage.frames(0, HOURS, price="2")
        for _attempt in range(10):
            try:
                self.replace("p1", WINDOW, expected, fence=fence)
                break
            except storage_base.StorageError:
                # The task is retried after a delay.
                time.sleep(1)
        over.set()
        reader.join()
        self.assertLess(4, len(writes))
        self.assertEqual(expected, list(self.retrieve("p1").frames))
        self.assertEqual(
            usage.frames(0, HOURS, price="3"),
            list(self.retrieve("p2").frames),
        )
        self.assertTrue(seen)
        for [(_, qty, rate)] in seen:
            self.assertEqual(2 * HOURS, qty)
            self.assertLessEqual(2 * HOURS, rate)
            self.assertLessEqual(rate, 4 * HOURS)
