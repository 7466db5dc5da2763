# SPDX-License-Identifier: Apache-2.0
"""Check the library of auth_token's token cache at start.

keystonemiddleware imports it with the first token, so that every request
would return 500.
"""

import collections.abc
import importlib.util
import typing

from oslo_config import cfg

from cloudkitty.common import exceptions

_GROUP = "keystone_authtoken"


def check(
    conf: cfg.ConfigOpts, local: collections.abc.Mapping[str, typing.Any]
) -> None:
    """Refuse ``memcached_servers`` if its library is not installed.

    :param conf: options in which auth_token has registered its own.
    :param local: options in the paste file, which take precedence.
    :raises cloudkitty.common.exceptions.InvalidConfiguration: names the
        option and the missing package.
    """
    options = conf[_GROUP]

    def value(name: str) -> typing.Any:
        return local.get(name, options.get(name))

    # Without servers, or with a cache in the WSGI environment, it is not used.
    if value("cache") or not value("memcached_servers"):
        return
    module, package = "memcache", "python-memcached"
    if value("memcache_sasl_enabled") or value("memcache_tls_enabled"):
        module, package = "bmemcached", "python-binary-memcached"
    if importlib.util.find_spec(module) is None:
        raise exceptions.InvalidConfiguration(
            f"[{_GROUP}] memcached_servers needs the Python package "
            f"{package}, which is not installed: install it, or unset the "
            "option to cache tokens in the memory of each process"
        )
