# SPDX-License-Identifier: Apache-2.0
"""Conditional requests: ``ETag`` and ``If-None-Match``.

A tag is computed from a revision that costs one statement, not from the
response. It also changes once in ``MAX_AGE`` seconds, because a revision does
not contain everything that a response shows, such as deleted rows.
"""

import datetime
import hashlib

import pecan

#: Seconds after which a tag changes.
MAX_AGE = 60


class NotModified(Exception):
    """The client has the current response: 304 without a body."""


def asked() -> bool:
    """Return whether the current request has ``If-None-Match``."""
    return "HTTP_IF_NONE_MATCH" in pecan.request.environ


def check(revision: str, now: datetime.datetime) -> None:
    """Add the headers of a conditional response.

    :param revision: changes if the response does; read before its content.
    :raises NotModified: if the client has this revision.
    """
    minute = int(now.timestamp()) // MAX_AGE
    text = f"{minute} {revision}".encode()
    tag = hashlib.sha256(text).hexdigest()[:32]
    pecan.response.headers.update(
        {
            # Weak: the bytes may differ in spite of an equal revision.
            "ETag": f'W/"{tag}"',
            "Cache-Control": "private, no-cache",
        }
    )
    header = pecan.request.environ.get("HTTP_IF_NONE_MATCH", "")
    # "*" matches whatever exists, which is not known here.
    if header.strip() != "*" and tag in pecan.request.if_none_match:
        raise NotModified
