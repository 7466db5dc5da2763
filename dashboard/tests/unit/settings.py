# SPDX-License-Identifier: Apache-2.0
"""Horizon's settings for tests, with the panel."""

import openstack_dashboard.enabled
from openstack_dashboard.test.settings import *  # noqa: F403,H303
from openstack_dashboard.utils import settings as settings_utils

import cloudkitty_reprocess_dashboard.enabled

_apps = list(INSTALLED_APPS)  # noqa: F405
settings_utils.update_dashboards(
    [
        openstack_dashboard.enabled,
        cloudkitty_reprocess_dashboard.enabled,
    ],
    HORIZON_CONFIG,  # noqa: F405
    _apps,
)
# Horizon's settings added its own applications already.
INSTALLED_APPS = list(dict.fromkeys(_apps))
