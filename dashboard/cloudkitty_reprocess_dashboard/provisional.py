# SPDX-License-Identifier: Apache-2.0
"""Windows whose rating tasks are changing, for users of the project."""

import dataclasses
import datetime

from cloudkitty_reprocess_dashboard import client
from cloudkitty_reprocess_dashboard import rows

#: Windows that the banner names.
MOST = 3


@dataclasses.dataclass(frozen=True)
class Window:
    """A window with the old rating of some periods and the new of others.

    :param begin: of the first period.
    :param end: of the last period.
    :param scope: name of the project.
    """

    begin: datetime.datetime | None
    end: datetime.datetime | None
    scope: str


@dataclasses.dataclass(frozen=True)
class Windows:
    """Windows, earliest first.

    :param all: every window.
    """

    all: list[Window]

    @property
    def first(self) -> list[Window]:
        """Those that the banner names."""
        return self.all[:MOST]

    @property
    def more(self) -> int:
        """Number of those that ``first`` leaves out."""
        return len(self.all) - len(self.first)


def load(api: client.Client, projects: dict[str, str]) -> Windows:
    """Return the windows that the user may see: one request.

    :param projects: names of projects by ids.
    """
    items = sorted(api.provisional(), key=lambda item: item["begin"])
    return Windows(
        [
            Window(
                rows.time(item["begin"]),
                rows.time(item["end"]),
                _name(item["scope_id"], projects),
            )
            for item in items
        ]
    )


def _name(scope_id: str, projects: dict[str, str]) -> str:
    return projects.get(scope_id, scope_id)
