# SPDX-License-Identifier: Apache-2.0
"""Options of the drivers that query Gnocchi."""

from oslo_config import cfg

from cloudkitty.conf import keystone

OPTS: list[cfg.Opt] = [
    cfg.StrOpt(
        "gnocchi_auth_type",
        default="keystone",
        choices=[
            ("keystone", "a token, and the endpoint of the service catalog"),
            ("basic", "gnocchi_user, and the endpoint in gnocchi_endpoint"),
        ],
        help="Authentication with Gnocchi.",
    ),
    cfg.StrOpt(
        "gnocchi_user",
        default="",
        help="User of basic authentication; Gnocchi expects no password.",
    ),
    cfg.StrOpt(
        "gnocchi_endpoint",
        default="",
        help="URL of Gnocchi for basic authentication, without /v1.",
    ),
    cfg.StrOpt(
        "interface",
        default="internalURL",
        help="Interface of the endpoint in the service catalog.",
    ),
    cfg.StrOpt(
        "region_name",
        default="RegionOne",
        help="Region of the endpoint in the service catalog.",
    ),
    cfg.IntOpt(
        "http_pool_maxsize",
        default=10,
        min=1,
        help="Connections to Gnocchi that are kept open.",
    ),
    *keystone.OPTS,
]
