# SPDX-License-Identifier: Apache-2.0
"""The root of hashmap's part of the API."""

from cloudkitty.api import resource
from cloudkitty.api.v1 import arguments
from cloudkitty.api.v1.hashmap import fields
from cloudkitty.api.v1.hashmap import groups
from cloudkitty.api.v1.hashmap import mappings
from cloudkitty.api.v1.hashmap import prices
from cloudkitty.api.v1.hashmap import services
from cloudkitty.api.v1.hashmap import thresholds
from cloudkitty.api.v1.hashmap import types


class Hashmap(resource.Parent):
    """The paths below; the path itself does not exist."""

    def __init__(self) -> None:
        super().__init__(
            {
                "fields": fields.Fields(),
                "groups": groups.Groups(),
                "mappings": mappings.Mappings(),
                "rules": prices.Rules(),
                "services": services.Services(),
                "thresholds": thresholds.Thresholds(),
                "types": Types(),
            }
        )


class Types(resource.Resource):
    """The types of rules."""

    @resource.answers_json
    def get(self) -> list[str]:
        arguments.read()
        return list(types.MAP_TYPES)
