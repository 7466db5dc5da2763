# SPDX-License-Identifier: Apache-2.0
"""The root of all errors this project raises."""


class CloudKittyError(Exception):
    """Something went wrong in CloudKitty."""

    def __init__(self, message: str | None = None) -> None:
        # A subclass raised without arguments shows its docstring to the
        # operator, in one line.
        super().__init__(message or " ".join((self.__doc__ or "").split()))


class InvalidConfiguration(CloudKittyError):
    """The configuration cannot work; the process must not start."""
