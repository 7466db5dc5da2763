# SPDX-License-Identifier: Apache-2.0
"""``POST /v1/rating/quote``: the price of resources."""

import decimal
import typing

from cloudkitty.api import error_codes
from cloudkitty.api import errors
from cloudkitty.api import resource
from cloudkitty.api.request import authorize
from cloudkitty.api.request import hooks
from cloudkitty.api.request import validate
from cloudkitty.api.request import validate_number
from cloudkitty.api.v1 import arguments
from cloudkitty.api.v1 import wire
from cloudkitty.common import money
from cloudkitty.common import rpc
from cloudkitty.policies import rating as policy

_KEYS = ("service", "desc", "volume")
#: Parts of ``desc`` with the attributes that rules can use.
_PARTS = ("groupby", "metadata")
#: Unit of the volume: requests do not contain it, and no rule uses it.
_UNIT = "undef"
#: Maximum number of digits before the point: the limit of a storage.
_DIGITS = 37


class Quote(resource.Resource):
    """The price of a list of resources with the current rules."""

    @resource.answers_json
    def post(self) -> str:
        authorize.authorize(policy.QUOTE)
        args = arguments.read("resources", required=["resources"])
        usage = _usage(args.raw("resources"))
        try:
            price = hooks.services().rpc.quote(usage)
        except rpc.InvalidUsage as err:
            raise errors.BadRequest(
                error_codes.QUOTE_INVALID, f"{err}: send other resources"
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
    """Return the metric and the usage to price."""
    if not isinstance(item, dict):
        raise validate.invalid(name, item, "is not an object", _example())
    validate.known(item, _KEYS)
    validate.required(item, _KEYS)
    volume = validate_number.decimal(
        f"{name}.volume", item["volume"], minimum=0, digits=_DIGITS
    )
    return validate.text(f"{name}.service", item["service"]), {
        "desc": _desc(f"{name}.desc", item["desc"]),
        "vol": {"qty": money.text(volume), "unit": _UNIT},
    }


def _desc(name: str, desc: object) -> dict[str, dict[str, str]]:
    """Return the attributes by part.

    Attributes outside of the parts are treated as metadata: dashboards send
    them in this way, and a price that ignores them would be wrong.
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
            # Rules compare strings.
            value = str(value)
        key = validate.text(f"a name in {name}", key)
        made[key] = validate.text(f"{name}.{key}", value, blank=True)
    return made


def _example() -> str:
    return (
        '{"service": "instance", "desc": {"metadata": {"flavor": "m1"}}, '
        '"volume": "1"}'
    )
