# SPDX-License-Identifier: Apache-2.0
"""Settings of Horizon in the tests: found as ``local.local_settings``.

Instead of copying files into Horizon's folders, the folders of the package
are added to its search paths.
"""

import os
import pathlib

import openstack_dashboard.local.enabled
from openstack_dashboard import defaults

import cloudkitty_reprocess_dashboard
import cloudkitty_reprocess_dashboard.enabled

openstack_dashboard.local.enabled.__path__.extend(
    cloudkitty_reprocess_dashboard.enabled.__path__
)
if os.environ["TEST_STOCK"]:
    import cloudkittydashboard.enabled

    openstack_dashboard.local.enabled.__path__.extend(
        cloudkittydashboard.enabled.__path__
    )
_package = pathlib.Path(cloudkitty_reprocess_dashboard.__file__).parent
for _file in sorted((_package / "local_settings.d").glob("*.py")):
    exec(_file.read_text(encoding="utf-8"), vars(defaults))

DEBUG = False
ALLOWED_HOSTS = ["127.0.0.1"]
SECRET_KEY = "test-only"  # noqa: S105
OPENSTACK_KEYSTONE_URL = os.environ["TEST_KEYSTONE"]
SESSION_ENGINE = "django.contrib.sessions.backends.signed_cookies"
CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
}
STATIC_ROOT = os.environ["TEST_STATIC"]
COMPRESS_OFFLINE = True
