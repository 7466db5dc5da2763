# SPDX-License-Identifier: Apache-2.0
"""Idempotent requests: a repeated request gets the same response.

A client that receives no response does not know whether its tasks were
created. If it has sent a key of its choice, it can repeat the request.
"""

import dataclasses
import datetime
import hashlib
import json

from sqlalchemy import orm

from cloudkitty.db.tasks import idempotency_keys
from cloudkitty.tasks import errors
from cloudkitty.tasks import request as task_request

#: Time for which a key is stored.
KEPT = datetime.timedelta(days=7)
#: Fields that each digest contains, in this order. Do not add new fields of
#: requests: a digest contains them only if they differ from their defaults,
#: so that digests stored by earlier releases remain valid.
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
    """Identity of a request.

    :param key_digest: digest of the requesting user and project and the key.
    :param body_digest: digest of the other fields of the request.
    """

    key_digest: str
    body_digest: str

    @classmethod
    def of(cls, key: str, request: task_request.Request) -> "Identity":
        """Return the identity of a normalised request.

        It includes all fields except ``task_request.ORIGIN``. Scopes and
        metrics are sets: a repeated request may have them in another order.
        """
        return cls(
            key_digest=_digest([request.project_id, request.created_by, key]),
            body_digest=_digest(_body(request)),
        )

    def find(self, session: orm.Session, now: datetime.datetime) -> str | None:
        """Return the batch id of an earlier identical request, or ``None``.

        A key expires after ``KEPT``, even if its row is not deleted yet. The
        client may then use it for another request.

        :raises cloudkitty.tasks.errors.KeyReused: if the key was used for a
            different request.
        """
        known = idempotency_keys.get(session, self.key_digest, now - KEPT)
        if known is None:
            return None
        if known.body_digest != self.body_digest:
            raise errors.KeyReused()
        return known.batch_id

    def remember(
        self, session: orm.Session, batch_id: str, now: datetime.datetime
    ) -> None:
        """Store the batch id of the request and delete expired keys.

        :raises oslo_db.exception.DBDuplicateEntry: if a concurrent request
            has stored the same key.
        """
        idempotency_keys.forget(session, now - KEPT)
        known = idempotency_keys.Known(
            body_digest=self.body_digest, batch_id=batch_id
        )
        idempotency_keys.add(session, self.key_digest, known, now)


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
    """Return a field as a value that JSON can represent."""
    value = getattr(request, name)
    if name in task_request.SETS:
        return value and sorted(value)
    if isinstance(value, datetime.datetime):
        return value.isoformat()
    return value


def _digest(content: object) -> str:
    text = json.dumps(content, ensure_ascii=True)
    return hashlib.sha256(text.encode("ascii")).hexdigest()
