# SPDX-License-Identifier: Apache-2.0
"""The API under gunicorn, behind a proxy with request buffering and TLS.

    gunicorn --config /etc/cloudkitty/gunicorn.conf.py \
        cloudkitty.wsgi.api:application
"""

import contextlib
import socket
import threading

# Only the proxy may connect: see the installation guide.
bind = "127.0.0.1:8889"

# At most workers * threads concurrent requests. A client that sends its body
# slowly blocks a thread, not a worker.
worker_class = "gthread"
workers = 4
threads = 16

# Seconds after which an unresponsive worker is replaced. It does not end a
# request that waits for its client: see _BODY_SECONDS.
timeout = 60
graceful_timeout = 30
keepalive = 5

# Limits of the request line and of one header field in bytes, and of the
# number of header fields.
limit_request_line = 8190
limit_request_field_size = 16380
limit_request_fields = 100

#: Seconds from the end of a request's headers to the end of its body.
_BODY_SECONDS = 10
_timers = {}


def pre_request(worker, req):
    """Limit the time in which the body of a request must arrive."""
    worker.log.debug("%s %s", req.method, req.path)
    headers = dict(req.headers)
    if headers.get("CONTENT-LENGTH", "0") != "0" or (
        "TRANSFER-ENCODING" in headers
    ):
        timer = threading.Timer(
            _BODY_SECONDS, _stop_reading, [req.unreader.sock]
        )
        timer.daemon = True
        _timers[id(req)] = timer
        timer.start()


def post_request(worker, req, environ, resp):
    """Remove the limit: the response was sent."""
    timer = _timers.pop(id(req), None)
    if timer is not None:
        timer.cancel()


def _stop_reading(connection):
    # The reader finds the end of the body and returns 400. A response that
    # takes longer is still sent.
    with contextlib.suppress(OSError):
        connection.shutdown(socket.SHUT_RD)
