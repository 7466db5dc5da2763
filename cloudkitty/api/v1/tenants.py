# SPDX-License-Identifier: Apache-2.0
"""The tenant whose rated data a request of version 1 reads."""

import dataclasses

from cloudkitty.api import error_codes
from cloudkitty.api import errors
from cloudkitty.api import rated_query
from cloudkitty.api.request import hooks
from cloudkitty.api.v1 import arguments
from cloudkitty.common import periods
from cloudkitty.storage import base as storage_base


@dataclasses.dataclass(frozen=True, slots=True)
class Wanted:
    """The rated data that a request reads.

    :param query: query with a filter for the tenant.
    :param tenant_id: the tenant; ``None`` selects every tenant.
    """

    query: storage_base.Query
    tenant_id: str | None


def read(
    args: arguments.Arguments, metric: str, *, own: bool
) -> Wanted | None:
    """Return the query for ``begin``, ``end``, the tenant and the metric.

    :param metric: name of the argument with the metric.
    :param own: whether the default tenant of an administrator is the project
        of the token; otherwise it is every tenant.
    :returns: ``None`` if the caller has no project and so no data.
    :raises cloudkitty.api.errors.ApiError: 400, and 403 for the data of
        another project, whether they exist or not.
    """
    window = rated_query.window_between(args.time("begin"), args.time("end"))
    tenant_id = _tenant(args, own)
    filters: rated_query.Filters = {}
    if tenant_id is not None:
        scope_key = hooks.services().conf.collect.scope_key
        filters[scope_key] = (tenant_id,)
    if not rated_query.limit_to_own(filters):
        return None
    name = args.text(metric)
    return Wanted(_query(window, filters, name), tenant_id)


def _tenant(args: arguments.Arguments, own: bool) -> str | None:
    context = hooks.context()
    tenant_id = args.text("tenant_id")
    if "all_tenants" in args and args.boolean("all_tenants"):
        if tenant_id is not None:
            raise errors.BadRequest(
                error_codes.ARGUMENT_INVALID,
                "tenant_id and all_tenants are mutually exclusive: send one "
                "of them",
            )
        if not context.is_admin:
            raise errors.Forbidden(
                error_codes.SCOPE_FORBIDDEN,
                "all_tenants requires an administrator: omit it",
            )
        return None
    if tenant_id is None and (own or not context.is_admin):
        return context.project_id
    return tenant_id


def _query(
    window: periods.Window, filters: rated_query.Filters, metric: str | None
) -> storage_base.Query:
    return storage_base.Query(
        window=window,
        filters=filters,
        metrics=() if metric is None else (metric,),
    )
