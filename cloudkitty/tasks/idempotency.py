# SPDX-License-Identifier: Apache-2.0
"""Requests that bring a key: sent again, they are answered as before.

A client that got no answer does not know whether its tasks were made. With a
key of its own choice it may just ask again.
"""

import dataclasses
import datetime
import hashlib
import json

from sqlalchemy import orm

from cloudkitty.db import task_requests
from cloudkitty.tasks import errors
from cloudkitty.tasks import request as task_request

#: How long a key is remembered.
KEPT = datetime.timedelta(days=7)
#: Fields that each digest contains, in this order. A field that is added to
#: requests is not added here: a digest contains it only where it differs
#: from its default, so that digests stored before stay comparable.
_ALWAYS = (
    "scope_ids",
    "start_at",
    "end_at",
    "reason",
    "metrics",
    "mode",
    "allow_empty",
)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """A request, told from all others.

    :param key_digest: of who asks and the key.
    :param body_digest: of what is asked for.
    """

    key_digest: str
    body_digest: str

    @classmethod
    def of(cls, key: str, request: task_request.Request) -> "Identity":
        """Return the identity of a normalised request.

        All fields count except those that say who asked. Scopes and metrics
        are sets: a client may send them in another order when it retries.
        """
        return cls(
            key_digest=_digest([request.project_id, request.created_by, key]),
            body_digest=_digest(_body(request)),
        )

    def find(self, session: orm.Session, now: datetime.datetime) -> str | None:
        """Return the batch that the request made before; None if none.

        A key is forgotten when its time is over, not when somebody comes to
        delete it: its client may use it for another request then.

        :raises cloudkitty.tasks.errors.KeyReused: if the key came with
            another request.
        """
        known = task_requests.get(session, self.key_digest, now - KEPT)
        if known is None:
            return None
        if known.body_digest != self.body_digest:
            raise errors.KeyReused()
        return known.batch_id

    def remember(
        self, session: orm.Session, batch_id: str, now: datetime.datetime
    ) -> None:
        """Remember what the request made, and forget those of long ago.

        :raises oslo_db.exception.DBDuplicateEntry: if the same key came at
            the same instant.
        """
        task_requests.forget(session, now - KEPT)
        known = task_requests.Known(
            body_digest=self.body_digest, batch_id=batch_id
        )
        task_requests.add(session, self.key_digest, known, now)


def _body(request: task_request.Request) -> list[object]:
    """Return all fields of a request except ``task_request.ORIGIN``."""
    defaults = {
        field.name: field.default
        for field in dataclasses.fields(request)
        if field.name not in task_request.ORIGIN
    }
    always = [_plain(request, name) for name in _ALWAYS]
    later = {
        name: _plain(request, name)
        for name, default in defaults.items()
        if name not in _ALWAYS and getattr(request, name) != default
    }
    return [*always, later] if later else always


def _plain(request: task_request.Request, name: str) -> object:
    """Return a field as JSON has it."""
    value = getattr(request, name)
    if name in task_request.SETS:
        return value and sorted(value)
    if isinstance(value, datetime.datetime):
        return value.isoformat()
    return value


def _digest(content: object) -> str:
    text = json.dumps(content, ensure_ascii=True)
    return hashlib.sha256(text.encode("ascii")).hexdigest()
