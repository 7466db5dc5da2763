# SPDX-License-Identifier: Apache-2.0
"""A real RabbitMQ for tests: an own virtual host for each."""

import os
import shutil
import socket
import subprocess
import urllib.parse
import uuid

URL = os.environ.get(
    "CLOUDKITTY_TEST_RABBITMQ_URL", "rabbit://guest:guest@127.0.0.1:5672/"
)


def there() -> bool:
    """Return whether the server listens."""
    parsed = urllib.parse.urlsplit(URL)
    try:
        address = parsed.hostname or "127.0.0.1", parsed.port or 5672
        socket.create_connection(address, 1).close()
    except OSError:
        return False
    return True


def make_url(test) -> str:
    """Return the URL of a virtual host that ends with the test.

    Queues are named by topic and host, so two tests must not share one.
    Where this user may not make any, it is that of ``URL``.
    """
    test.need("rabbitmq", there())
    name = f"ck-{os.getpid()}-{uuid.uuid4().hex[:8]}"
    parsed = urllib.parse.urlsplit(URL)
    user = parsed.username or "guest"
    if not _control("add_vhost", name):
        return URL
    test.addCleanup(_control, "delete_vhost", name)
    _control("set_permissions", "-p", name, user, ".*", ".*", ".*")
    return parsed._replace(path=f"/{name}").geturl()


def _control(*arguments: str) -> bool:
    command = shutil.which("rabbitmqctl")
    if command is None:
        return False
    done = subprocess.run(
        [command, "--quiet", *arguments], capture_output=True, timeout=60
    )
    return done.returncode == 0
