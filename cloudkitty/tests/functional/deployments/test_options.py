# SPDX-License-Identifier: Apache-2.0
"""oslo-config-validator on the files of existing clouds."""

import pathlib
import re
import subprocess
import sys

import yaml

from cloudkitty.tests import base
from cloudkitty.tests.functional.deployments import rendering

GENERATOR = rendering.ETC.parent / "oslo-config-generator" / "cloudkitty.conf"
_FINDING = re.compile(r"^(?:ERROR|WARNING):oslo_config\.validator:(.*)$", re.M)
_UNKNOWN = " is not part of the sample config"


class TestValidator(base.TestCase):
    """It reports nothing that it does not report with CloudKitty 25."""

    def setUp(self):
        super().setUp()
        self.folder = self.make_folder()
        self.options = self.folder / "options.yaml"
        done = self.run_program(
            *("oslo-config-generator", f"--config-file={GENERATOR}"),
            *("--format=yaml", f"--output-file={self.options}"),
        )
        self.assertEqual(0, done.returncode, done.stderr)

    def run_program(self, name, *arguments):
        return subprocess.run(
            [pathlib.Path(sys.executable).with_name(name), *arguments],
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )

    def findings(self, text):
        """Return the sorted findings about a configuration file."""
        path = self.folder / "cloudkitty.conf"
        path.write_text(text)
        done = self.run_program(
            *("oslo-config-validator", f"--input-file={path}"),
            f"--opt-data={self.options}",
        )
        found = _FINDING.findall(done.stderr + done.stdout)
        # It ends with 1 after a finding, and after an error of its own.
        self.assertEqual(int(bool(found)), done.returncode, done.stderr)
        return sorted(line.removesuffix(_UNKNOWN) for line in found)

    def test_files_of_the_tools(self):
        text = (rendering.FILES / "validator.yml").read_text()
        accepted = yaml.safe_load(text)
        self.assertEqual(set(rendering.NAMES), set(accepted))
        for name in rendering.NAMES:
            values = dict.fromkeys(rendering.placeholders(name), "x")
            found = self.findings(rendering.render(name, values))
            self.assertEqual([], sorted({*found} - {*accepted[name]}), name)

    def test_every_option_of_upstream(self):
        text = (rendering.FILES / "every-option.conf").read_text()
        self.assertEqual([], self.findings(text))

    def test_it_finds_what_is_unknown(self):
        text = "[storage]\nbackend = influxdb\nno_such_option = 1\n"
        self.assertEqual(["storage/no_such_option"], self.findings(text))
