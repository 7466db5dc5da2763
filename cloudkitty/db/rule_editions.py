# SPDX-License-Identifier: Apache-2.0
"""Lets those who edit the rules of one module wait for each other."""

import sqlalchemy as sa
from oslo_db import exception as db_exception
from sqlalchemy import orm

from cloudkitty.db import changes
from cloudkitty.db import models

_Model = models.RuleEdition


def count_up(session: orm.Session, module: str) -> None:
    """Begin an edition of a module's rules: the first thing of a write.

    Until the transaction ends no other one gets past this, so that what a
    check sees is what stands when the rule is written. The number grows with
    each, so that two nodes of a Galera cluster collide too: the loser's
    transaction is repeated.

    :param module: name of the rating module.
    """
    one_more = (
        sa.update(_Model)
        .where(_Model.module == module)
        .values(edition=_Model.edition + 1)
        .execution_options(synchronize_session=False)
    )
    if changes.count(session, one_more):
        return
    try:
        session.execute(sa.insert(_Model).values(module=module, edition=1))
    except db_exception.DBDuplicateEntry as error:
        # Somebody else made the first one meanwhile: begin again.
        raise db_exception.DBDeadlock(error) from error
