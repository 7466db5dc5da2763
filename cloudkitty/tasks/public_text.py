# SPDX-License-Identifier: Apache-2.0
"""Texts of errors for users of the API, who have no access to the hosts."""

import re

#: An absolute path of a file, but no path of an API and no part of a URL.
_PATH = re.compile(
    r"(?<![\w.:/@%+-])"
    r"/(?!v\d+(?:\.\d+)?/|api/)"
    r"(?:[^\s/:,;'\"()\[\]]+/)+"
    r"(?P<name>[^\s/:,;'\"()\[\]]+)"
)


def without_folders(text: str) -> str:
    """Return a text in which absolute paths are replaced by file names.

    The log of the processor has the whole text.
    """
    return _PATH.sub(r"\g<name>", text)
