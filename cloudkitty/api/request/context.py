# SPDX-License-Identifier: Apache-2.0
"""The identity of the sender of a request, from its headers."""

import typing

from oslo_context import context
from oslo_policy import policy


class RequestContext(context.RequestContext):
    """Identity and request id of one request.

    ``is_admin`` is the result of the rule ``context_is_admin``. It only
    selects the projects whose data a permitted request returns.
    ``api.authorize`` decides whether the request is permitted.
    """


def make(
    environ: dict[str, typing.Any],
    enforcer: policy.Enforcer,
    everyone_admin: bool,
) -> RequestContext:
    """Return the context of a request.

    :param environ: WSGI environment, with the headers that auth_token sets.
    :param everyone_admin: ``auth_strategy = noauth``.
    """
    made: RequestContext = RequestContext.from_environ(environ)
    # Do not read it from a header or a claim of the token.
    made.is_admin = everyone_admin or enforcer.authorize(
        "context_is_admin", {}, made
    )
    return made
