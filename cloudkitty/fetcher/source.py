# SPDX-License-Identifier: Apache-2.0
"""Scopes from the configuration."""

from cloudkitty.fetcher import base


class SourceFetcher(base.Fetcher):
    """Returns the scopes of ``[fetcher_source] sources``."""

    def describe(self) -> str:
        return "source [fetcher_source] sources"

    def get_scopes(self) -> list[str]:
        """Return the configured identifiers in order, without duplicates."""
        sources = (text.strip() for text in self.conf.fetcher_source.sources)
        return list(dict.fromkeys(text for text in sources if text))
