# SPDX-License-Identifier: Apache-2.0
"""The contract of fetchers (stevedore ``cloudkitty.fetchers``)."""

import abc

from oslo_config import cfg

from cloudkitty.common import exceptions


class FetchError(exceptions.CloudKittyError):
    """The scopes could not be read; the processor tries again next tick."""


class Fetcher(abc.ABC):
    """Tells which scopes exist.

    :param conf: the service's options.
    :raises cloudkitty.common.exceptions.InvalidConfiguration: at start.
    """

    def __init__(self, conf: cfg.ConfigOpts) -> None:
        self.conf = conf

    def describe(self) -> str:
        """Return the name and the source of the scopes, for the log.

        Without secrets. Fetchers that ask a query add it.
        """
        return str(self.conf.fetcher.backend)

    @abc.abstractmethod
    def get_scopes(self) -> list[str]:
        """Return the scope identifiers, each once.

        :raises FetchError: if they could not be read.
        """
