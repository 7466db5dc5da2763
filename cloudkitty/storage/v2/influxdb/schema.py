# SPDX-License-Identifier: Apache-2.0
"""Retention policy, and names of the stored tags and fields."""

import logging

from cloudkitty.common import exceptions
from cloudkitty.storage import base
from cloudkitty.storage.v2.influxdb import answers
from cloudkitty.storage.v2.influxdb import client as influx_client
from cloudkitty.storage.v2.influxdb import escaping
from cloudkitty.storage.v2.influxdb import names

LOG = logging.getLogger(__name__)


def source(client: influx_client.Client) -> str:
    """Return the measurement with its policy, for a FROM clause."""
    policy = escaping.identifier(client.policy)
    return f"{policy}.{escaping.identifier(names.MEASUREMENT)}"


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
    policies: dict[str, bool] = {}
    try:
        for series in client.query(f"SHOW RETENTION POLICIES ON {database}"):
            place = series.columns.index("default")
            policies |= {row[0]: bool(row[place]) for row in series.values}
    except answers.MissingDatabase:
        raise exceptions.InvalidConfiguration(
            f"[{group}] database: {client.database} does not exist on "
            f"influxdb at {client.server}: run influx -execute "
            f"'CREATE DATABASE {database}'"
        ) from None
    except (ValueError, TypeError, IndexError):
        raise base.StorageError(
            f"influxdb at {client.server} sent a malformed answer"
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
            "retention policy is not the default one of the database: "
            "upstream's processes do not read its points "
            "retention_policy=%(policy)s",
            {"policy": client.policy},
        )
