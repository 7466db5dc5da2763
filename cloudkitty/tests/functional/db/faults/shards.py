# SPDX-License-Identifier: Apache-2.0
"""A call of every function on shards."""

from cloudkitty.db import shards
from cloudkitty.tests.functional.db.faults import cases

OWNER = "host:1"


def prepare(session):
    """Leave shards 1 to 4 to the owner and 5 to another, 6 without a row."""
    session.query(shards.RatingShard).delete()
    for number in (0, 1, 2, 3, 4, 5, 7):
        owner = {0: None, 5: "host:2", 7: None}.get(number, OWNER)
        session.add(
            shards.RatingShard(
                number=number,
                owner=owner,
                lease_expires_at=owner and cases.LATER,
            )
        )


FUNCTIONS = [
    cases.of_session(
        "shards.find_free",
        lambda session, world: shards.find_free(session, range(8), cases.NOW),
    ),
    cases.of_session(
        "shards.claim",
        lambda session, world: shards.claim(
            session,
            [0, 5, 6, 7],
            owner=OWNER,
            now=cases.NOW,
            lease_expires_at=cases.LATER,
        ),
    ),
    cases.of_session(
        "shards.renew",
        lambda session, world: shards.renew(
            session, [1, 2, 5], owner=OWNER, lease_expires_at=cases.hour(999)
        ),
    ),
    cases.of_session(
        "shards.release",
        lambda session, world: shards.release(session, [2, 3, 5], owner=OWNER),
    ),
]
