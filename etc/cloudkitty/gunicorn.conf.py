# SPDX-License-Identifier: Apache-2.0
"""The API under gunicorn, behind a proxy that buffers requests and does TLS.

    gunicorn --config /etc/cloudkitty/gunicorn.conf.py \
        cloudkitty.wsgi.api:application
"""

import contextlib
import socket
import threading

# Only the proxy may connect: see the installation guide.
bind = "127.0.0.1:8889"

# workers * threads requests at a time. A client that sends its body slowly
# holds one thread, not a worker.
worker_class = "gthread"
workers = 4
threads = 16

# Seconds after which a worker that does not react is replaced. It does not
# end a request that waits for its client: _BODY_SECONDS does.
timeout = 60
graceful_timeout = 30
keepalive = 5

# Bytes and number of header fields.
limit_request_line = 8190
limit_request_field_size = 16380
limit_request_fields = 100

#: Seconds from the end of a request's headers to the end of its body.
_BODY_SECONDS = 10
_timers = {}


def pre_request(worker, req):
    """Bound the time in which the body of a request must be there."""
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
    """Forget the bound: the answer was sent."""
    timer = _timers.pop(id(req), None)
    if timer is not None:
        timer.cancel()


def _stop_reading(connection):
    # Whoever reads finds the end of the body, and answers 400. An answer that
    # takes longer is still sent.
    with contextlib.suppress(OSError):
        connection.shutdown(socket.SHUT_RD)
