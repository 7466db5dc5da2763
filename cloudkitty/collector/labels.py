# SPDX-License-Identifier: Apache-2.0
"""Check the names of the attributes of a metric definition."""

import collections.abc

from cloudkitty.common import attribute_names
from cloudkitty.common import exceptions

Names = collections.abc.Sequence[str]


def lost(names: Names) -> str | None:
    """Return why some labels would be lost, None if all are kept."""
    taken = [name for name in names if name in attribute_names.CALENDAR]
    if not taken:
        return None
    return (
        f"{', '.join(taken)}: the service computes an attribute of this name "
        "for every point, so the label would be lost: relabel it"
    )


def check_scope_key(scope_key: str) -> None:
    """Refuse a scope key by which reports cannot distinguish scopes.

    :raises cloudkitty.common.exceptions.InvalidConfiguration: for a name
        that has another meaning in the API or in stored points.
    """
    why = attribute_names.why_not_groupable(scope_key)
    if scope_key in attribute_names.CALENDAR:
        why = "every point has a computed attribute of this name"
    if why:
        raise exceptions.InvalidConfiguration(
            f"[collect] scope_key = {scope_key}: {why}: relabel the "
            "attribute that identifies a scope"
        )


def warnings(groupby: Names, metadata: Names) -> list[str]:
    """Return the warnings for the operator about the attributes.

    :param groupby: grouping attributes, the scope key included.
    :returns: texts that begin with the key of the definition.
    """
    found = []
    for key, names in (("groupby", groupby), ("metadata", metadata)):
        for name in names:
            why = attribute_names.why_not_groupable(name)
            if why:
                found.append(
                    f"{key}: {name}: a summary cannot group by this "
                    f"attribute: {why}: relabel it"
                )
    found += [
        f"metadata: {name}: it is also in groupby (which always contains the "
        "scope key): points store it twice, rules and summaries read the one "
        "in groupby"
        for name in metadata
        if name in groupby
    ]
    return found
