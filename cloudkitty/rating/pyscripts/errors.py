# SPDX-License-Identifier: Apache-2.0
"""Errors of the edits of scripts; see also ``rating.editing.errors``.

Every message names the remedy.
"""

from cloudkitty.rating.editing import errors


class NameTaken(errors.EditError):
    """Another script has the name."""

    def __init__(self, other: str) -> None:
        super().__init__(
            f"script {other} has the same name: choose another name, or "
            "delete that script first"
        )


class DataInvalid(errors.EditError):
    """The script is not an executable Python program."""

    def __init__(self, why: str) -> None:
        super().__init__(f"data {why}: send the source of a Python program")


class CheckerUnavailable(errors.EditError):
    """The script's syntax cannot be checked now: try again later."""
