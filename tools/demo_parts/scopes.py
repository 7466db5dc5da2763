# SPDX-License-Identifier: Apache-2.0
"""The demo's scopes, put into its database.

A processor finds scopes by itself and rates them from the first of the month
on; the demo wants three days, whatever the date.
"""

import datetime

from cloudkitty import conf as ck_conf
from cloudkitty.common import scopes
from cloudkitty.db import facade
from cloudkitty.db.scopes import updates as scope_updates
from demo_parts import sample


def register(conf_arguments: list[str], begin: datetime.datetime) -> None:
    """Register the projects as if rated up to the begin already.

    :param conf_arguments: the options that name the demo's configuration.
    :param begin: of the three days; aware UTC.
    """
    conf = ck_conf.make(argv=conf_arguments)
    database = facade.Database(conf)
    with database.writer() as session:
        for project in sample.PROJECTS:
            scope_updates.create(
                session,
                scopes.Scope(
                    identifier=project,
                    scope_key=conf.collect.scope_key,
                    fetcher=conf.fetcher.backend,
                    collector=conf.collect.collector,
                ),
                begin - sample.HOUR,
            )
    database.dispose()
