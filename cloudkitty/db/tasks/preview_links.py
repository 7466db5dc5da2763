# SPDX-License-Identifier: Apache-2.0
"""Links between previews and the batches that were ordered or approved."""

import collections.abc
import dataclasses

import sqlalchemy as sa
from sqlalchemy import orm

from cloudkitty.db.sql import exact_text
from cloudkitty.db.tasks import models as task_models

_Model = task_models.TaskBatch


@dataclasses.dataclass(frozen=True, slots=True)
class Links:
    """Links of some batches.

    :param previews: preview of a batch, by the id of the batch.
    :param orders: batches of a preview, sorted, by the id of the preview.
    """

    previews: dict[str, str] = dataclasses.field(default_factory=dict)
    orders: dict[str, list[str]] = dataclasses.field(default_factory=dict)


def find(
    session: orm.Session, batch_ids: collections.abc.Collection[str]
) -> Links:
    """Return the links from and to some batches.

    :param batch_ids: ids of batches and of previews.
    """
    links = Links()
    for piece in exact_text.chunks(batch_ids):
        rows = session.connection().execute(
            sa.select(_Model.batch_id, _Model.preview_id).where(
                _Model.preview_id.is_not(None),
                sa.or_(
                    _Model.batch_id.in_(piece), _Model.preview_id.in_(piece)
                ),
            )
        )
        for batch_id, preview in rows:
            preview_id = str(preview)
            if batch_id not in links.previews:
                links.orders.setdefault(preview_id, []).append(batch_id)
            links.previews[batch_id] = preview_id
    for orders in links.orders.values():
        orders.sort()
    return links
