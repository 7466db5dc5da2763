# SPDX-License-Identifier: Apache-2.0
"""Responses for one task, with more details than lists."""

import collections.abc
import decimal
import typing

import wsme.types

from cloudkitty.api import ordered
from cloudkitty.api.v2.task import types
from cloudkitty.common import money
from cloudkitty.db.tasks import records as task_records
from cloudkitty.db.tasks import states
from cloudkitty.tasks import detail
from cloudkitty.tasks import workers

_ZERO = decimal.Decimal(0)


class Amount(ordered.Base):
    """Number and sums of points. Money is a string with all its digits."""

    points = int
    qty = ordered.optional(wsme.types.text)
    price = wsme.types.text

    @classmethod
    def of(cls, amount: task_records.Amount) -> typing.Self:
        """Return the wire form of ``amount``."""
        shown = cls(points=amount.points, price=money.text(amount.price))
        if amount.qty is not None:
            shown.qty = money.text(amount.qty)
        return shown


class Comparison(ordered.Base):
    """Differences found by a preview."""

    equal = Amount
    changed = Amount
    missing = Amount
    extra = Amount

    @classmethod
    def of(cls, found: task_records.Comparison) -> typing.Self:
        """Return the wire form of ``found``."""
        return cls(
            equal=Amount.of(found.equal),
            changed=Amount.of(found.changed),
            missing=Amount.of(found.missing),
            extra=Amount.of(found.extra),
        )


class Total(ordered.Base):
    """Totals of one metric in the window."""

    metric = wsme.types.text
    before = Amount
    #: null until it is known.
    after = ordered.nullable(Amount)
    #: null except for previews.
    comparison = ordered.nullable(Comparison)

    @classmethod
    def of(cls, total: task_records.TaskTotal) -> typing.Self:
        """Return the wire form of ``total``."""
        return cls(
            metric=total.metric,
            before=Amount.of(total.before),
            after=total.after and Amount.of(total.after),
            comparison=total.comparison and Comparison.of(total.comparison),
        )


class Day(ordered.Base):
    """Prices of one metric on one day in UTC, strings with all digits."""

    day = wsme.types.text
    metric = wsme.types.text
    before = wsme.types.text
    #: null until it is known.
    after = ordered.nullable(wsme.types.text)

    @classmethod
    def of_totals(
        cls, totals: collections.abc.Iterable[task_records.TaskTotal]
    ) -> list[typing.Self]:
        """Return the days with points, by day and metric."""
        found = []
        for total in totals:
            before = total.before.days
            if before is None:
                continue
            after = total.after.days if total.after else None
            for day in before.keys() | (after or {}).keys():
                price = None if after is None else after.get(day, _ZERO)
                shown = cls(
                    day=day.isoformat(),
                    metric=total.metric,
                    before=money.text(before.get(day, _ZERO)),
                    after=types.money_text(price),
                )
                found.append(shown)
        return sorted(found, key=lambda each: (each.day, each.metric))


class Event(ordered.Base):
    """One change of the task's state."""

    at = wsme.types.text
    #: null for the creation.
    from_state = ordered.nullable(wsme.types.text)
    to_state = wsme.types.text
    by = ordered.nullable(wsme.types.text)
    why = ordered.nullable(wsme.types.text)
    #: ``by``, if it is the id of a user; otherwise null.
    user = ordered.nullable(wsme.types.text)
    #: ``by``, if it is the name of a processor's worker; otherwise null.
    processor = ordered.nullable(wsme.types.text)

    @classmethod
    def of(cls, event: task_records.TaskEvent) -> typing.Self:
        """Return the wire form of ``event``."""
        moved = states.moved_by_processor(event.from_state, event.to_state)
        return cls(
            at=types.instant(event.at),
            from_state=event.from_state,
            to_state=event.to_state,
            by=event.by,
            why=event.why,
            user=None if moved else event.by,
            processor=event.by if moved else None,
        )


class Waiting(ordered.Base):
    """Why a task waits."""

    #: null if unknown.
    next_look_at = ordered.nullable(wsme.types.text)
    why = wsme.types.text

    @classmethod
    def of(cls, waiting: workers.Waiting) -> typing.Self:
        """Return the wire form of ``waiting``."""
        return cls(
            next_look_at=types.instant(waiting.next_look_at), why=waiting.why
        )


class Note(ordered.Base):
    """A note on consecutive periods."""

    begin = wsme.types.text
    #: Exclusive.
    end = wsme.types.text
    kind = wsme.types.text
    #: null if the note applies to all metrics of the periods.
    metric = ordered.nullable(wsme.types.text)
    detail = ordered.nullable(wsme.types.text)

    @classmethod
    def of(cls, note: task_records.TaskNote) -> typing.Self:
        """Return the wire form of ``note``."""
        return cls(
            begin=types.instant(note.begin),
            end=types.instant(note.end),
            kind=note.kind,
            metric=note.metric,
            detail=note.detail,
        )


class Task(types.Reprocess):
    """One task with its totals, events and estimates."""

    #: null if all metrics are selected.
    metrics = ordered.nullable([wsme.types.text])
    allow_empty = wsme.types.wsattr(bool)
    created_by = ordered.nullable(wsme.types.text)
    request_id = ordered.nullable(wsme.types.text)
    next_attempt_at = ordered.nullable(wsme.types.text)
    #: null if unknown.
    seconds_left = ordered.nullable(int)
    #: null unless it waits for a processor.
    place_in_queue = ordered.nullable(int)
    totals = [Total]
    events = [Event]
    #: The next three only if they are set.
    not_before = ordered.optional(wsme.types.text)
    max_running = ordered.optional(int)
    held_by = ordered.optional(wsme.types.text)
    #: null unless it waits for a processor.
    waiting = ordered.nullable(Waiting)
    #: Only with ``include=days``.
    days = ordered.optional([Day])
    #: Only with ``include=periods``: the first ones.
    periods = ordered.optional([Note])
    #: Number of all of them.
    periods_noted = ordered.optional(int)

    @classmethod
    def of_detail(cls, found: detail.Detail, period_seconds: int) -> "Task":
        """Return the wire form of ``found``.

        :param period_seconds: ``[collect] period``.
        """
        task = found.task
        shown = cls.of(task, period_seconds)
        shown.metrics = None if task.metrics is None else list(task.metrics)
        shown.allow_empty = task.allow_empty
        shown.created_by = task.created_by
        shown.request_id = task.request_id
        shown.next_attempt_at = types.instant(task.next_attempt_at)
        shown.seconds_left = found.seconds_left
        shown.place_in_queue = found.place_in_queue
        shown.totals = [Total.of(total) for total in found.totals]
        shown.events = [Event.of(event) for event in found.events]
        if task.not_before is not None:
            shown.not_before = types.instant(task.not_before)
        if task.max_running is not None:
            shown.max_running = task.max_running
        if found.held_by is not None:
            shown.held_by = found.held_by
        shown.waiting = found.waiting and Waiting.of(found.waiting)
        return shown
