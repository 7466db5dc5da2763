# SPDX-License-Identifier: Apache-2.0
"""The demo's scopes and prices, put into its database.

The REST API for prices comes with a later release, so this goes through the
service's own database functions.
"""

import datetime

from demo_parts import sample

from cloudkitty import conf as ck_conf
from cloudkitty.common import scopes
from cloudkitty.db import facade
from cloudkitty.db import hashmap_rules
from cloudkitty.db import module_states
from cloudkitty.db import scope_states


class Prices:
    """Registers the demo's scopes and sets its prices."""

    def __init__(self, conf_arguments: list[str]) -> None:
        self._conf = ck_conf.make(argv=conf_arguments)
        self._database = facade.Database(self._conf)

    def register_scopes(self, begin: datetime.datetime) -> None:
        """Register the projects as if rated up to ``begin`` already."""
        with self._database.writer() as session:
            for project in sample.PROJECTS:
                scope_states.create(
                    session,
                    scopes.Scope(
                        identifier=project,
                        scope_key=self._conf.collect.scope_key,
                        fetcher=self._conf.fetcher.backend,
                        collector=self._conf.collect.collector,
                    ),
                    last_processed_at=begin - sample.HOUR,
                )

    def close(self) -> None:
        """Give the database back."""
        self._database.dispose()
