# SPDX-License-Identifier: Apache-2.0
"""The contract of rating modules (``cloudkitty.rating.processors``)."""

import abc
import datetime
import decimal
import typing

from cloudkitty import dataframe
from cloudkitty.common import exceptions

if typing.TYPE_CHECKING:
    from oslo_config import cfg

    from cloudkitty.db import facade


#: Decimal context of all modules, so that the digits of a price do not depend
#: on the context of the calling thread.
CONTEXT = decimal.Context(
    prec=28,
    rounding=decimal.ROUND_HALF_EVEN,
    Emin=-999999,
    Emax=999999,
    capitals=1,
    clamp=0,
    flags=[],
    traps=[
        decimal.InvalidOperation,
        decimal.DivisionByZero,
        decimal.Overflow,
    ],
)


class RatingError(exceptions.CloudKittyError):
    """A rule could not be applied; the text names the metric and the rule."""


class ScopeModules(typing.Protocol):
    """Makes the instances of many scopes from one read of the rules."""

    def has_own(self, scope_id: str) -> bool:
        """Return whether the scope has rules of its own."""

    def make(self, scope_id: str | None) -> "RatingModule":
        """Return an instance; None for the general rules only."""


class Shared:
    """Gives one instance to all scopes: a module without rules of scopes."""

    def __init__(self, module: "RatingModule") -> None:
        self._module = module

    def has_own(self, scope_id: str) -> bool:
        return False

    def make(self, scope_id: str | None) -> "RatingModule":
        return self._module


class Maker(typing.Protocol):
    """Makes the instances of a rating module in one process.

    Resources that instances share, such as a pool, belong here. A maker may
    have a method ``load_many``, as ``RatingModule`` has.
    """

    @property
    def always_on(self) -> bool: ...

    def __call__(
        self, database: "facade.Database", scope_id: str | None
    ) -> "RatingModule": ...

    def close(self) -> None:
        """Release the resources that the instances share."""


class RatingModule(abc.ABC):
    """Adds to the price of points.

    One instance serves one scope, is built for one unit of work (all due
    periods of a scope, or one task) and is used by one thread at a time. It
    reads its rules once, when it is built; ``reload`` switches between those
    in force at different times without asking the database again.

    :cvar module_name: the entry-point name; key of ``modules_state``.
    :cvar description: one sentence for the module API.
    :cvar hot_config: whether rules can be changed through the API.
    :param database: where the rules are.
    :param scope_id: the scope whose own rules apply beside the general ones;
        None for the general ones only.
    """

    module_name: typing.ClassVar[str]
    description: typing.ClassVar[str]
    hot_config: typing.ClassVar[bool] = False
    #: True for a module that is enabled independently of ``modules_state``.
    always_on: typing.ClassVar[bool] = False

    def __init__(
        self, database: "facade.Database", scope_id: str | None
    ) -> None:
        self.database = database
        self.scope_id = scope_id

    @classmethod
    def bind(cls, conf: "cfg.ConfigOpts") -> Maker:
        """Return the maker of instances in a process with these options.

        A module that has options, or shares resources between instances,
        overrides this method.
        """
        return _Plain(cls)

    @classmethod
    def load_many(cls, database: "facade.Database") -> ScopeModules | None:
        """Read the rules of all scopes with a constant number of statements.

        :returns: None if the module cannot: an instance is then made for each
            scope.
        """
        return None

    @abc.abstractmethod
    def reload(self, at: datetime.datetime) -> None:
        """Activate the rules in force at ``at``, the start of a period."""

    @abc.abstractmethod
    def rate(self, frame: dataframe.DataFrame) -> dataframe.DataFrame:
        """Return the frame with this module's prices added.

        Pure for given rules: the same frame gives the same digits.

        :raises RatingError: if a rule cannot be applied to a point.
        """


class _Plain:
    """Makes instances without shared resources."""

    def __init__(self, module: type[RatingModule]) -> None:
        self.always_on = module.always_on
        self._module = module

    def __call__(
        self, database: "facade.Database", scope_id: str | None
    ) -> RatingModule:
        return self._module(database, scope_id)

    def load_many(self, database: "facade.Database") -> ScopeModules | None:
        return self._module.load_many(database)

    def close(self) -> None:
        """Do nothing: there are no shared resources."""
