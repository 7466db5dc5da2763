# SPDX-License-Identifier: Apache-2.0
"""A fetcher with an option of its own."""

from oslo_config import cfg

from cloudkitty import fetcher

CONF = cfg.CONF
CONF.register_opts([cfg.ListOpt("tenants", default=[])], "fetcher_acme")


class AcmeFetcher(fetcher.BaseFetcher):
    name = "acme"

    def get_tenants(self):
        return list(CONF.fetcher_acme.tenants)
