# SPDX-License-Identifier: Apache-2.0
"""Iterate over all points of a query, page by page."""

import collections.abc
import dataclasses
import datetime

from cloudkitty import dataframe
from cloudkitty.common import periods
from cloudkitty.storage import base

#: Number of points that one query fetches.
PAGE = 20_000
#: Periods begin at whole seconds.
_SECOND = datetime.timedelta(seconds=1)


def frames(
    storage: base.Storage, query: base.Query, page: int = PAGE
) -> collections.abc.Iterator[dataframe.DataFrame]:
    """Yield all frames, oldest first, whatever the query's own limit.

    The points of one period come from one query, so that a concurrent
    reprocess changes them between two periods, never within one.

    :param page: number of points that one query fetches; a longer period is
        fetched as a whole.
    :raises cloudkitty.storage.base.StorageError: if the storage is
        unavailable.
    """
    window: periods.Window | None = query.window
    while window is not None:
        found = storage.retrieve(
            dataclasses.replace(query, window=window, offset=0, limit=page)
        )
        if found.total <= sum(len(frame) for frame in found.frames):
            yield from found.frames
            return
        # The last period may continue after the page.
        last = found.frames[-1].start
        whole = [frame for frame in found.frames if frame.start < last]
        if not whole:
            single = periods.Window(last, last + _SECOND)
            whole = list(
                storage.retrieve(
                    dataclasses.replace(
                        query, window=single, offset=0, limit=None
                    )
                ).frames
            )
            last = single.end
        yield from whole
        window = (
            periods.Window(last, query.window.end)
            if last < query.window.end
            else None
        )
