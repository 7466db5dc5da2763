# SPDX-License-Identifier: Apache-2.0
"""Operations as the API reference describes them.

The sources in ``api-ref/source`` have the title, the text, the parameters, the
status codes and the samples of each operation. The OpenAPI document contains
them, so it has no texts of its own.
"""

import collections.abc
import dataclasses
import functools
import json
import pathlib
import re
import typing

import yaml

SOURCE = pathlib.Path(__file__).resolve().parents[2] / "api-ref" / "source"

_UNDERLINE = re.compile(r"=+$")
_DIRECTIVE = re.compile(r"\.\. (\w+):: (.*)$")
_ITEM = re.compile(r"   - ([^:]+)(?:: (\S+))?$")


@dataclasses.dataclass(frozen=True)
class Parameter:
    """One parameter of a request or a response.

    :param reference: its name in the file of parameters.
    :param place: ``path``, ``query``, ``header`` or ``body``.
    :param kind: its type, such as ``string``.
    """

    name: str
    reference: str
    place: str
    required: bool
    kind: str
    text: str


@dataclasses.dataclass
class Operation:
    """One operation.

    :param tag: title of the page.
    :param statuses: description of each status code.
    :param samples: ``Request`` and ``Response`` to contents of samples.
    """

    method: str
    path: str
    tag: str
    title: str
    text: str
    statuses: dict[str, str] = dataclasses.field(default_factory=dict)
    request: list[Parameter] = dataclasses.field(default_factory=list)
    response: list[Parameter] = dataclasses.field(default_factory=list)
    samples: dict[str, list[typing.Any]] = dataclasses.field(
        default_factory=lambda: {"Request": [], "Response": []}
    )


def read() -> list[Operation]:
    """Return all operations, in the order of the pages."""
    index = (SOURCE / "index.rst").read_text(encoding="utf-8")
    return [
        operation
        for page in re.findall(r"^\.\. include:: (\S+)$", index, re.M)
        for operation in _page(SOURCE / page)
    ]


def plain(text: str) -> str:
    """Return reStructuredText as CommonMark, without line ends."""
    text = re.sub(r":\w+:`(?:[^`<]*<)?([^`>]*)>?`", r"`\1`", text)
    text = re.sub(r"``(.+?)``", r"`\1`", text, flags=re.S)
    return " ".join(text.split())


def _page(path: pathlib.Path) -> collections.abc.Iterator[Operation]:
    lines = path.read_text(encoding="utf-8").splitlines()
    tag = title = ""
    found: Operation | None = None
    part = "Request"
    for number, line in enumerate(lines):
        if _UNDERLINE.match(line) and number and lines[number - 1].strip():
            overlined = number > 1 and _UNDERLINE.match(lines[number - 2])
            title = lines[number - 1].strip()
            tag = title if overlined else tag
            if found is not None:
                yield found
            found, part = None, "Request"
            continue
        directive = _DIRECTIVE.match(line)
        if directive is None:
            continue
        name, argument = directive.groups()
        if name == "rest_method":
            method, url = argument.split()
            text = _first_paragraphs(lines[number + 1 :])
            found = Operation(method, url, tag, title, text)
        elif name == "rubric":
            part = argument if argument in ("Request", "Response") else part
        elif found is not None:
            _add(found, part, name, argument, lines[number + 1 :])
    if found is not None:
        yield found


def _add(
    found: Operation, part: str, name: str, argument: str, rest: list[str]
) -> None:
    """Add the content of a directive to an operation."""
    if name == "rest_status_code":
        for status, kind in _items(rest):
            texts = _yaml(SOURCE / "http-status.yaml")[int(status)]
            found.statuses[status] = plain(texts[kind or "default"])
    elif name == "rest_parameters":
        file = _yaml(SOURCE / argument.lstrip("/"))
        listed = found.request if part == "Request" else found.response
        for key, reference in _items(rest):
            listed.append(_parameter(key, reference, file[reference]))
    elif name == "literalinclude":
        sample = SOURCE / argument.lstrip("/")
        kind = part
        if sample.stem.endswith("-request"):
            kind = "Request"
        elif not found.request:
            # An operation without arguments has no body.
            kind = "Response"
        found.samples[kind].append(json.loads(sample.read_text()))


def _parameter(
    name: str, reference: str, content: dict[str, typing.Any]
) -> Parameter:
    return Parameter(
        name=name,
        reference=reference,
        place=content["in"],
        required=content["required"],
        kind=content["type"],
        text=plain(content["description"]),
    )


def _items(
    lines: list[str],
) -> collections.abc.Iterator[tuple[str, str]]:
    """Yield the items of the list at the begin of ``lines``."""
    for line in lines:
        item = _ITEM.match(line)
        if item is not None:
            yield item[1], item[2] or ""
        elif line.strip():
            return


def _first_paragraphs(lines: list[str]) -> str:
    """Return the text up to the first directive, list or table."""
    blocks = re.split(r"\n\s*\n", "\n".join(lines).strip())
    kept = []
    for block in blocks:
        if not block[:1].isalpha() and not block.startswith("``"):
            break
        if block.rstrip().endswith(":"):
            break
        kept.append(plain(block))
    return "\n\n".join(kept)


@functools.cache
def _yaml(path: pathlib.Path) -> dict[typing.Any, typing.Any]:
    content: dict[typing.Any, typing.Any] = yaml.safe_load(
        path.read_text(encoding="utf-8")
    )
    return content
