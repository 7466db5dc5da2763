# SPDX-License-Identifier: Apache-2.0
"""A stand-in for a rating module that cannot be loaded."""

import datetime
import typing

from cloudkitty import dataframe
from cloudkitty.common import exceptions
from cloudkitty.rating import base

if typing.TYPE_CHECKING:
    from cloudkitty.db import facade


class BrokenModule(base.RatingModule):
    """Shown by the API; every attempt to rate with it fails.

    :cvar why: why it cannot be loaded, for the operator.
    """

    why: typing.ClassVar[str]

    def __init__(
        self, database: "facade.Database", scope_id: str | None
    ) -> None:
        raise exceptions.InvalidConfiguration(self.refusal())

    @classmethod
    def refusal(cls) -> str:
        """Return the sentence for the operator if it is enabled."""
        return (
            f"rating module {cls.module_name} is enabled and cannot be "
            f"loaded: {cls.why}; correct it, or disable the module"
        )

    def reload(self, at: datetime.datetime) -> None:
        raise NotImplementedError

    def rate(self, frame: dataframe.DataFrame) -> dataframe.DataFrame:
        raise NotImplementedError


def make(name: str, why: str) -> type[BrokenModule]:
    """Return the stand-in of one module.

    :param name: name of its entry point.
    :param why: the error of its loading.
    """
    return type(
        "Broken",
        (BrokenModule,),
        {
            "module_name": name,
            "description": "This module cannot be loaded: see the log.",
            "why": why,
        },
    )
