# SPDX-License-Identifier: Apache-2.0
"""The install guide, parsed: its blocks of commands and files, its tables."""

import collections.abc
import dataclasses
import pathlib

from docutils import core
from docutils import nodes
from docutils.parsers import rst
from docutils.parsers.rst import directives
from docutils.parsers.rst import roles

TOP = pathlib.Path(__file__).resolve().parents[4]
PATH = TOP / "doc" / "source" / "install" / "index.rst"
#: Commands that change the host; the test does the equivalent.
HOST = "host"
#: Commands that an operator repeats until they print a row.
REPEAT = "repeat"
#: Roles of Sphinx that the page has.
_ROLES = ("doc", "ref")


@dataclasses.dataclass(frozen=True)
class Block:
    """A block of the page.

    :param name: its ``:name:``; empty without one.
    :param language: of its text, such as ``console``; empty for a block
        after ``::``.
    :param path: its ``:caption:``: the file that the reader writes; empty
        for commands.
    :param classes: its ``:class:``.
    :param section: title of the section.
    :param text: its lines.
    """

    name: str
    language: str
    path: str
    classes: tuple[str, ...]
    section: str
    text: str


class _CodeBlock(rst.Directive):
    """``code-block`` of Sphinx with the options that the page has."""

    has_content = True
    optional_arguments = 1
    option_spec = {
        "caption": directives.unchanged_required,
        "class": directives.class_option,
        "name": directives.unchanged_required,
    }

    def run(self) -> list[nodes.Node]:
        text = "\n".join(self.content)
        block = nodes.literal_block(text, text)
        block["language"] = "".join(self.arguments)
        block["path"] = self.options.get("caption", "")
        block["label"] = self.options.get("name", "")
        block["classes"] += self.options.get("class", [])
        return [block]


class _Ignored(rst.Directive):
    """A directive whose result is no part of the instructions."""

    has_content = True
    optional_arguments = 1
    final_argument_whitespace = True
    option_spec = dict.fromkeys(
        ("hidden", "language", "maxdepth"), directives.unchanged
    )

    def run(self) -> list[nodes.Node]:
        return []


def _role(name, rawtext, text, *_):
    return [nodes.inline(rawtext, text)], []


def _parse() -> nodes.document:
    directives.register_directive("code-block", _CodeBlock)
    for name in ("literalinclude", "toctree"):
        directives.register_directive(name, _Ignored)
    for name in _ROLES:
        roles.register_local_role(name, _role)
    # Warnings are errors: a block with a fault would be left out.
    settings = {"halt_level": 2, "report_level": 2, "doctitle_xform": False}
    return core.publish_doctree(
        PATH.read_text(encoding="utf-8"),
        str(PATH),
        settings_overrides=settings,
    )


class Page:
    """The install guide.

    :ivar blocks: all blocks, in order.
    """

    def __init__(self) -> None:
        self._document = _parse()
        self.blocks = [
            _block(node)
            for node in self._document.findall(nodes.literal_block)
        ]

    def steps(self) -> list[Block]:
        """Return the blocks that the test follows."""
        return [block for block in self.blocks if block.name]

    def unnamed_before(self, section: str) -> list[str]:
        """Return the texts of blocks without a name before a section."""
        sections = [block.section for block in self.blocks]
        return [
            block.text
            for block in self.blocks[: sections.index(section)]
            if not block.name
        ]

    def column(self, table: str) -> list[str]:
        """Return the literals in the first column of a table.

        :param table: its ``:name:``.
        """
        [found] = [
            node
            for node in self._document.findall(nodes.table)
            if table in node["names"]
        ]
        [body] = found.findall(nodes.tbody)
        return [
            next(row[0].findall(nodes.literal)).astext()
            for row in body.findall(nodes.row)
        ]


def _block(node: nodes.literal_block) -> Block:
    return Block(
        name=node.get("label", ""),
        language=node.get("language", ""),
        path=node.get("path", ""),
        classes=tuple(node["classes"]),
        section=_section(node),
        text=node.astext(),
    )


def _section(node: nodes.Node) -> str:
    while not isinstance(node, nodes.section):
        node = node.parent
    return node[0].astext()


def commands(text: str) -> str:
    """Return the commands of a block ``console`` as a script.

    A line with the prompt ``#`` or ``$`` begins a command. The lines after a
    backslash, a quote that is open, or with the prompt ``>`` belong to it.

    :raises ValueError: for a first line without a prompt.
    """
    return "\n".join(_without_prompts(text.splitlines())) + "\n"


def _without_prompts(
    lines: collections.abc.Iterable[str],
) -> collections.abc.Iterator[str]:
    started = False
    for line in lines:
        if line[:2] in ("# ", "$ ", "> "):
            started = True
            line = line[2:]
        elif not started or not line.startswith(" "):
            raise ValueError(f"neither a command nor a part of one: {line}")
        yield line
