# SPDX-License-Identifier: Apache-2.0
"""The approval of a batch in responses."""

import typing

import wsme.types

from cloudkitty.api import ordered
from cloudkitty.api.v2.task import types
from cloudkitty.db.tasks import approvals as task_approvals


class Approval(ordered.Base):
    """The approval that a batch needs; all null before it."""

    approved_by = ordered.nullable(wsme.types.text)
    approved_at = ordered.nullable(wsme.types.text)
    preview_batch_id = ordered.nullable(wsme.types.text)
    digest = ordered.nullable(wsme.types.text)

    @classmethod
    def of(cls, approval: task_approvals.Approval) -> typing.Self:
        """Return the wire form of ``approval``."""
        return cls(
            approved_by=approval.by,
            approved_at=types.instant(approval.at),
            preview_batch_id=approval.preview_id,
            digest=approval.digest,
        )
