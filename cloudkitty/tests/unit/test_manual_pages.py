# SPDX-License-Identifier: Apache-2.0
"""Each command has a manual page with the options of its parser."""

import contextlib
import io
import re
import subprocess
import sys
from importlib import metadata

from oslo_config import cfg
from oslo_log import log

from cloudkitty.tests.unit import test_documentation

FOLDER = test_documentation.TOP / "doc" / "source" / "cli"
#: Commands with subcommands: the words of the parsers that have options.
SUBCOMMANDS = {
    "cloudkitty-dbsync": (
        "upgrade",
        "stamp",
        "version",
        "import-rated",
        "export",
        "purge",
    ),
    "cloudkitty-status": ("upgrade",),
}
_OPTION = re.compile(r"(?<![\w-])--?[A-Za-z][\w-]*")


def documented(name: str) -> dict[str, set[str]]:
    """Return the options of a page by the program that it names."""
    text = (FOLDER / f"{name}.rst").read_text(encoding="utf-8")
    common = (FOLDER / "common-options.inc").read_text(encoding="utf-8")
    text = text.replace(".. include:: common-options.inc", common)
    found: dict[str, set[str]] = {}
    for part in text.split(".. program:: ")[1:]:
        program, _, rest = part.partition("\n")
        lines = re.findall(r"^\.\. option:: (.+)$", rest, re.M)
        found[program] = {
            option for line in lines for option in _OPTION.findall(line)
        }
    return found


def common_options() -> set[str]:
    """Return the options of oslo.config and oslo.log on the pages."""
    text = (FOLDER / "common-options.inc").read_text(encoding="utf-8")
    lines = re.findall(r"^\.\. option:: (.+)$", text, re.M)
    return {option for line in lines for option in _OPTION.findall(line)}


def of_libraries() -> set[str]:
    """Return the options of every command that uses oslo.log."""
    conf = cfg.ConfigOpts()
    log.register_options(conf)
    output = io.StringIO()
    with contextlib.redirect_stdout(output), contextlib.suppress(SystemExit):
        conf(["--help"], project="cloudkitty", version="0")
    return _listed(output.getvalue())


def accepted(name: str, *words: str) -> set[str]:
    """Return the options that ``--help`` of a command lists."""
    return _listed(usage(name, *words))


def _listed(text: str) -> set[str]:
    lines = re.findall(r"^  (-.*?)(?:  |$)", text, re.M)
    return {option for line in lines for option in _OPTION.findall(line)}


def usage(name: str, *words: str) -> str:
    """Return the output of ``--help`` of a command.

    It is called in this process: the start of one takes seconds.
    """
    [command] = metadata.entry_points(group="console_scripts", name=name)
    output = io.StringIO()
    with contextlib.redirect_stdout(output), contextlib.suppress(SystemExit):
        command.load()([*words, "--help"])
    return output.getvalue()


class TestPages(test_documentation.SourceTestCase):
    def setUp(self):
        super().setUp()
        self.names = test_documentation._entry_points()["console_scripts"]

    def test_each_command_has_a_page(self):
        settings = (FOLDER.parent / "conf.py").read_text(encoding="utf-8")
        index = (FOLDER / "index.rst").read_text(encoding="utf-8")
        pages = {path.stem for path in FOLDER.glob("cloudkitty-*.rst")}
        self.assertEqual(set(self.names), pages)
        for name in self.names:
            self.assertIn(f'("{name}", "', settings)
            self.assertIn(f"\n   {name}\n", index)

    def test_the_options_are_those_of_the_parsers(self):
        for name in self.names:
            expected = {name: accepted(name)}
            for word in SUBCOMMANDS.get(name, ()):
                expected[f"{name} {word}"] = accepted(name, word)
            pages = documented(name)
            self.assertEqual(set(expected), set(pages))
            for program, options in expected.items():
                # Releases of oslo.log differ in the common ones.
                self.assertEqual(
                    options - of_libraries(), pages[program] - common_options()
                )

    def test_each_subcommand_is_compared(self):
        for name, words in SUBCOMMANDS.items():
            [listed] = re.findall(r"^  \{(.+)\}$", usage(name), re.M)
            self.assertEqual(set(words), set(listed.split(",")))

    def test_sphinx_writes_the_pages(self):
        try:
            import openstackdocstheme  # noqa: F401
        except ImportError:
            self.need("sphinx with the theme", False)
        folder = self.make_folder()
        # Only the pages: the whole documentation takes a minute.
        source = folder / "source"
        (source / "cli").mkdir(parents=True)
        (source / "_static").mkdir()
        for path in FOLDER.iterdir():
            text = path.read_text(encoding="utf-8")
            # The other documents are not there.
            text = re.sub(r":doc:`(?:[^`<]*<)?([^`>]*)>?`", r"``\1``", text)
            (source / "cli" / path.name).write_text(text)
        settings = (FOLDER.parent / "conf.py").read_text(encoding="utf-8")
        (source / "conf.py").write_text(
            settings.replace('root_doc = "index"', 'root_doc = "cli/index"')
        )
        done = subprocess.run(
            [
                *(sys.executable, "-m", "sphinx", "-q", "-W", "-b", "man"),
                *(str(source), str(folder / "man")),
            ],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        self.assertEqual(0, done.returncode, done.stderr)
        made = {path.name for path in (folder / "man").glob("*.1")}
        self.assertEqual({f"{name}.1" for name in self.names}, made)
