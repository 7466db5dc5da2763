#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Draws the packages and their imports as an SVG file.

    python tools/import_picture.py           writes the picture of the docs
    python tools/import_picture.py --check   fails if it is out of date

Rows are the layers of ``[tool.importlinter]`` in ``pyproject.toml``. An arrow
means that modules of one package import modules of the other; arrows that
follow from others are left out (the transitive reduction). Below the name of
a package are its sub-packages. Needs ``grimp``, which ``import-linter``
brings.
"""

import pathlib
import sys
import tomllib
from xml.sax import saxutils

import grimp

TOP = pathlib.Path(__file__).resolve().parents[1]
PICTURE = TOP / "doc" / "source" / "_static" / "packages.svg"
ROOT = "cloudkitty"

_WIDTH, _HEIGHT = 960, 64
_ROW = 104
_MARGIN, _GAP = 16, 20

Edges = set[tuple[str, str]]
#: Left edge, top edge and width.
Box = tuple[float, int, float]

_HEAD = """\
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}"
     font-family="Helvetica, Arial, sans-serif" font-size="14">
  <title>Packages of cloudkitty and their imports</title>
  <defs>
    <marker id="tip" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="7"
            markerHeight="7" orient="auto">
      <path d="M0 0 L10 5 L0 10 z" fill="#607d8b"/>
    </marker>
  </defs>
  <rect width="{width}" height="{height}" fill="#ffffff"/>
"""


def layers() -> list[list[str]]:
    """Return the names of the packages, the highest layer first."""
    settings = tomllib.loads((TOP / "pyproject.toml").read_text())
    contract = settings["tool"]["importlinter"]["contracts"][0]
    return [
        [name.strip() for name in layer.split("|")]
        for layer in contract["layers"]
    ]


def imports(
    graph: grimp.ImportGraph, names: list[str]
) -> tuple[Edges, dict[str, list[str]]]:
    """Return the imports between packages, and their sub-packages."""
    edges: Edges = set()
    parts: dict[str, list[str]] = {name: [] for name in names}
    for module in graph.modules:
        path = module.split(".")
        if len(path) < 2 or path[1] not in parts:
            continue
        if len(path) == 3 and graph.find_children(module):
            parts[path[1]].append(path[2])
        for other in graph.find_modules_directly_imported_by(module):
            target = other.split(".")[1:2]
            if target and target[0] in parts and target[0] != path[1]:
                edges.add((path[1], target[0]))
    return edges, {name: sorted(found) for name, found in parts.items()}


def reduced(edges: Edges) -> Edges:
    """Return the edges without those that follow from two others."""

    def reaches(start: str, end: str, without: tuple[str, str]) -> bool:
        left = edges - {without}
        seen, todo = set(), [start]
        while todo:
            name = todo.pop()
            seen.add(name)
            todo += [b for a, b in left if a == name and b not in seen]
        return end in seen

    return {edge for edge in edges if not reaches(*edge, edge)}


def places(rows: list[list[str]]) -> dict[str, Box]:
    """Return the boxes by their names."""
    found = {}
    for number, row in enumerate(rows):
        width = (_WIDTH - 2 * _MARGIN - (len(row) - 1) * _GAP) / len(row)
        width = min(width, 240)
        left = (_WIDTH - len(row) * width - (len(row) - 1) * _GAP) / 2
        for place, name in enumerate(row):
            x = left + place * (width + _GAP)
            found[name] = (x, _MARGIN + number * _ROW, width)
    return found


def _anchor(
    boxes: dict[str, Box], name: str, others: set[str], other: str
) -> float:
    """Return where on the edge of a box the arrow to or from another is."""
    x, _, width = boxes[name]
    ordered = sorted(
        others, key=lambda one: (boxes[one][0] + boxes[one][2] / 2, one)
    )
    return x + width * (ordered.index(other) + 1) / (len(ordered) + 1)


def draw(
    rows: list[list[str]], edges: Edges, parts: dict[str, list[str]]
) -> str:
    """Return the text of the picture."""
    boxes = places(rows)
    height = 2 * _MARGIN + (len(rows) - 1) * _ROW + _HEIGHT
    lines = [_HEAD.format(width=_WIDTH, height=height)]
    for one, other in sorted(edges):
        start = _anchor(boxes, one, {b for a, b in edges if a == one}, other)
        end = _anchor(boxes, other, {a for a, b in edges if b == other}, one)
        lines.append(
            f'  <path d="M{start:.0f} {boxes[one][1] + _HEIGHT} '
            f'L{end:.0f} {boxes[other][1]}" stroke="#607d8b" '
            'stroke-width="1.5" fill="none" marker-end="url(#tip)"/>\n'
        )
    for name, (x, y, width) in boxes.items():
        middle = x + width / 2
        lines.append(
            f'  <rect x="{x:.0f}" y="{y:.0f}" width="{width:.0f}" '
            f'height="{_HEIGHT}" rx="6" fill="#f7fafc" stroke="#607d8b"/>\n'
            f'  <text x="{middle:.0f}" y="{y + 26:.0f}" '
            f'text-anchor="middle" font-weight="bold">{name}</text>\n'
        )
        if parts[name]:
            text = saxutils.escape(" ".join(parts[name]))
            lines.append(
                f'  <text x="{middle:.0f}" y="{y + 47:.0f}" font-size="12" '
                f'text-anchor="middle" fill="#455a64">{text}</text>\n'
            )
    return "".join([*lines, "</svg>\n"])


def main() -> int:
    rows = layers()
    names = [name for row in rows for name in row]
    edges, parts = imports(grimp.build_graph(ROOT, cache_dir=None), names)
    text = draw(rows, reduced(edges), parts)
    if "--check" not in sys.argv[1:]:
        PICTURE.write_text(text)
        return 0
    if PICTURE.exists() and PICTURE.read_text() == text:
        return 0
    print(f"{PICTURE.relative_to(TOP)} is out of date: run {sys.argv[0]}")
    return 1


if __name__ == "__main__":
    sys.exit(main())
