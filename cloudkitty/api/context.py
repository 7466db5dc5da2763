# SPDX-License-Identifier: Apache-2.0
"""Who asks: the identity headers of one request."""

import typing

from oslo_context import context
from oslo_policy import policy


class RequestContext(context.RequestContext):
    """Identity and request id of one request.

    ``is_admin`` is the answer of the rule ``context_is_admin``: it only
    decides whose data a permitted call shows. Whether the call is permitted
    is asked with ``api.authorize``.
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
    # Never from a header or a token's own claim.
    made.is_admin = everyone_admin or enforcer.authorize(
        "context_is_admin", {}, made
    )
    return made
