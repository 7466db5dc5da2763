# SPDX-License-Identifier: Apache-2.0
"""Scopes by their ids, or by the names of their projects."""

import collections.abc
import datetime
import logging
import typing

from keystoneauth1 import exceptions as ksa_exceptions
from openstack import exceptions as sdk_exceptions
from osc_lib import exceptions

from cloudkitty.client import http

LOG = logging.getLogger(__name__)

_SCOPES = "/v2/scope"
_PAGE = 1000

#: Returns (project id, domain id) of each project with a name.
Projects = collections.abc.Callable[[str], list[tuple[str, str]]]


def resolve(
    api: http.Api, projects: Projects, values: list[str]
) -> dict[str, str]:
    """Return the scope id of each value.

    A value that is the id of a scope is this scope. Another value is the name
    of a project. If there is no such project, or Keystone does not list
    projects, the value is returned, and the API decides.

    :raises CommandError: if several projects have the name.
    """
    known = _known(api, values)
    return {
        value: value if value in known else _by_name(projects, value)
        for value in values
    }


def projects_of(manager: typing.Any) -> Projects:
    """Return the search for projects in Keystone.

    :param manager: client manager of osc-lib.
    """

    def search(name: str) -> list[tuple[str, str]]:
        if manager.auth_ref is None:
            return []
        try:
            return [
                (project.id, project.domain_id)
                for project in manager.sdk_connection.identity.projects(
                    name=name
                )
            ]
        except (
            ksa_exceptions.ClientException,
            sdk_exceptions.SDKException,
        ) as error:
            LOG.warning("Keystone does not list projects: %s", error)
            return []

    return search


def rated_until(
    api: http.Api, scope_ids: list[str] | None, period_seconds: int
) -> datetime.datetime:
    """Return the time up to which every scope is rated.

    :param scope_ids: ``None`` for all active scopes.
    :raises CommandError: if no scope matches.
    """
    return rated_ends(api, scope_ids, period_seconds)[0]


def rated_ends(
    api: http.Api, scope_ids: list[str] | None, period_seconds: int
) -> tuple[datetime.datetime, datetime.datetime]:
    """Return the times up to which every and any scope is rated.

    The parameters and errors are those of ``rated_until``.
    """
    ends = [
        http.time(scope["last_processed_timestamp"])
        for scope in _listed(api, [*_ids(scope_ids or ()), ("active", "1")])
        if scope["last_processed_timestamp"]
    ]
    if not ends:
        raise exceptions.CommandError("no active scope is rated yet")
    length = datetime.timedelta(seconds=period_seconds)
    return min(ends) + length, max(ends) + length


def _by_name(projects: Projects, name: str) -> str:
    found = projects(name)
    if len(found) > 1:
        ids = ", ".join(
            f"{project} (domain {domain})" for project, domain in found
        )
        raise exceptions.CommandError(
            f"{len(found)} projects have the name {name}: use one of the "
            f"ids {ids}"
        )
    return found[0][0] if found else name


def _known(api: http.Api, values: list[str]) -> set[str]:
    try:
        return {scope["scope_id"] for scope in _listed(api, _ids(values))}
    except http.ApiError as error:
        if error.status != 403:
            raise
        # The policy of scopes is another one than that of tasks.
        LOG.warning("the scopes cannot be listed: %s", error)
        return set()


def _listed(
    api: http.Api, filters: http.Query
) -> collections.abc.Iterator[dict[str, typing.Any]]:
    offset = 0
    while True:
        query = [("limit", str(_PAGE)), ("offset", str(offset))]
        try:
            page = api.get(_SCOPES, [*filters, *query])
        except http.ApiError as error:
            if error.status != 404:
                raise
            # The response if no scope matches.
            return
        yield from page["results"]
        offset += len(page["results"])
        if offset >= page["total"] or not page["results"]:
            return


def _ids(values: collections.abc.Iterable[str]) -> http.Query:
    return [("scope_id", value) for value in values]
