# SPDX-License-Identifier: Apache-2.0
"""A transcript of commands: a text file, and how output becomes comparable.

Lines of the file begin with ``#`` (comment), ``@`` (a step of the test), ``$``
(a command, ``openstack rating`` is omitted), ``|`` (its output), ``!`` (its
errors) and ``=`` (its exit status, the last line of a command).
"""

import collections.abc
import dataclasses
import re

#: Times of the window stay; those of the run differ each time.
_TIME = re.compile(
    r"2[0-9]{3}-[01]\d-[0-3]\d[T ][\d:.]+(?:[+-]\d\d:\d\d|Z| UTC)?"
)
_UUID = re.compile(r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b")
_OTHERS = (
    (re.compile(r"req-<batch-\d+>"), "<request>"),
    (re.compile(r"req-[0-9a-f-]{36}"), "<request>"),
    (re.compile(r"\b[0-9a-f]{64}\b"), "<digest>"),
    (re.compile(r"\b[0-9a-f]{32}\b"), "<user>"),
    (re.compile(r"[\w.-]+:\d+:[0-9a-f]{8}\b"), "<processor>"),
    (re.compile(r"/[\w./-]+/metrics\.om"), "<path>"),
    (re.compile(r"for \d+ seconds"), "for <n> seconds"),
    (re.compile(r"-{3,}"), "-"),
    (re.compile(r" {2,}"), " "),
)
_PROGRESS = re.compile(r"\d+ of \d+ periods: ")


@dataclasses.dataclass(frozen=True)
class Step:
    """One command with its result, or an action or a comment.

    :param kind: ``#``, ``@`` or ``$``.
    :param text: the comment, action or command.
    """

    kind: str
    text: str
    output: tuple[str, ...] = ()
    errors: tuple[str, ...] = ()
    status: int = 0

    def __str__(self) -> str:
        lines = [f"{self.kind} {self.text}".rstrip()]
        if self.kind == "$":
            lines += [f"| {line}".rstrip() for line in self.output]
            lines += [f"! {line}".rstrip() for line in self.errors]
            lines.append(f"= {self.status}")
        return "\n".join(lines)


def read(text: str) -> list[Step]:
    """Return the steps of a file."""
    steps: list[Step] = []
    parts: dict[str, list[str]] = {}
    for line in text.splitlines():
        kind, content = line[:1], line[2:]
        if kind in ("#", "@"):
            steps.append(Step(kind, content))
        elif kind == "$":
            parts = {"$": [content], "|": [], "!": []}
        elif kind in ("|", "!"):
            parts[kind].append(content)
        elif kind == "=":
            steps.append(
                Step(
                    "$",
                    parts["$"][0],
                    tuple(parts["|"]),
                    tuple(parts["!"]),
                    int(content),
                )
            )
    return steps


def write(steps: collections.abc.Iterable[Step]) -> str:
    """Return the text of a file."""
    return "".join(f"{step}\n" for step in steps)


class Names:
    """Replaces values of one run by names, and back.

    :param known: values by their names.
    """

    def __init__(self, known: dict[str, str]) -> None:
        self._values = {f"<{name}>": value for name, value in known.items()}

    def insert(self, command: str) -> str:
        """Return a command with values instead of names."""
        for name, value in self._values.items():
            command = command.replace(name, value)
        return command

    def lines(self, text: str) -> tuple[str, ...]:
        """Return lines with names instead of values.

        Column widths, and progress before its last line, do not matter.
        """
        for name, value in self._values.items():
            text = text.replace(value, name)
        text = _UUID.sub(self._batch, text)
        text = _TIME.sub(_time, text)
        for pattern, name in _OTHERS:
            text = pattern.sub(name, text)
        lines = [line.rstrip() for line in text.strip("\n").splitlines()]
        following = [*lines[1:], ""][: len(lines)]
        return tuple(
            line
            for line, after in zip(lines, following, strict=True)
            if not (_PROGRESS.match(line) and _PROGRESS.match(after))
        )

    def _batch(self, found: re.Match[str]) -> str:
        for name, value in self._values.items():
            if value == found[0]:
                return name
        batches = [name for name in self._values if "batch" in name]
        name = f"<batch-{len(batches) + 1}>"
        self._values[name] = found[0]
        return name


def _time(found: re.Match[str]) -> str:
    return found[0] if found[0].startswith("2026-11-01") else "<time>"
