# SPDX-License-Identifier: Apache-2.0
"""Retention policy, and names of the stored tags and fields."""

import collections.abc
import logging

from cloudkitty.common import exceptions
from cloudkitty.common import log_fields
from cloudkitty.storage import base
from cloudkitty.storage.v2.influxdb import answers
from cloudkitty.storage.v2.influxdb import client as influx_client
from cloudkitty.storage.v2.influxdb import escaping
from cloudkitty.storage.v2.influxdb import names

LOG = logging.getLogger(__name__)


def source(client: influx_client.Client, policy: str | None = None) -> str:
    """Return the measurement with its policy, for a FROM clause.

    :param policy: None selects the configured one.
    """
    name = escaping.identifier(client.policy if policy is None else policy)
    return f"{name}.{escaping.identifier(names.MEASUREMENT)}"


def field_types(client: influx_client.Client) -> dict[str, frozenset[str]]:
    """Return the types of each field; several if shards differ.

    :raises cloudkitty.storage.base.StorageError: if they cannot be read.
    """
    found: dict[str, set[str]] = {}
    for series in client.query(f"SHOW FIELD KEYS FROM {source(client)}"):
        for name, kind in series.values:
            found.setdefault(name, set()).add(kind)
    return {name: frozenset(kinds) for name, kinds in found.items()}


def tag_keys(client: influx_client.Client) -> list[str]:
    """Return the keys of all tags, in all retention policies.

    :raises cloudkitty.storage.base.StorageError: if they cannot be read.
    """
    measurement = escaping.identifier(names.MEASUREMENT)
    return sorted(
        {
            key
            for series in client.query(f"SHOW TAG KEYS FROM {measurement}")
            for (key,) in series.values
        }
    )


def check(client: influx_client.Client) -> None:
    """Check that the database has the retention policy.

    :raises cloudkitty.common.exceptions.InvalidConfiguration: if it has not;
        the text contains the statement that creates it.
    :raises cloudkitty.storage.base.StorageError: if the server cannot be
        asked.
    """
    group = influx_client.GROUP
    database = escaping.identifier(client.database)
    try:
        policies = _policies(client)
    except answers.MissingDatabase:
        raise exceptions.InvalidConfiguration(
            f"[{group}] database: {client.database} does not exist on "
            f"influxdb at {client.server}: run influx -execute "
            f"'CREATE DATABASE {database}'"
        ) from None
    if client.policy not in policies:
        policy = escaping.identifier(client.policy)
        raise exceptions.InvalidConfiguration(
            f"[{group}] retention_policy: {client.policy} does not exist in "
            f"the database {client.database}: run influx -execute 'CREATE "
            f"RETENTION POLICY {policy} ON {database} DURATION INF "
            "REPLICATION 1'"
        )
    if not policies[client.policy]:
        LOG.warning(
            *log_fields.event(
                "retention policy is not the default one of the database: "
                "upstream's processes do not read its points",
                retention_policy=client.policy,
            ),
        )


def has_points(client: influx_client.Client, policy: str) -> bool:
    """Return whether a retention policy has a rated point.

    One short request. A database that does not exist has none.

    :raises cloudkitty.storage.base.StorageError: if the server cannot be
        asked.
    """
    qty = f"{escaping.identifier(names.QTY)}::field"
    place = source(client, policy)
    statement = f"SELECT {qty} FROM {place} LIMIT 1"  # noqa: S608 - escaped
    try:
        return any([bool(series.values) for series in client.query(statement)])
    except answers.MissingDatabase:
        return False


def hidden_points(
    client: influx_client.Client,
) -> collections.abc.Iterator[str]:
    """Yield a text for points that one of the two releases does not show.

    Upstream writes into the policy that is configured, and reads from the
    default one of the database.

    :raises cloudkitty.storage.base.StorageError: if the server cannot be
        asked.
    """
    try:
        policies = _policies(client)
    except answers.MissingDatabase:
        return
    group = influx_client.GROUP
    if not policies.get(client.policy) and has_points(client, client.policy):
        yield (
            f"[{group}] retention_policy = {client.policy} is not the default "
            f"policy of the database {client.database}, the only one that "
            "CloudKitty 25 reads: its processes do not show these points. "
            f"ALTER RETENTION POLICY {escaping.identifier(client.policy)} ON "
            f"{escaping.identifier(client.database)} DEFAULT shows them"
        )
    for policy in sorted(policies.keys() - {client.policy}):
        if has_points(client, policy):
            copy = (
                f"SELECT * INTO {source(client)} "  # noqa: S608 - for a person
                f"FROM {source(client, policy)} GROUP BY *"
            )
            yield (
                f"the retention policy {policy} of the database "
                f"{client.database} of influxdb at {client.server} has rated "
                f"points, and only those of [{group}] retention_policy = "
                f"{client.policy} are shown: set retention_policy = {policy}, "
                f"or copy them with the InfluxQL statement {copy}"
            )


def _policies(client: influx_client.Client) -> dict[str, bool]:
    """Return the retention policies, and which one is the default one."""
    database = escaping.identifier(client.database)
    policies: dict[str, bool] = {}
    try:
        for series in client.query(f"SHOW RETENTION POLICIES ON {database}"):
            place = series.columns.index("default")
            policies |= {row[0]: bool(row[place]) for row in series.values}
    except (ValueError, TypeError, IndexError):
        raise base.StorageError(
            f"influxdb at {client.server} sent a malformed answer"
        ) from None
    return policies
