# SPDX-License-Identifier: Apache-2.0
"""Scopes: the units that are billed, such as projects."""

import dataclasses


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """One scope: an identifier and where it came from.

    :param identifier: usually a project id; any text of up to 256
        characters, so always data and never part of a query text.
    :param scope_key: the attribute the identifier is a value of, such as
        ``project_id``.
    :param fetcher: ``[fetcher] backend`` at its creation.
    :param collector: ``[collect] collector`` at its creation.
    """

    identifier: str
    scope_key: str
    fetcher: str
    collector: str
