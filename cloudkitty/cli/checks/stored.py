# SPDX-License-Identifier: Apache-2.0
"""Checks of the storage, and of points that it does not show."""

import contextlib

from cloudkitty.cli.checks import context as ck_context
from cloudkitty.cli.checks import findings as ck_findings
from cloudkitty.common import exceptions
from cloudkitty.storage import base
from cloudkitty.storage import elsewhere
from cloudkitty.storage import history
from cloudkitty.storage import loader


def check_version(
    context: ck_context.Context, found: ck_findings.Findings
) -> None:
    """Warn about prices in single precision."""
    if context.conf.storage.version < 2:
        found.warning(
            "[storage] version = 1 stores prices in single precision: run "
            "cloudkitty-dbsync import-rated and set version = 2 to store "
            "exact prices"
        )


def check_storage(
    context: ck_context.Context, found: ck_findings.Findings
) -> None:
    """Load the storage and ask its server, as a start does.

    A storage that ``cloudkitty-storage-init`` can prepare is a warning.
    """
    with (
        found.gather(),
        contextlib.closing(
            loader.load(context.conf, context.database)
        ) as storage,
    ):
        try:
            storage.check()
        except exceptions.InvalidConfiguration as error:
            storage.check_init()
            found.warning(str(error))


def check_history(
    context: ck_context.Context, found: ck_findings.Findings
) -> None:
    """Look for points that the storage does not show."""
    conf, database = context.conf, context.database
    others = elsewhere.find(conf, database)
    for text in others.unknown:
        found.failure(f"could not look: {text}")
    with contextlib.closing(loader.load(conf, database)) as storage:
        try:
            history.check_before_init(conf, database, storage)
        except exceptions.InvalidConfiguration as error:
            # With the texts of all points elsewhere.
            found.failure(f"the services will not start: {error}")
            return
        except base.StorageError as error:
            found.failure(f"could not look: {error}")
        for text in others.points:
            found.warning(text)
        try:
            hidden = storage.not_shown()
        except base.StorageError as error:
            found.failure(f"could not look: {error}")
            return
        for text in hidden:
            found.warning(text)
