# SPDX-License-Identifier: Apache-2.0
"""Phrases about a rule in force: a mapping of hashmap, or a script.

Tests of deployments, such as cloudkitty-tempest-plugin, match these phrases.
"""

import datetime

#: For a rule with an end, of which no attribute can change.
END_FIXED = (
    "Cannot update a rule that was already processed and has a defined end "
    "date."
)


def only_end(start: datetime.datetime) -> str:
    """Return the beginning of a sentence: nothing but the end can change."""
    return (
        "You are allowed to update only the attribute [end] as this rule is "
        f"already running as it started on {start}"
    )
