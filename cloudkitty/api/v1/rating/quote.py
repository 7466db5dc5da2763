# SPDX-License-Identifier: Apache-2.0
"""``POST /v1/rating/quote``: what something would cost."""

import decimal
import typing

from cloudkitty.api import authorize
from cloudkitty.api import errors
from cloudkitty.api import hooks
from cloudkitty.api import resource
from cloudkitty.api import validate
from cloudkitty.api.v1 import arguments
from cloudkitty.api.v1 import wire
from cloudkitty.common import money
from cloudkitty.common import rpc
from cloudkitty.policies import rating as policy

_KEYS = ("service", "desc", "volume")
#: Of ``desc``: where attributes are that rules may look at.
_PARTS = ("groupby", "metadata")
#: Nobody says what the volume is measured in, and no rule looks at it.
_UNIT = "undef"
#: Digits before the point, as many as a storage keeps.
_DIGITS = 37


class Quote(resource.Resource):
    """The price of a list of resources, by the rules in force now."""

    @resource.answers_json
    def post(self) -> str:
        authorize.authorize(policy.QUOTE)
        args = arguments.read("resources", required=["resources"])
        usage = _usage(args.raw("resources"))
        try:
            price = hooks.services().rpc.quote(usage)
        except rpc.InvalidUsage as err:
            raise errors.BadRequest(
                errors.QUOTE_INVALID, f"{err}: send other resources"
            ) from err
        return wire.number(price)


def _usage(resources: object) -> rpc.Usage:
    if not isinstance(resources, list):
        raise validate.invalid(
            "resources", resources, "is not a list", f"a list of {_example()}"
        )
    if len(resources) > validate.MAX_ITEMS:
        raise validate.invalid(
            "number of resources",
            len(resources),
            "is too large",
            f"at most {validate.MAX_ITEMS} in one request",
        )
    usage: dict[str, list[typing.Any]] = {}
    for position, item in enumerate(resources):
        service, point = _point(f"resources[{position}]", item)
        usage.setdefault(service, []).append(point)
    return usage


def _point(name: str, item: object) -> tuple[str, dict[str, typing.Any]]:
    """Return the metric and what is to be priced of it."""
    if not isinstance(item, dict):
        raise validate.invalid(name, item, "is not an object", _example())
    validate.known(item, _KEYS)
    validate.required(item, _KEYS)
    volume = validate.decimal(
        f"{name}.volume", item["volume"], minimum=0, digits=_DIGITS
    )
    return validate.text(f"{name}.service", item["service"]), {
        "desc": _desc(f"{name}.desc", item["desc"]),
        "vol": {"qty": money.text(volume), "unit": _UNIT},
    }


def _desc(name: str, desc: object) -> dict[str, dict[str, str]]:
    """Return the attributes by their parts.

    Those that are in no part are taken for metadata: dashboards send them
    so, and a price that passes over them would be wrong.
    """
    if not isinstance(desc, dict):
        raise validate.invalid(name, desc, "is not an object", _example())
    loose = {key: desc[key] for key in desc if key not in _PARTS}
    made = {"groupby": {}, "metadata": _attributes(name, loose)}
    for part in _PARTS:
        inside = desc.get(part, {})
        if not isinstance(inside, dict):
            raise validate.invalid(
                f"{name}.{part}",
                inside,
                "is not an object",
                '{"name": "value"}',
            )
        made[part] |= _attributes(f"{name}.{part}", inside)
    return made


def _attributes(name: str, values: dict[str, typing.Any]) -> dict[str, str]:
    made = {}
    for key, value in values.items():
        if isinstance(value, int | decimal.Decimal):
            # Rules compare texts.
            value = str(value)
        key = validate.text(f"a name in {name}", key)
        made[key] = validate.text(f"{name}.{key}", value, blank=True)
    return made


def _example() -> str:
    return (
        '{"service": "instance", "desc": {"metadata": {"flavor": "m1"}}, '
        '"volume": "1"}'
    )
