# SPDX-License-Identifier: Apache-2.0
import os

from cloudkitty.common.db.alembic import migration

REPOSITORY = os.path.join(os.path.dirname(__file__), "alembic")


def upgrade(revision):
    return migration.upgrade(
        migration.load_alembic_config(REPOSITORY), revision
    )


def version():
    return migration.version(migration.load_alembic_config(REPOSITORY))


def revision(message, autogenerate):
    return migration.revision(
        migration.load_alembic_config(REPOSITORY), message, autogenerate
    )


def stamp(revision):
    return migration.stamp(migration.load_alembic_config(REPOSITORY), revision)
