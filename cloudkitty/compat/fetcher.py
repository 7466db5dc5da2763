# SPDX-License-Identifier: Apache-2.0
"""Fetchers written for CloudKitty 25."""

import abc
import functools
import typing

from oslo_config import cfg

from cloudkitty.common import exceptions
from cloudkitty.compat import process
from cloudkitty.fetcher import base


class BaseFetcher(abc.ABC):
    """Base class of fetchers of upstream.

    It is constructed without arguments.

    :cvar name: name of the fetcher, for the log.
    """

    name: str = ""

    @abc.abstractmethod
    def get_tenants(self) -> list[str]:
        """Return the identifiers of the scopes."""

    @classmethod
    def cloudkitty_adapter(
        cls, conf: cfg.ConfigOpts | None
    ) -> type["FetcherAdapter"]:
        """Return the fetcher of this service that calls this one."""
        return _adapter(cls)


class FetcherAdapter(base.Fetcher):
    """Calls a fetcher of upstream.

    :raises cloudkitty.common.exceptions.InvalidConfiguration: if the plugin
        cannot be constructed.
    """

    plugin_class: typing.ClassVar[type[BaseFetcher]]

    def __init__(self, conf: cfg.ConfigOpts) -> None:
        super().__init__(conf)
        process.use(conf)
        try:
            self._plugin = self.plugin_class()
        # A plugin may raise anything.
        except Exception as error:
            raise exceptions.InvalidConfiguration(
                f"[fetcher] backend = {conf.fetcher.backend}: "
                f"{type(error).__name__}: {error}"
            ) from error

    def describe(self) -> str:
        return str(self._plugin.name or self.conf.fetcher.backend)

    def get_scopes(self) -> list[str]:
        """Return the identifiers, each once.

        :raises cloudkitty.fetcher.base.FetchError: for every error of the
            plugin.
        """
        try:
            found = list(dict.fromkeys(self._plugin.get_tenants()))
        except Exception as error:
            # The text of a foreign error may contain a password.
            raise base.FetchError(
                f"fetcher {self.describe()}: {type(error).__name__}"
            ) from error
        wrong = [one for one in found if not isinstance(one, str)]
        if wrong:
            raise base.FetchError(
                f"fetcher {self.describe()}: a scope identifier is not text "
                f"but {type(wrong[0]).__name__}"
            )
        return [one for one in found if one]


@functools.cache
def _adapter(plugin: type[BaseFetcher]) -> type[FetcherAdapter]:
    return type(
        f"{plugin.__name__}Adapter",
        (FetcherAdapter,),
        {"plugin_class": plugin},
    )
