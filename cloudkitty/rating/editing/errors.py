# SPDX-License-Identifier: Apache-2.0
"""Errors of the edits of rules that hashmap and pyscripts share.

Every message names the fault and the remedy. The classes are independent of
HTTP: the API maps them to its published codes.
"""

import collections.abc
import datetime

from cloudkitty.common import exceptions
from cloudkitty.rating import running


class EditError(exceptions.CloudKittyError):
    """A rule or a script cannot be created or changed as requested."""


class NotFound(EditError):
    """The object does not exist.

    :param kind: its kind, such as ``mapping`` or ``script``.
    """

    def __init__(self, kind: str) -> None:
        super().__init__(
            f"no {kind} has this id: GET the list of {kind}s for the "
            "existing ones"
        )


class StartPast(EditError):
    """The validity would begin in the past.

    :param noun: ``rule`` or ``script``, as in the classes below.
    """

    def __init__(
        self, noun: str, start: datetime.datetime, now: datetime.datetime
    ) -> None:
        super().__init__(
            f"start {start} is in the past (now {now}): send a later start; "
            f"to apply a new {noun} to past periods when they are "
            "reprocessed, create it with force=true"
        )


class EndBeforeStart(EditError):
    """The validity would end before it begins."""

    def __init__(
        self, start: datetime.datetime, end: datetime.datetime
    ) -> None:
        super().__init__(
            f"end {end} is before start {start}: send an end after the start"
        )


class EndPast(EditError):
    """The validity would have ended already."""

    def __init__(
        self, noun: str, end: datetime.datetime, now: datetime.datetime
    ) -> None:
        super().__init__(
            f"end {end} is in the past (now {now}): send a later end; to "
            f"stop applying the {noun} to past periods too, delete it"
        )


class Begun(EditError):
    """A rule or script that has been in force can only be given an end.

    :param names: API names of the attributes that would change.
    """

    def __init__(
        self,
        noun: str,
        names: collections.abc.Collection[str],
        start: datetime.datetime,
    ) -> None:
        super().__init__(
            f"{running.only_end(start)}: {', '.join(sorted(names))} cannot "
            f"change; set an end, and create a new {noun} for the time after "
            "it"
        )


class EndFixed(EditError):
    """A rule or script that has been in force already has an end."""

    def __init__(self, noun: str) -> None:
        super().__init__(
            f"{running.END_FIXED} Delete the {noun}, or create a new one for "
            "the time after its end."
        )


class ReadOnly(EditError):
    """An attribute that the service itself writes would change."""

    def __init__(self, noun: str, name: str) -> None:
        super().__init__(
            f"{name} is read-only and differs from the stored value: read "
            f"the {noun} again, or omit the attribute"
        )
