# SPDX-License-Identifier: Apache-2.0
"""Rating modules written for CloudKitty 25."""

import abc
import datetime
import functools
import logging
import typing

from oslo_config import cfg

from cloudkitty import dataframe
from cloudkitty.common import exceptions
from cloudkitty.common import log_fields
from cloudkitty.common import rpc as ck_rpc
from cloudkitty.compat import convert
from cloudkitty.compat import process
from cloudkitty.db import facade
from cloudkitty.db.rules import module_states
from cloudkitty.rating import base
from cloudkitty.rating import modules

LOG = logging.getLogger(__name__)


class RatingProcessorBase(abc.ABC):
    """Base class of rating modules of upstream.

    :cvar module_name: the name of the entry point.
    :cvar description: one sentence for the API.
    :cvar hot_config: whether the API can change its rules.
    :cvar config_controller: pecan controller class of its rules, or None.
    :param tenant_id: the scope to rate; None in the API and for quotes.
    """

    module_name: typing.Any = None
    description: typing.Any = None
    hot_config: bool = False
    config_controller: typing.Any = None

    def __init__(self, tenant_id: str | None = None) -> None:
        self._tenant_id = tenant_id

    @property
    def enabled(self) -> bool:
        """Whether the module is enabled in the database."""
        return _state(self.module_name).enabled

    @property
    def priority(self) -> int:
        """Its priority in the database; a larger one runs first."""
        return _state(self.module_name).priority

    @property
    def module_info(self) -> dict[str, typing.Any]:
        """The module as the API shows it."""
        return {
            "name": self.module_name,
            "description": self.description,
            "hot_config": self.hot_config,
            "enabled": self.enabled,
            "priority": self.priority,
        }

    def set_priority(self, priority: int) -> int:
        """Notify the processors and store the priority; return it."""
        # The column's 0 is read as 1.
        _change(type(self), priority=int(priority) or 1)
        _notify(self.module_name, None)
        return priority

    def set_state(self, enabled: bool) -> bool:
        """Notify the processors and store the state; return it."""
        _change(type(self), enabled=bool(enabled))
        _notify(self.module_name, bool(enabled))
        return enabled

    @abc.abstractmethod
    def process(self, data: dataframe.DataFrame) -> dataframe.DataFrame:
        """Return the frame with the prices added."""

    def quote(self, data: dataframe.DataFrame) -> dataframe.DataFrame:
        """Return the frame of a quote with the prices added."""
        return self.process(data)

    @abc.abstractmethod
    def reload_config(self, start: datetime.datetime | None = None) -> None:
        """Load the rules in force at ``start``, the start of a period."""

    def nodata(self, begin: typing.Any, end: typing.Any) -> None:  # noqa: B027
        """Do nothing; never called."""

    def notify_reload(self) -> None:
        """Notify the processors that the rules have changed."""
        _notify(self.module_name, None)

    @classmethod
    def cloudkitty_adapter(
        cls, conf: cfg.ConfigOpts | None
    ) -> type["RatingAdapter"]:
        """Return the module of this service that calls this one."""
        if conf is not None:
            process.use(conf)
        return _adapter(cls)


class RatingAdapter(base.RatingModule):
    """Calls a rating module of upstream.

    :cvar plugin_class: class of the module.
    :cvar config_controller: class of its pecan controller, or None.
    """

    plugin_class: typing.ClassVar[type[RatingProcessorBase]]
    config_controller: typing.ClassVar[typing.Any] = None
    #: Whether the class has a property ``enabled`` of its own.
    own_state: typing.ClassVar[bool] = False

    def __init__(
        self, database: facade.Database, scope_id: str | None
    ) -> None:
        super().__init__(database, scope_id)
        self._plugin = self.plugin_class(tenant_id=scope_id)

    @classmethod
    def bind(cls, conf: cfg.ConfigOpts) -> base.Maker:
        process.use(conf)
        return _Maker(cls)

    def reload(self, at: datetime.datetime) -> None:
        """Let the module load its rules.

        :raises cloudkitty.rating.base.RatingError: if the module fails.
        """
        try:
            self._plugin.reload_config(at)
        # A plugin may raise anything.
        except Exception as error:
            raise self._failure(error) from error

    def rate(self, frame: dataframe.DataFrame) -> dataframe.DataFrame:
        """Return the frame that the module returns for a copy.

        A frame that is rated for no scope is a quote.

        :raises cloudkitty.rating.base.RatingError: if the module fails, or
            its frame cannot be stored.
        """
        if self.own_state and not self._plugin.enabled:
            return frame
        work = self._plugin.process
        if self.scope_id is None:
            work = self._plugin.quote
        try:
            rated = work(convert.outgoing(frame))
            if not isinstance(rated, dataframe.DataFrame):
                raise convert.Unusable(
                    f"a {type(rated).__name__} is not a DataFrame"
                )
            usage = convert.incoming(rated.itertypes())
        # A plugin may raise anything.
        except Exception as error:
            raise self._failure(error) from error
        if (rated.start, rated.end) != (frame.start, frame.end):
            raise base.RatingError(
                f"rating module {self.module_name}: it has changed the period"
            )
        return dataframe.DataFrame(frame.start, frame.end, usage)

    def _failure(self, error: Exception) -> base.RatingError:
        """Return the error of the module without a foreign text.

        The text may contain a password, and a quote returns it to any user.
        """
        text = type(error).__name__
        if isinstance(error, exceptions.CloudKittyError | convert.Unusable):
            text = str(error)
        return base.RatingError(f"rating module {self.module_name}: {text}")


class _Maker:
    """Makes instances; they share the connections of the process."""

    def __init__(self, module: type[RatingAdapter]) -> None:
        self.always_on = module.always_on
        self._module = module

    def __call__(
        self, database: facade.Database, scope_id: str | None
    ) -> base.RatingModule:
        return self._module(database, scope_id)

    def close(self) -> None:
        process.release()


@functools.cache
def _adapter(plugin: type[RatingProcessorBase]) -> type[RatingAdapter]:
    return type(
        f"{plugin.__name__}Adapter",
        (RatingAdapter,),
        {
            "plugin_class": plugin,
            "module_name": plugin.module_name,
            "description": str(plugin.description or ""),
            "hot_config": bool(plugin.hot_config),
            "own_state": _own_state(plugin),
            "always_on": _own_state(plugin) and bool(plugin().enabled),
            "config_controller": plugin.config_controller,
        },
    )


def _own_state(plugin: type[RatingProcessorBase]) -> bool:
    return plugin.enabled is not RatingProcessorBase.enabled


def _state(name: str) -> module_states.ModuleState:
    with process.database().reader() as session:
        found = module_states.get_all(session)
    return found.get(name, module_states.ModuleState())


def _change(
    plugin: type[RatingProcessorBase],
    *,
    enabled: bool | None = None,
    priority: int | None = None,
) -> None:
    modules.change(
        process.database(),
        {plugin.module_name: _adapter(plugin)},
        plugin.module_name,
        enabled=enabled,
        priority=priority,
    )


def _notify(name: str, enabled: bool | None) -> None:
    try:
        process.rpc().module_changed(name, enabled)
    except ck_rpc.Unavailable:
        # Processors read states and rules before each rating run.
        LOG.warning(
            *log_fields.event(
                "processors not notified, the message bus is away: they "
                "detect the change themselves",
                module=name,
            )
        )
