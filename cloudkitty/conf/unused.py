# SPDX-License-Identifier: Apache-2.0
"""Options of upstream's drivers that this release does not contain.

Files of existing deployments contain them. They are known to the sample
generator and to oslo-config-validator; no process registers them.
"""

from oslo_config import cfg

_NO_DRIVER = "Has no effect: the driver is not available in this release."

_OPTS: list[tuple[str, list[cfg.Opt]]] = [
    (
        "storage_loki",
        [
            cfg.StrOpt(
                "url",
                default="http://localhost:3100/loki/api/v1",
                help=_NO_DRIVER,
            ),
            cfg.StrOpt("tenant", default="cloudkitty", help=_NO_DRIVER),
            cfg.DictOpt(
                "stream", default={"service": "cloudkitty"}, help=_NO_DRIVER
            ),
            cfg.IntOpt("buffer_size", default=1, help=_NO_DRIVER),
            cfg.StrOpt(
                "content_type", default="application/json", help=_NO_DRIVER
            ),
            cfg.IntOpt(
                "shard_days", default=7, min=1, max=30, help=_NO_DRIVER
            ),
            cfg.BoolOpt("insecure", default=False, help=_NO_DRIVER),
            cfg.StrOpt("ca_file", help=_NO_DRIVER),
            cfg.StrOpt("cert_file", help=_NO_DRIVER),
            cfg.StrOpt("key_file", help=_NO_DRIVER),
            cfg.FloatOpt("timeout", default=60, min=0, help=_NO_DRIVER),
            cfg.BoolOpt(
                "use_structured_metadata", default=False, help=_NO_DRIVER
            ),
        ],
    ),
    (
        "storage_hybrid",
        [cfg.StrOpt("backend", default="gnocchi", help=_NO_DRIVER)],
    ),
    (
        "storage_gnocchi",
        [
            cfg.StrOpt("interface", default="internalURL", help=_NO_DRIVER),
            cfg.StrOpt(
                "archive_policy_name", default="rating", help=_NO_DRIVER
            ),
            cfg.StrOpt("archive_policy_definition", help=_NO_DRIVER),
        ],
    ),
]


def list_opts() -> list[tuple[str, list[cfg.Opt]]]:
    """Return the groups and their options."""
    # Imported here because no process needs it for its options.
    from keystoneauth1 import loading

    authentication = [
        *loading.get_session_conf_options(),
        *loading.get_auth_common_conf_options(),
        *loading.get_auth_plugin_conf_options("v3password"),
    ]
    return [*_OPTS, ("storage_gnocchi", authentication)]
