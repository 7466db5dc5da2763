# SPDX-License-Identifier: Apache-2.0
"""A configuration of the API without other services."""

import pathlib

from cloudkitty.tests import databases
from cloudkitty.tests.fakes import api

_TEXT = """\
[DEFAULT]
auth_strategy = noauth
transport_url = fake://
api_paste_config = {paste}
[oslo_middleware]
enable_proxy_headers_parsing = true
[database]
connection = {url}
[orchestrator]
coordination_url = file://{folder}
"""


def write(test, folder: pathlib.Path) -> pathlib.Path:
    """Write ``cloudkitty.conf`` with a database of its own; return its path.

    :param test: a ``base.TestCase``.
    """
    conf = folder / "cloudkitty.conf"
    conf.write_text(
        _TEXT.format(
            paste=api.PASTE, url=databases.make_url(test), folder=folder
        )
    )
    return conf
