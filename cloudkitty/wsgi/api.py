# SPDX-License-Identifier: Apache-2.0
"""The API for a WSGI server: ``cloudkitty.wsgi.api:application``.

The options are read from the files in the environment variable
``OS_CLOUDKITTY_CONFIG_FILES``, separated by ``;``, or from the default files
of oslo.config, such as ``/etc/cloudkitty/cloudkitty.conf``.
"""

import gc
import importlib
import typing


def _load() -> typing.Any:
    """Import and load the application; see ``loading.load``.

    Without garbage collection, which takes a quarter of this time: imported
    modules stay.
    """
    enabled = gc.isenabled()
    gc.disable()
    try:
        return importlib.import_module("cloudkitty.wsgi.loading").load()
    finally:
        if enabled:
            gc.enable()


application = _load()
