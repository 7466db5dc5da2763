# SPDX-License-Identifier: Apache-2.0
"""Policy files: their paths, and their rules with line numbers."""

import collections.abc
import dataclasses
import os
import pathlib
import typing

import yaml
from oslo_config import cfg
from oslo_policy import policy

from cloudkitty.common import exceptions

_TEXT = "tag:yaml.org,2002:str"
#: Path, time of the last change in nanoseconds, size in bytes and inode.
State = tuple[tuple[str, int, int, int], ...]


@dataclasses.dataclass(frozen=True, slots=True)
class FileRule:
    """A rule of a policy file.

    :param path: path of the file.
    :param line: line of the rule's name, from 1.
    :param check: the parsed rule.
    """

    path: str
    line: int
    check: typing.Any

    @property
    def place(self) -> str:
        return f"policy file {self.path}, line {self.line}"


def find(conf: cfg.ConfigOpts, policy_file: str) -> list[str]:
    """Return the paths of the policy files, in the order they are applied.

    :param policy_file: name or path of the main file; the other files are
        in ``[oslo_policy] policy_dirs``. A missing file or folder is
        ignored, as in oslo.policy.
    :raises cloudkitty.common.exceptions.InvalidConfiguration: if a folder is
        not a directory or cannot be listed.
    """
    main = conf.find_file(policy_file)
    paths = [main] if main else []
    for name in conf.oslo_policy.policy_dirs:
        folder = conf.find_file(name)
        if folder is None:
            continue
        try:
            entries = sorted(os.scandir(folder), key=lambda each: each.name)
        except OSError as error:
            raise exceptions.InvalidConfiguration(
                f"[oslo_policy] policy_dirs: {folder} cannot be listed: "
                f"{error.strerror}"
            ) from None
        paths.extend(
            each.path
            for each in entries
            if not each.name.startswith(".") and not each.is_dir()
        )
    return paths


def state(paths: collections.abc.Iterable[str]) -> State:
    """Return a value that differs after every change of a file."""
    states = []
    for path in paths:
        try:
            got = os.stat(path)
        except OSError:
            continue
        states.append((path, got.st_mtime_ns, got.st_size, got.st_ino))
    return tuple(states)


def read(path: str) -> dict[str, FileRule]:
    """Return the rules of a policy file by name.

    This is stricter than oslo.policy, which allows every user by a rule
    without a value (including ``!`` without quotes), uses the second of two
    rules with the same name, and denies every user by a rule that it cannot
    parse, so that its ``not`` allows every user.

    :raises cloudkitty.common.exceptions.InvalidConfiguration: the message
        contains file and line.
    """
    try:
        text = pathlib.Path(path).read_text("utf-8")
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except OSError as error:
        raise _refuse(path, f"cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise _refuse(path, "is not UTF-8") from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f" at line {mark.line + 1}" if mark else ""
        raise _refuse(path, f"is not YAML{where}") from None
    if root is None:
        return {}
    if not isinstance(root, yaml.MappingNode):
        raise _refuse(path, 'is not a mapping: write "name": "rule"')
    rules: dict[str, FileRule] = {}
    for key, value in root.value:
        line = key.start_mark.line + 1
        name = _text(key)
        if name is None:
            raise _refuse(path, f"line {line}: the name is not a string")
        if name in rules:
            raise _refuse(
                path,
                f'line {line}: the rule "{name}" is already defined in line '
                f"{rules[name].line}: keep one of them",
            )
        rules[name] = FileRule(path, line, _parse(path, line, name, value))
    return rules


def _parse(path: str, line: int, name: str, node: yaml.Node) -> typing.Any:
    content = _content(node)
    if content is None:
        raise _refuse(
            path,
            f'line {line}: the rule "{name}" has no value: write "!" to deny '
            'every user or "" to allow every user, with the quotes',
        )
    check = policy.RuleDefault(name, content).check
    words = " ".join(_words(content)).split()
    denials = sum(word.lstrip("(").rstrip(")") == "!" for word in words)
    # oslo.policy replaces a rule that it cannot parse by a check that is
    # never true.
    if sum(isinstance(each, _NEVER) for each in walk(check)) != denials:
        raise _refuse(path, f'line {line}: the rule "{name}" cannot be parsed')
    return check


_NEVER = type(policy.RuleDefault("never", "!").check)


def walk(check: typing.Any) -> collections.abc.Iterator[typing.Any]:
    """Yield ``check`` and all checks that it contains."""
    yield check
    # "and" and "or" have rules, "not" has one.
    inner = [*getattr(check, "rules", ())]
    if hasattr(check, "rule"):
        inner.append(check.rule)
    for each in inner:
        yield from walk(each)


def _content(node: yaml.Node) -> typing.Any:
    """Return a string or oslo.policy's older lists of strings, else None."""
    if not isinstance(node, yaml.SequenceNode):
        return _text(node)
    content = [_content(each) for each in node.value]
    return None if None in content else content


def _text(node: yaml.Node) -> str | None:
    if isinstance(node, yaml.ScalarNode) and node.tag == _TEXT:
        return str(node.value)
    return None


def _words(content: typing.Any) -> list[str]:
    if isinstance(content, str):
        return [content]
    return [word for each in content for word in _words(each)]


def _refuse(path: str, problem: str) -> exceptions.InvalidConfiguration:
    joint = ", " if problem.startswith("line ") else " "
    return exceptions.InvalidConfiguration(
        f"policy file {path}{joint}{problem}"
    )
