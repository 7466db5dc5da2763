# SPDX-License-Identifier: Apache-2.0
"""The only changes to commands and files of the page: places.

A text of the page is replaced in one pass, so no replacement is replaced
again. A path counts only at its beginning: ``/etc`` in
``/opt/cloudkitty/etc`` is not replaced.
"""

import collections.abc
import re

#: Directories, which the test has below its own root.
DIRECTORIES = (
    "/etc/cloudkitty",
    "/etc/nginx",
    "/etc/ssl",
    "/etc/systemd/system",
    "/opt/cloudkitty",
)


class Substitutes:
    """Replaces texts of the page, and knows which ones it has replaced.

    :param table: text of the page -> text for the test.
    """

    def __init__(self, table: collections.abc.Mapping[str, str]) -> None:
        self._table = table
        words = sorted(table, key=len, reverse=True)
        self._pattern = re.compile("|".join(map(_expression, words)))
        self.unused = set(table)

    def apply(self, text: str) -> str:
        """Return a text with all replacements."""
        return self._pattern.sub(self._replace, text)

    def _replace(self, match: re.Match[str]) -> str:
        self.unused.discard(match[0])
        return self._table[match[0]]


def _expression(word: str) -> str:
    before = r"(?<![\w.-])" if word.startswith("/") else ""
    return before + re.escape(word)


def table(
    *,
    root: str,
    account: str,
    api: str,
    proxy: str,
    database: str,
    keystone: str,
    prometheus: str,
    redis: str,
    admin_password: str,
    redis_password: str,
    project_id: str,
) -> dict[str, str]:
    """Return the table of the page's texts and the test's.

    :param root: stands for ``/``.
    :param account: group id that stands for the account ``cloudkitty``.
    :param api: ``HOST:PORT`` of gunicorn.
    :param proxy: of nginx.
    :param database: of MariaDB.
    :param keystone: URL with ``/v3``.
    :param prometheus: URL with ``/api/v1``.
    :param redis: ``HOST:PORT``.
    """
    return {
        **{folder: root + folder for folder in DIRECTORIES},
        # The test has no such account: its files and processes are its own.
        "chgrp cloudkitty": f"chgrp {account}",
        "runuser -u cloudkitty -- ": "",
        "192.0.2.10:8889": proxy,
        "127.0.0.1:8889": api,
        "https://controller:8889": f"https://{proxy}",
        # The certificate names the address instead.
        "DNS:controller": "IP:127.0.0.1",
        "http://controller:5000/v3": keystone,
        "@controller:6379": f"@{redis}",
        "@127.0.0.1/cloudkitty": f"@{database}/cloudkitty",
        "http://prometheus:9090/api/v1": prometheus,
        "ADMIN_PASS": admin_password,
        "REDIS_PASS": redis_password,
        "PROJECT_ID": project_id,
    }


#: Values of the page that the test uses as they are.
KEPT = {"CLOUDKITTY_DBPASS", "CLOUDKITTY_PASS", "demo"}
