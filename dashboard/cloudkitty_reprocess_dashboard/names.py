# SPDX-License-Identifier: Apache-2.0
"""Names of projects and users from Keystone, kept in Django's cache.

An id without a known name stands for itself. A user who may not list projects
or users sees ids.
"""

import collections.abc
import hashlib
import logging

from django.conf import settings
from django.core.cache import cache
from keystoneauth1 import exceptions as ksa_exceptions
from keystoneauth1 import token_endpoint
from openstack_dashboard.api import base

from cloudkitty_reprocess_dashboard import client

LOG = logging.getLogger(__name__)
#: Seconds for which names are kept.
PROJECTS_SECONDS = 300
USERS_SECONDS = 3600


def of_projects(request) -> dict[str, str]:
    """Return the names of all projects by their ids: one list request."""
    key = _key(request, "projects")
    names = cache.get(key)
    if names is None:
        body = _get(request, "/projects") or {}
        names = {item["id"]: item["name"] for item in body.get("projects", [])}
        cache.set(key, names, PROJECTS_SECONDS)
    return names


def of_users(
    request, ids: collections.abc.Iterable[str | None]
) -> dict[str, str]:
    """Return the names of some users: one request for each new id."""
    names = {}
    for user_id in {each for each in ids if each}:
        key = _key(request, f"user-{user_id}")
        name = cache.get(key)
        if name is None:
            body = _get(request, f"/users/{user_id}") or {}
            name = body.get("user", {}).get("name", user_id)
            cache.set(key, name, USERS_SECONDS)
        names[user_id] = name
    return names


def _key(request, what: str) -> str:
    # Each user has names of their own: Keystone decides who sees which. The
    # digest: memcached refuses long keys and some characters.
    text = f"{request.user.id}/{request.user.project_id}/{what}"
    digest = hashlib.sha256(text.encode()).hexdigest()
    return f"cloudkitty-reprocess-{digest}"


def _get(request, path: str):
    """Return JSON from Keystone, or None if it refuses."""
    endpoint = base.url_for(
        request, "identity", endpoint_type=settings.OPENSTACK_ENDPOINT_TYPE
    ).rstrip("/")
    if not endpoint.endswith("/v3"):
        endpoint += "/v3"
    try:
        response = client.session().get(
            path,
            auth=token_endpoint.Token(endpoint, request.user.token.id),
            endpoint_filter={"service_type": "identity"},
            raise_exc=False,
        )
    except ksa_exceptions.ClientException as error:
        LOG.warning("Keystone does not answer: %s", error)
        return None
    if not response.ok:
        LOG.warning("Keystone refused %s: %s", path, response.status_code)
        return None
    return response.json()
