#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Breaks each promise on purpose and sees whether the tests notice.

    ./tools/mutations                 all patches
    ./tools/mutations float lease     those whose names hold one of the words

Each of ``cloudkitty/tests/mutations/*.patch`` begins with lines that say what
it breaks (``Promise:``) and which tests must fail then (``Red:``, one test
module, class or test a line). It is applied to a copy of the tree, and there
each of them must fail: by a failed test, not by a module that cannot be
loaded. Before that they must pass in a copy without any patch. The exit
status is 1 if one does not.
"""

import dataclasses
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

TOP = pathlib.Path(__file__).resolve().parents[1]
PATCHES = TOP / "cloudkitty" / "tests" / "mutations"
SKIPPED = shutil.ignore_patterns(
    ".git", ".venv*", ".tox", ".stestr", "__pycache__", "build", "*.egg-info"
)
SECONDS = 900
_FAILED = re.compile(r"^(?:FAIL|ERROR): (\S+)", re.MULTILINE)


@dataclasses.dataclass(frozen=True)
class Mutation:
    """One patch.

    :param promise: what it breaks, in words.
    :param red: tests of which each must fail.
    """

    path: pathlib.Path
    promise: str
    red: tuple[str, ...]

    @classmethod
    def read(cls, path: pathlib.Path) -> "Mutation":
        head = path.read_text().partition("\n--- ")[0]
        found = re.findall(r"^(Promise|Red): (.+)$", head, re.MULTILINE)
        return cls(
            path=path,
            promise=" ".join(text for key, text in found if key == "Promise"),
            red=tuple(text for key, text in found if key == "Red"),
        )


def read_all(words: list[str]) -> list[Mutation]:
    """Return the patches whose names hold one of the words, or all."""
    return [
        Mutation.read(path)
        for path in sorted(PATCHES.glob("*.patch"))
        if not words or any(word in path.stem for word in words)
    ]


def failures(folder: pathlib.Path, tests: str) -> list[str] | None:
    """Run tests in a copy of the tree; return which failed.

    :returns: None if they could not be run, or ran none.
    """
    try:
        done = subprocess.run(
            [sys.executable, "-W", "ignore", "-m", "testtools.run"]
            + ["--failfast", tests],
            cwd=folder,
            env={**os.environ, "PYTHONPATH": str(folder)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            timeout=SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return None
    failed = _FAILED.findall(done.stdout)
    if done.returncode == 0:
        return None if "Ran 0 tests" in done.stdout else []
    if not failed or any("_FailedTest" in name for name in failed):
        sys.stderr.write(done.stdout[-2000:])
        return None
    return failed


def copy_tree(folder: str) -> pathlib.Path:
    return shutil.copytree(
        TOP, pathlib.Path(folder) / "tree", ignore=SKIPPED, symlinks=True
    )


def verdict(mutation: Mutation) -> str:
    """Return what became of a mutation; "" if the tests noticed it."""
    with tempfile.TemporaryDirectory(prefix="ck-mutation-") as folder:
        tree = copy_tree(folder)
        applied = subprocess.run(
            ["git", "apply", "--recount", str(mutation.path)],
            cwd=tree,
            capture_output=True,
            text=True,
            check=False,
        )
        if applied.returncode:
            return f"does not apply: {applied.stderr.strip()}"
        for tests in mutation.red:
            failed = failures(tree, tests)
            if failed is None:
                return f"{tests} could not be run"
            if not failed:
                return f"SURVIVED {tests}"
    return ""


def check_green(mutations: list[Mutation]) -> list[str]:
    """Return what fails, or cannot run, without any mutation."""
    wanted = sorted({tests for one in mutations for tests in one.red})
    with tempfile.TemporaryDirectory(prefix="ck-mutation-") as folder:
        tree = copy_tree(folder)
        return [tests for tests in wanted if failures(tree, tests) != []]


def main() -> int:
    mutations = read_all(sys.argv[1:])
    if not mutations:
        sys.stderr.write("there is no such patch\n")
        return 1
    if bad := check_green(mutations):
        print("not green without any patch: " + " ".join(bad))
        return 1
    survived = 0
    for mutation in mutations:
        found = verdict(mutation)
        survived += bool(found)
        line = found or f"noticed by {len(mutation.red)}"
        print(f"{mutation.path.stem}: {line}", flush=True)
    print(f"{len(mutations)} mutations, {survived} survived")
    return 1 if survived else 0


if __name__ == "__main__":
    sys.exit(main())
