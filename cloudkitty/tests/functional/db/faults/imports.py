# SPDX-License-Identifier: Apache-2.0
"""A call of every function on the progress of imports."""

from cloudkitty.db import rated_imports
from cloudkitty.tests.functional.db.faults import cases


def _row(month, *, finished):
    return rated_imports.RatedImport(
        source="influxdb",
        scope_id="a",
        month=month,
        position=cases.LATER,
        digest="d",
        finished=finished,
    )


def prepare(session):
    """Begin a month that every call finds."""
    rated_imports.write(session, _row(cases.START, finished=False))


FUNCTIONS = [
    cases.of_session(
        "rated_imports.find",
        lambda session, world: (
            rated_imports.find(session, "influxdb", "a", cases.START).position
        ),
    ),
    cases.of_session(
        "rated_imports.write",
        lambda session, world: rated_imports.write(
            session, _row(cases.START, finished=True)
        ),
    ),
    cases.of_session(
        "rated_imports.write",
        lambda session, world: rated_imports.write(
            session, _row(cases.NOW, finished=False)
        ),
    ),
]
