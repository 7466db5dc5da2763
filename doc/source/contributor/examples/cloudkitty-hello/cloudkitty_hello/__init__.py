# SPDX-License-Identifier: Apache-2.0
"""GET /v2/hello: the smallest resource of the rating API."""

import wsme.types
from oslo_config import cfg
from oslo_policy import policy

from cloudkitty.api import resource
from cloudkitty.api.request import authorize
from cloudkitty.api.request import hooks
from cloudkitty.api.request import query
from cloudkitty.api.request import validate
from cloudkitty.api.v2 import base


class Greeting(wsme.types.Base):
    """What is on the wire."""

    message = wsme.types.wsattr(wsme.types.text, mandatory=True)


class Hello(resource.Resource):
    """One path, and a method for each HTTP method it has."""

    @resource.answers_json
    def get(self):
        authorize.authorize("hello:get")  # 1. is the caller allowed to?
        args = query.read("name")  # 2. parse: an unknown key is a 400
        name = validate.text("name", args.one("name") or "world")
        greeting = hooks.services().conf.hello.greeting  # 3. do
        return Greeting(message=f"{greeting}, {name}")  # 4. shape


MODULE = base.Module(
    controller=lambda services: Hello(),
    rules=[
        policy.DocumentedRuleDefault(
            name="hello:get",
            check_str="role:reader or role:admin",
            description="Be greeted.",
            operations=[{"path": "/v2/hello", "method": "GET"}],
            scope_types=["project"],
        )
    ],
    options=[
        ("hello", [cfg.StrOpt("greeting", default="Hello", help="How.")]),
    ],
)
