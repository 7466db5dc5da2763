# SPDX-License-Identifier: Apache-2.0
"""``/v1/collector``: settings of collectors that clients store."""

from cloudkitty.api import resource
from cloudkitty.api.request import authorize
from cloudkitty.api.v1 import arguments
from cloudkitty.api.v1.collector import mappings
from cloudkitty.api.v1.collector import states
from cloudkitty.policies import collector as policy


class Collector(resource.Resource):
    """The paths below ``/v1/collector``; GET itself returns 204."""

    def child(self, segments: resource.Segments) -> resource.Below:
        if segments[0] == "mappings":
            return mappings.Mappings(), segments[1:]
        if segments[0] == "states":
            return states.States(), segments[1:]
        if len(segments) > 1 and segments[-1] == "states":
            return states.NamedState("/".join(segments[:-1])), []
        return None

    @resource.answers_nothing
    def get(self) -> None:
        authorize.authorize(policy.LIST_MAPPINGS)
        arguments.read()
