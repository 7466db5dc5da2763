# SPDX-License-Identifier: Apache-2.0
"""The configuration file of a host."""

import pathlib

#: Short, so that much happens within a minute.
LEASE_SECONDS = 10
CONNECT_TIMEOUT = 2
READ_TIMEOUT = 6
RETRY_SECONDS = 3
POLL_SECONDS = 2
BACKOFF_SECONDS = 2
_TEXT = """
[DEFAULT]
transport_url = {transport_url}
host = {host}
[database]
connection = {connection}
connect_timeout = {connect_timeout}
read_timeout = {read_timeout}
write_timeout = {read_timeout}
retry_seconds = {retry_seconds}
retry_interval = 1
[collect]
collector = openmetrics
period = 3600
wait_periods = {wait_periods}
metrics_conf = {folder}/metrics.yml
[collector_openmetrics]
path = {folder}/samples.om
[fetcher]
backend = source
[fetcher_source]
sources = {scopes}
[storage]
backend = sqlalchemy
[orchestrator]
coordination_url = {coordination_url}
max_workers = 1
max_workers_reprocessing = 1
rpc_workers = {rpc_workers}
reprocess_poll_interval = {poll_seconds}
reprocess_backoff = {backoff_seconds}
reprocess_max_backoff = 10
lease_seconds = {lease_seconds}
chunk_points = {chunk_points}
{more}
"""


def write(
    file: pathlib.Path,
    *,
    transport_url: str = "fake://",
    more: str = "",
    **values: object,
) -> pathlib.Path:
    """Write the file and return its path.

    :param transport_url: with ``fake://``, no process listens on a bus.
    :param more: further groups and options.
    :param values: the other fields of ``_TEXT`` that are not constants.
    """
    file.write_text(
        _TEXT.format(
            transport_url=transport_url,
            more=more,
            connect_timeout=CONNECT_TIMEOUT,
            read_timeout=READ_TIMEOUT,
            retry_seconds=RETRY_SECONDS,
            rpc_workers=int(transport_url != "fake://"),
            poll_seconds=POLL_SECONDS,
            backoff_seconds=BACKOFF_SECONDS,
            lease_seconds=LEASE_SECONDS,
            **values,
        )
    )
    return file
