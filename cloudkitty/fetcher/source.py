# SPDX-License-Identifier: Apache-2.0
"""Fixed scopes, read from the configuration."""

from cloudkitty.fetcher import base


class SourceFetcher(base.Fetcher):
    """Gives the scopes of ``[fetcher_source] sources``."""

    def describe(self) -> str:
        return "source [fetcher_source] sources"

    def get_scopes(self) -> list[str]:
        """Return the configured identifiers in their order, each once."""
        sources = (text.strip() for text in self.conf.fetcher_source.sources)
        return list(dict.fromkeys(text for text in sources if text))
