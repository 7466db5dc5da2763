# SPDX-License-Identifier: Apache-2.0
"""Scopes from the projects of Keystone."""

import typing

from oslo_config import cfg

from cloudkitty.common import exceptions
from cloudkitty.common.http import client as http_client
from cloudkitty.common.http import errors
from cloudkitty.common.http import lists
from cloudkitty.common.http import retries
from cloudkitty.common.keystone import client as keystone_client
from cloudkitty.common.keystone import credentials
from cloudkitty.fetcher import base

GROUP = "fetcher_keystone"
#: Name of the role that marks the projects to be rated.
ROLE = "rating"
#: Seconds of one exchange if ``timeout`` is not set.
_SECONDS = 60
_FORBIDDEN = 403


class KeystoneFetcher(base.Fetcher):
    """Reads the projects on which the service user has the role ``rating``.

    Only assignments of the user itself on the project itself count, as in
    upstream's fetcher: not those of groups, inherited or implied ones.
    """

    def __init__(self, conf: cfg.ConfigOpts) -> None:
        super().__init__(conf)
        options = conf[GROUP]
        if options.keystone_version != "3":
            raise exceptions.InvalidConfiguration(
                f"[{GROUP}] keystone_version = {options.keystone_version}: "
                "Keystone has only version 3 of its API: remove the option"
            )
        self._all: bool = options.ignore_rating_role
        self._only_enabled: bool = options.ignore_disabled_tenants
        seconds = options.timeout or _SECONDS
        self._user = credentials.Credentials(conf, GROUP, seconds)
        self._http = keystone_client.Client(
            self._user,
            self._user.identity,
            http_client.Limits(seconds, options.max_response_size),
            options,
        )

    def describe(self) -> str:
        which = "all projects" if self._all else f"projects with role {ROLE}"
        if self._only_enabled:
            which += ", without disabled ones"
        return f"keystone at {self._user.server}: {which}"

    def get_scopes(self) -> list[str]:
        """Return the sorted identifiers of the projects.

        :raises cloudkitty.fetcher.base.FetchError: if Keystone cannot be
            queried.
        """
        try:
            found = {
                project["id"]
                for project in self._list("projects")
                if project.get("enabled", True) or not self._only_enabled
            }
            if not self._all:
                found &= self._with_role(found)
            return sorted(found)
        except (errors.HTTPError, _Refused) as err:
            raise base.FetchError(
                f"scopes: keystone at {self._user.server} {err}"
            ) from None
        except (KeyError, TypeError, AttributeError):
            raise base.FetchError(
                f"scopes: keystone at {self._user.server} answered malformed "
                "objects"
            ) from None

    def _with_role(self, projects: set[str]) -> set[str]:
        """Return the projects on which the service user has the role."""
        user_id = self._user.user_id()
        try:
            assignments = self._list(
                "role_assignments",
                {"user.id": user_id, "include_names": "true"},
            )
        except _Refused as err:
            if err.status != _FORBIDDEN:
                raise
            # A policy may allow only what upstream's fetcher asks.
            return {
                project_id
                for project_id in projects
                if any(
                    role["name"] == ROLE
                    for role in self._list(
                        f"projects/{project_id}/users/{user_id}/roles",
                        key="roles",
                    )
                )
            }
        return {
            assignment["scope"]["project"]["id"]
            for assignment in assignments
            if assignment["role"]["name"] == ROLE and _direct(assignment)
        }

    def _list(
        self,
        path: str,
        parameters: dict[str, str] | None = None,
        key: str | None = None,
    ) -> list[dict[str, typing.Any]]:
        """Return a list of Keystone's API.

        :param key: of the list in the answer; by default the path.
        """
        found: list[dict[str, typing.Any]] = []
        asked = dict(parameters or {})
        while True:
            with retries.ask(
                self._http, "GET", path, parameters=asked
            ) as answer:
                if answer.status != 200:
                    raise _Refused(lists.refusal(answer), answer.status)
                page, cut = lists.members(answer, key or path)
            found += page
            if not cut:
                return found
            # Keystone's list_limit. Old versions do not know the marker.
            if not page or page[-1]["id"] == asked.get("marker"):
                raise errors.HTTPError(
                    f"answered an incomplete list of {key or path} "
                    "(list_limit)"
                )
            asked["marker"] = page[-1]["id"]


class _Refused(Exception):
    """Keystone answered with an error; the text is a predicate of it."""

    def __init__(self, text: str, status: int) -> None:
        super().__init__(text)
        self.status = status


def _direct(assignment: dict[str, typing.Any]) -> bool:
    """Return whether an assignment is one on a project itself."""
    scope = assignment["scope"]
    return "project" in scope and "OS-INHERIT:inherited_to" not in scope
