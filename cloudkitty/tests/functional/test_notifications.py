# SPDX-License-Identifier: Apache-2.0
"""Notifications over a real RabbitMQ, and without one."""

import os
import socket
import subprocess
import sys
import threading
import time
import uuid

import oslo_messaging
from oslo_messaging import conffixture

from cloudkitty.common import notifications
from cloudkitty.tests import base

URL = os.environ.get(
    "CLOUDKITTY_TEST_RABBITMQ_URL", "rabbit://guest:guest@127.0.0.1:5672/"
)


def rabbitmq_there():
    try:
        socket.create_connection(("127.0.0.1", 5672), 1).close()
    except OSError:
        return False
    return True


class Endpoint:
    """Records its input."""

    def __init__(self):
        self.came = []
        self.changed = threading.Condition()

    def info(self, ctxt, publisher_id, event_type, payload, metadata):
        with self.changed:
            self.came.append((publisher_id, event_type, payload))
            self.changed.notify_all()

    def wait_for(self, count):
        with self.changed:
            self.changed.wait_for(lambda: len(self.came) >= count, 20)
        return self.came


class TestNotifications(base.TestCase):
    def make(self, url=URL, **options):
        conf = self.make_conf(default={"host": "here"})
        self.useFixture(conffixture.ConfFixture(conf, transport_url=url))
        group = "oslo_messaging_notifications"
        for name, value in options.items():
            conf.set_override(name, value, group=group)
        made = notifications.make(conf)
        self.addCleanup(made.close)
        return conf, made

    def test_off_unless_configured(self):
        _, made = self.make()
        self.assertFalse(made.enabled)
        threads = threading.active_count()
        made.send("rating.task.created", {"id": 1})
        self.assertEqual(threads, threading.active_count())

    def test_over_rabbitmq(self):
        self.need("rabbitmq", rabbitmq_there())
        topic = f"rating-{uuid.uuid4().hex}"
        conf, made = self.make(driver=["messagingv2"], topics=[topic])
        self.assertTrue(made.enabled)
        endpoint = Endpoint()
        listener = oslo_messaging.get_notification_listener(
            oslo_messaging.get_notification_transport(conf),
            [oslo_messaging.Target(topic=topic)],
            [endpoint],
            executor="threading",
        )
        listener.start()
        self.addCleanup(listener.wait)
        self.addCleanup(listener.stop)
        for number in range(3):
            made.send("rating.task.created", {"id": number})
        self.assertEqual(
            [
                ("rating.here", "rating.task.created", {"id": number})
                for number in range(3)
            ],
            endpoint.wait_for(3),
        )

    def test_a_bus_that_is_down_does_not_block(self):
        url = f"rabbit://guest:guest@127.0.0.1:{base.free_port()}/"
        _, made = self.make(url, driver=["messagingv2"])
        began = time.monotonic()
        for number in range(100):
            made.send("rating.task.created", {"id": number})
        self.assertLess(time.monotonic() - began, 1)
        made.close()
        self.assertLess(
            time.monotonic() - began, notifications.FLUSH_SECONDS + 2
        )


class TestImport(base.TestCase):
    def test_the_bus_is_opened_by_the_first_notification(self):
        """A process without notifications opens no connection."""
        subprocess.run(
            [
                sys.executable,
                "-c",
                "import sys\n"
                "import cloudkitty.orchestrator.service\n"
                "from cloudkitty import conf as ck_conf\n"
                "from cloudkitty.common import notifications\n"
                "from cloudkitty.orchestrator.rpc import embedded\n"
                "conf = ck_conf.make([], [])\n"
                "embedded.make_client(conf)\n"
                "assert not notifications.make(conf).enabled\n"
                "sys.exit('oslo_messaging' in sys.modules)",
            ],
            check=True,
        )


class TestThread(base.TestCase):
    def test_pending_notifications_are_sent_at_the_end(self):
        sent = []

        class Slow:
            def info(self, ctxt, event_type, payload):
                time.sleep(0.01)
                sent.append(payload["id"])

        made = notifications.Notifications(Slow)
        for number in range(20):
            made.send("rating.task.created", {"id": number})
        made.close()
        self.assertEqual(list(range(20)), sent)

    def test_a_failure_costs_one_notification(self):
        sent = []

        class Broken:
            def info(self, ctxt, event_type, payload):
                if payload["id"] == 1:
                    raise KeyError("secret")
                sent.append(payload["id"])

        made = notifications.Notifications(Broken)
        for number in range(3):
            made.send("rating.task.created", {"id": number})
        made.close()
        self.assertEqual([0, 2], sent)
