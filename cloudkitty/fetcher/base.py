# SPDX-License-Identifier: Apache-2.0
"""The contract of fetchers (stevedore ``cloudkitty.fetchers``)."""

import abc

from oslo_config import cfg

from cloudkitty.common import exceptions


class FetchError(exceptions.CloudKittyError):
    """The scopes cannot be read; the processor retries in its next cycle."""


class Fetcher(abc.ABC):
    """Reads the existing scopes from a source.

    :param conf: the service's options.
    :raises cloudkitty.common.exceptions.InvalidConfiguration: if an option
        is invalid.
    """

    def __init__(self, conf: cfg.ConfigOpts) -> None:
        self.conf = conf

    def describe(self) -> str:
        """Return the name and the source of the scopes, for the log.

        It contains no secrets. Fetchers that send a query include it.
        """
        return str(self.conf.fetcher.backend)

    @abc.abstractmethod
    def get_scopes(self) -> list[str]:
        """Return the scope identifiers without duplicates.

        :raises FetchError: if the scopes cannot be read.
        """
