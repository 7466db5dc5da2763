# SPDX-License-Identifier: Apache-2.0
"""A call of every function on collectors that are written down."""

from cloudkitty.db import collector_mappings
from cloudkitty.tests.functional.db.faults import cases


def prepare(session):
    """Write a collector down that every call finds."""
    collector_mappings.put(session, "cpu", "gnocchi")


FUNCTIONS = [
    cases.of_session(
        "collector_mappings.find",
        lambda session, world: collector_mappings.find(session, "gnocchi"),
    ),
    cases.of_session(
        "collector_mappings.get",
        lambda session, world: collector_mappings.get(session, "cpu"),
    ),
    cases.of_session(
        "collector_mappings.put",
        lambda session, world: collector_mappings.put(
            session, "cpu", "prometheus"
        ),
    ),
    cases.of_session(
        "collector_mappings.put",
        lambda session, world: collector_mappings.put(
            session, "disk", "prometheus"
        ),
    ),
    # A repetition finds it gone.
    cases.of_session(
        "collector_mappings.delete",
        lambda session, world: collector_mappings.delete(session, "cpu"),
        cases.TOLD,
    ),
]
