# SPDX-License-Identifier: Apache-2.0
"""Modules of the v2 API.

A module is an entry point in group ``cloudkitty.api.v2``: its name is the
URL segment after ``/v2/``, its object is a ``Module``. An example in another
package::

    import wsme.types

    from cloudkitty.api import resource
    from cloudkitty.api.request import authorize, hooks, query, validate
    from cloudkitty.api.v2 import base
    from oslo_policy import policy

    class Price(ordered.Base):  # type of the response
        metric = wsme.types.text
        price = float

    class Prices(resource.Resource):  # one path
        @resource.answers_json
        def get(self):
            authorize.authorize("prices:get")  # 1. may the caller?
            args = query.read("metric")  # 2. parse; unknown keys are 400
            metric = validate.text("metric", args.one("metric") or "cpu")
            with hooks.services().database.reader() as session:  # 3. do
                price = read_price(session, metric)
            return [Price(metric=metric, price=price)]  # 4. shape

    MODULE = base.Module(
        controller=lambda services: Prices(),
        rules=[policy.DocumentedRuleDefault(
            "prices:get", "role:admin", "Get prices.",
            [{"path": "/v2/prices", "method": "GET"}],
            scope_types=["project"],
        )],
    )

A handler follows this order (authorise, parse, do, shape), raises
``cloudkitty.api.errors`` for invalid requests and does not catch other
exceptions: ``hooks.ErrorHook`` handles them. ``body.read`` reads a body.
"""

import collections.abc
import dataclasses
import typing

from oslo_config import cfg
from oslo_policy import policy

if typing.TYPE_CHECKING:
    from cloudkitty.api.request import hooks


class BaseResource:
    """Import path of CloudKitty 25: never served, see ``Module``."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Module:
    """One segment below ``/v2/``.

    :param controller: function that creates the pecan controller at start;
        it should return a ``cloudkitty.api.resource.Resource``.
    :param rules: policy rules of this module that are not registered yet.
    :param options: (group, options) pairs to register.
    """

    controller: collections.abc.Callable[["hooks.Services"], object]
    rules: collections.abc.Sequence[policy.RuleDefault] = ()
    options: collections.abc.Sequence[
        tuple[str, collections.abc.Sequence[cfg.Opt]]
    ] = ()
