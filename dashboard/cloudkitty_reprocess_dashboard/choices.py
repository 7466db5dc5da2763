# SPDX-License-Identifier: Apache-2.0
"""What a new order can select."""

import dataclasses
import datetime
import typing

from cloudkitty_reprocess_dashboard import client
from cloudkitty_reprocess_dashboard import rows


@dataclasses.dataclass(frozen=True)
class Scope:
    """An active scope.

    :param id: in the API.
    :param name: of its project, or the id.
    :param rated_until: end of its last rated period; None if it has none.
    :param closed_before: end of its closed periods; None if it has none.
    """

    id: str
    name: str
    rated_until: datetime.datetime | None
    closed_before: datetime.datetime | None

    @property
    def rated(self) -> int:
        """``rated_until`` in Unix seconds, for the script."""
        return int(self.rated_until.timestamp()) if self.rated_until else 0


@dataclasses.dataclass(frozen=True)
class Choices:
    """Scopes, metrics and limits.

    :param scopes: by name.
    :param metrics: names that a request accepts.
    :param period: seconds of a period.
    :param max_reason: characters of a reason.
    """

    scopes: list[Scope]
    metrics: list[str]
    period: int
    max_reason: int

    @property
    def rated_until(self) -> datetime.datetime | None:
        """Time until which all scopes are rated."""
        return min(
            (scope.rated_until for scope in self.scopes if scope.rated_until),
            default=None,
        )


def load(api: client.Client, projects: dict[str, str]) -> Choices:
    """Return the choices: one request."""
    return read(api.choices(), projects)


def read(body: typing.Any, projects: dict[str, str]) -> Choices:
    """Return the choices in the API's JSON."""
    period = datetime.timedelta(seconds=body["period_seconds"])
    scopes = []
    for item in body["scopes"]:
        last = rows.time(item["last_processed_timestamp"])
        scope_id = item["scope_id"]
        scopes.append(
            Scope(
                id=scope_id,
                name=projects.get(scope_id, scope_id),
                rated_until=last + period if last else None,
                closed_before=rows.time(item.get("closed_before")),
            )
        )
    return Choices(
        scopes=sorted(scopes, key=lambda scope: (scope.name, scope.id)),
        metrics=body["metrics"],
        period=body["period_seconds"],
        max_reason=body["max_reason"],
    )
