# SPDX-License-Identifier: Apache-2.0
"""Errors of the edits of scripts.

Every message names the remedy. The classes are independent of HTTP: the API
maps them to its published codes.
"""

import collections.abc
import datetime

from cloudkitty.common import exceptions
from cloudkitty.rating import running


class ScriptError(exceptions.CloudKittyError):
    """A script cannot be made or changed as asked."""


class NotFound(ScriptError):
    """There is no script with this id."""

    def __init__(self) -> None:
        super().__init__(
            "no script has this id: GET the list of scripts for the existing "
            "ones"
        )


class NameTaken(ScriptError):
    """Another script has the name."""

    def __init__(self, other: str) -> None:
        super().__init__(
            f"script {other} has the same name: choose another name, or "
            "delete that script first"
        )


class DataInvalid(ScriptError):
    """The script is not an executable Python program."""

    def __init__(self, why: str) -> None:
        super().__init__(f"data {why}: send the source of a Python program")


class StartPast(ScriptError):
    """The script would begin in the past."""

    def __init__(
        self, start: datetime.datetime, now: datetime.datetime
    ) -> None:
        super().__init__(
            f"start {start} is in the past (now {now}): send a later start; "
            "to apply a new script to past periods when they are "
            "reprocessed, create it with force=true"
        )


class EndBeforeStart(ScriptError):
    """The script would end before it begins."""

    def __init__(
        self, start: datetime.datetime, end: datetime.datetime
    ) -> None:
        super().__init__(
            f"end {end} is before start {start}: send an end after the start"
        )


class EndPast(ScriptError):
    """The script would have ended already."""

    def __init__(self, end: datetime.datetime, now: datetime.datetime) -> None:
        super().__init__(
            f"end {end} is in the past (now {now}): send a later end; to "
            "stop applying the script to past periods too, delete it"
        )


class Begun(ScriptError):
    """A script in force cannot be changed.

    :param names: API names of the attributes that would change.
    """

    def __init__(
        self,
        names: collections.abc.Collection[str],
        start: datetime.datetime,
    ) -> None:
        super().__init__(
            f"{running.only_end(start)}: {', '.join(sorted(names))} cannot "
            "change; set an end, and create a new script for the time after "
            "it"
        )


class EndFixed(ScriptError):
    """The script has been in force and has an end."""

    def __init__(self) -> None:
        super().__init__(
            f"{running.END_FIXED} Delete the script, or create a new one for "
            "the time after its end."
        )


class ReadOnly(ScriptError):
    """An attribute that the service itself writes."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"{name} is read-only and differs from the stored value: read "
            "the script again, or omit the attribute"
        )


class CheckerUnavailable(ScriptError):
    """The script's syntax cannot be checked now: try again later."""
