# SPDX-License-Identifier: Apache-2.0
"""Shards that divide the scopes among workers, each with a lease.

A lease keeps workers from doing the same work; it does not protect data.
"""

import collections.abc
import datetime

import sqlalchemy as sa
from sqlalchemy import orm

from cloudkitty.db import base
from cloudkitty.db.sql import rowcount
from cloudkitty.db.sql import types

#: Number of shards. A row of the table for each, numbered from 0 on.
COUNT = 64


class RatingShard(base.Base):
    """The lease of one shard; free without an expiry or after it."""

    __tablename__ = "cloudkitty_rating_shards"
    __table_args__ = ({**base.TABLE_ARGS, "sqlite_autoincrement": False},)

    number: orm.Mapped[int] = orm.mapped_column(
        primary_key=True, autoincrement=False
    )
    #: The worker that holds or held the lease.
    owner: orm.Mapped[str | None] = orm.mapped_column(types.ExactText(255))
    #: Incremented by each change of the owner.
    lease_token: orm.Mapped[int] = orm.mapped_column(
        default=0, server_default="0"
    )
    lease_expires_at: orm.Mapped[datetime.datetime | None] = orm.mapped_column(
        types.UTCDateTime
    )


def find_free(
    session: orm.Session,
    numbers: collections.abc.Collection[int],
    now: datetime.datetime,
) -> list[int]:
    """Return those of some shards whose lease is free or expired.

    A shard without a row is one of them.
    """
    held = session.scalars(
        sa.select(RatingShard.number).where(
            RatingShard.number.in_(numbers),
            RatingShard.lease_expires_at > now,
        )
    )
    return sorted(set(numbers).difference(held))


def claim(
    session: orm.Session,
    numbers: collections.abc.Collection[int],
    *,
    owner: str,
    now: datetime.datetime,
    lease_expires_at: datetime.datetime,
) -> list[int]:
    """Claim those of some shards that are free; return their numbers.

    Shards that another transaction is claiming are skipped. Those that
    ``owner`` holds are claimed again, so that a transaction whose commit lost
    its answer can be repeated.

    :param owner: unique name of the worker.
    :raises oslo_db.exception.DBDuplicateEntry: if a row was missing and
        another transaction inserts it too.
    """
    _restore(session, numbers)
    claimed = list(
        session.scalars(
            sa.select(RatingShard.number)
            .where(
                RatingShard.number.in_(numbers),
                sa.or_(
                    RatingShard.lease_expires_at.is_(None),
                    RatingShard.lease_expires_at <= now,
                    RatingShard.owner == owner,
                ),
            )
            .with_for_update(skip_locked=True)
        )
    )
    if claimed:
        session.execute(
            sa.update(RatingShard)
            .where(RatingShard.number.in_(claimed))
            # The token first: MySQL evaluates in this order, and it needs
            # the owner before.
            .ordered_values(
                (RatingShard.lease_token, _next_token(owner)),
                (RatingShard.owner, owner),
                (RatingShard.lease_expires_at, lease_expires_at),
            )
            .execution_options(synchronize_session=False)
        )
    return sorted(claimed)


def renew(
    session: orm.Session,
    numbers: collections.abc.Collection[int],
    *,
    owner: str,
    lease_expires_at: datetime.datetime,
) -> list[int]:
    """Renew the leases that ``owner`` still holds; return their numbers.

    An expired lease that no other worker has claimed is renewed too.
    """
    mine = (RatingShard.number.in_(numbers), RatingShard.owner == owner)
    renewed = rowcount.count(
        session,
        sa.update(RatingShard)
        .where(*mine)
        .values(lease_expires_at=lease_expires_at),
    )
    if renewed == len(numbers):
        return sorted(numbers)
    return sorted(session.scalars(sa.select(RatingShard.number).where(*mine)))


def release(
    session: orm.Session,
    numbers: collections.abc.Collection[int],
    *,
    owner: str,
) -> None:
    """Free the leases that ``owner`` still holds."""
    session.execute(
        sa.update(RatingShard)
        .where(RatingShard.number.in_(numbers), RatingShard.owner == owner)
        .values(owner=None, lease_expires_at=None)
        .execution_options(synchronize_session=False)
    )


def _next_token(owner: str) -> sa.ColumnElement[int]:
    return sa.case(
        (RatingShard.owner == owner, RatingShard.lease_token),
        else_=RatingShard.lease_token + 1,
    )


def _restore(
    session: orm.Session, numbers: collections.abc.Collection[int]
) -> None:
    """Insert missing rows: the scopes of such a shard would not be rated."""
    present = session.scalars(
        sa.select(RatingShard.number).where(RatingShard.number.in_(numbers))
    )
    missing = set(numbers).difference(present)
    session.add_all([RatingShard(number=n) for n in sorted(missing)])
    session.flush()
