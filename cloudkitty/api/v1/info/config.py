# SPDX-License-Identifier: Apache-2.0
"""``GET /v1/info/config``."""

import typing

from cloudkitty.api import resource
from cloudkitty.api.request import authorize
from cloudkitty.api.v1 import arguments
from cloudkitty.api.v1.info import reading
from cloudkitty.policies import info as policy


class Config(resource.Resource):
    """The metric definitions as in their file."""

    @resource.answers_json
    def get(self) -> dict[str, typing.Any]:
        authorize.authorize(policy.GET_CONFIG)
        arguments.read()
        _, content = reading.read()
        return content
