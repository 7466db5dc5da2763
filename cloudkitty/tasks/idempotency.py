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

        What is asked for is a set of scopes and of metrics: a client that
        builds its lists anew may well send them in another order.
        """
        return cls(
            key_digest=_digest([request.project_id, request.created_by, key]),
            body_digest=_digest(
                [
                    sorted(request.scope_ids),
                    request.start_at.isoformat(),
                    request.end_at.isoformat(),
                    request.reason,
                    request.metrics and sorted(request.metrics),
                    request.mode,
                    request.allow_empty,
                ]
            ),
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


def _digest(content: object) -> str:
    text = json.dumps(content, ensure_ascii=True)
    return hashlib.sha256(text.encode("ascii")).hexdigest()
