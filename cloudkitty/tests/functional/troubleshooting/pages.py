# SPDX-License-Identifier: Apache-2.0
"""The commands and the log lines of a page of the documentation."""

import collections.abc
import pathlib

import cloudkitty

try:
    from docutils import core
    from docutils import nodes
except ImportError:
    # It comes with Sphinx, which the lowest versions are tested without.
    core = None


SOURCE = (
    pathlib.Path(cloudkitty.__file__).parents[1] / "doc" / "source" / "admin"
)
#: Whether pages can be read.
THERE = core is not None
#: Roles and directives of Sphinx are unknown to docutils.
_SETTINGS = {
    "report_level": 5,
    "halt_level": 5,
    "syntax_highlight": "none",
    "file_insertion_enabled": False,
}


def commands(name: str) -> list[str]:
    """Return the lines of ``code-block:: console`` after their prompts.

    Lines without a prompt are output.

    :param name: name of the page, without its suffix.
    """
    return [
        line[2:]
        for block in blocks(name, "console")
        for line in block.splitlines()
        if line.startswith(("$ ", "# "))
    ]


def log_lines(name: str) -> list[str]:
    """Return the lines of ``code-block:: text``.

    A line that begins with spaces continues the one before it.
    """
    found: list[str] = []
    for block in blocks(name, "text"):
        for line in block.splitlines():
            if line.startswith(" "):
                found[-1] += f" {line.strip()}"
            else:
                found.append(line)
    return found


def blocks(name: str, language: str) -> collections.abc.Iterator[str]:
    """Yield the texts of all blocks of a language."""
    text = (SOURCE / f"{name}.rst").read_text(encoding="utf-8")
    page = core.publish_doctree(text, settings_overrides=_SETTINGS)
    for block in page.findall(nodes.literal_block):
        # The directive is that of docutils, or another one that Sphinx or a
        # test has registered in this process.
        if language in (*block["classes"], block.get("language")):
            yield block.astext()
