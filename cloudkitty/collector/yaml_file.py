# SPDX-License-Identifier: Apache-2.0
"""Read a YAML file in which no mapping has one key twice."""

import typing

import yaml

from cloudkitty.collector import pinned_files
from cloudkitty.common import exceptions

_MERGE = "tag:yaml.org,2002:merge"


def read(path: str, option: str) -> typing.Any:
    """Return the content of a file, or the one that is pinned.

    :param option: names the file's option, for error texts.
    :raises cloudkitty.common.exceptions.InvalidConfiguration: if the file
        cannot be read, is not YAML, or has a key twice; of two equal keys
        YAML would silently take the last.
    """
    try:
        return _load(pinned_files.read(path).decode())
    except OSError as err:
        raise exceptions.InvalidConfiguration(
            f"{option} = {path}: {err.strerror}"
        ) from err
    except (yaml.YAMLError, ValueError, RecursionError) as err:
        place = getattr(err, "problem_mark", None)
        where = f" in line {place.line + 1}" if place else ""
        raise exceptions.InvalidConfiguration(
            f"{path} is not YAML{where}"
        ) from err
    except _TwiceError as err:
        raise exceptions.InvalidConfiguration(f"{path}: {err}") from err


class _TwiceError(Exception):
    """A mapping has one key twice."""


def _load(text: str) -> typing.Any:
    loader = yaml.SafeLoader(text)
    try:
        root = loader.get_single_node()
        if root is None:
            return None
        _check(root, set())
        return loader.construct_document(root)
    finally:
        loader.dispose()


def _check(node: yaml.Node, visited: set[int]) -> None:
    """Raise ``_TwiceError`` if a mapping below ``node`` has a key twice."""
    if id(node) in visited or isinstance(node, yaml.ScalarNode):
        return
    visited.add(id(node))
    if isinstance(node, yaml.MappingNode):
        _check_keys(node)
        children = [child for _, child in node.value]
    else:
        children = node.value
    for child in children:
        _check(child, visited)


def _check_keys(node: yaml.MappingNode) -> None:
    lines: dict[tuple[str, str], int] = {}
    for key, _ in node.value:
        if not isinstance(key, yaml.ScalarNode) or key.tag == _MERGE:
            continue
        line = key.start_mark.line + 1
        ident = (key.tag, key.value)
        if ident in lines:
            raise _TwiceError(
                f"{key.value} is defined twice, in lines {lines[ident]} and "
                f"{line}: only one of them would take effect"
            )
        lines[ident] = line
