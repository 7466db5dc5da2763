# SPDX-License-Identifier: Apache-2.0
"""Requests that create tasks."""

import hashlib
import json
import uuid

from cloudkitty_reprocess_dashboard import client


def new_key() -> str:
    """Return a value that identifies a form in a page."""
    return uuid.uuid4().hex


def key(form_key: str, body: client.Item) -> str:
    """Return the idempotency key of a request.

    A form that is sent twice without a change creates tasks once; after a
    change it is another request.
    """
    text = json.dumps([form_key or new_key(), body], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()
