# SPDX-License-Identifier: Apache-2.0
"""Selections of tasks, and their SQL conditions."""

import collections.abc
import dataclasses
import datetime
import typing

import sqlalchemy as sa
from sqlalchemy import orm

from cloudkitty.db.sql import exact_text
from cloudkitty.db.tasks import models as task_models
from cloudkitty.db.tasks.row import conditions as task_conditions

_Model = task_models.Reprocess


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Overlap:
    """A time that a window must share; either end may be open.

    :param begin: the window ends after it; None: at any time.
    :param end: the window begins before it; None: at any time.
    :param period_seconds: ``[collect] period``, for rows without a period of
        their own.
    """

    begin: datetime.datetime | None
    end: datetime.datetime | None
    period_seconds: int


class Filters(typing.TypedDict, total=False):
    """Selection of tasks; an empty filter selects all.

    ``created_after`` and ``created_before`` are inclusive. Texts are compared
    exactly, except ``reason_contains``: a part of the reason, in any case.
    """

    scope_ids: collections.abc.Collection[str]
    states: collections.abc.Collection[str]
    modes: collections.abc.Collection[str]
    batch_ids: collections.abc.Collection[str]
    reason: str | None
    reason_contains: str | None
    created_by: str | None
    created_after: datetime.datetime | None
    created_before: datetime.datetime | None
    overlap: Overlap | None


def conditions(
    session: orm.Session, which: Filters
) -> list[sa.ColumnElement[bool]]:
    """Return the conditions that hold for the selected tasks.

    Executes a statement only for ``overlap``.
    """
    found: list[sa.ColumnElement[bool]] = []
    if states := which.get("states"):
        found.append(task_conditions.in_any(states))
    if modes := which.get("modes"):
        found.append(_Model.mode.in_(modes))
    for column, texts in (
        (_Model.identifier, which.get("scope_ids")),
        (_Model.batch_id, which.get("batch_ids")),
        (_Model.reason, _one(which.get("reason"))),
        (_Model.created_by, _one(which.get("created_by"))),
    ):
        if texts:
            found.append(exact_text.one_of(session, column, texts))
    if (part := which.get("reason_contains")) is not None:
        found.append(_contains(_Model.reason, part))
    if (after := which.get("created_after")) is not None:
        found.append(_Model.created_at >= after)
    if (before := which.get("created_before")) is not None:
        found.append(_Model.created_at <= before)
    if (overlap := which.get("overlap")) is not None:
        found += _sharing(session, overlap)
    return found


def _one(text: str | None) -> tuple[str, ...]:
    return () if text is None else (text,)


def _contains(
    column: orm.InstrumentedAttribute[str], part: str
) -> sa.ColumnElement[bool]:
    """Return the condition that a text contains ``part``, in any case."""
    if not exact_text.storable(part):
        return sa.false()
    return sa.func.lower(column).contains(part.lower(), autoescape=True)


def _sharing(
    session: orm.Session, overlap: Overlap
) -> collections.abc.Iterator[sa.ColumnElement[bool]]:
    if overlap.end is not None:
        yield _Model.start_reprocess_time < overlap.end
    if overlap.begin is None:
        return
    # Databases have no common way to add a column's seconds to a time: there
    # are few lengths of periods.
    column = _Model.period_seconds
    ends = []
    for seconds in session.scalars(sa.select(column).distinct()).all():
        period = datetime.timedelta(seconds=seconds or overlap.period_seconds)
        same = column.is_(None) if seconds is None else column == seconds
        last = _Model.end_reprocess_time > overlap.begin - period
        ends.append(sa.and_(same, last))
    yield sa.or_(sa.false(), *ends)
