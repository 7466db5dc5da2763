# SPDX-License-Identifier: Apache-2.0
import os
import pathlib
import re

import fixtures
from oslo_config import cfg
from oslo_policy import generator
from oslo_policy import opts as policy_opts
from oslo_policy import policy

from cloudkitty import conf as ck_conf
from cloudkitty import policies
from cloudkitty.common import exceptions
from cloudkitty.policies import enforcer
from cloudkitty.tests import base

TOP = pathlib.Path(policies.__file__).parents[2]
ADMIN = {"roles": ["admin"], "project_id": "p"}
READER = {"roles": ["reader"], "project_id": "p"}
RULE = "schedule:task_reprocesses"


def sample():
    """Return the lines of the sample policy file, in force."""
    lines = []
    for rule in policies.list_rules():
        lines.append(f'"{rule.name}": "{rule.check_str}"')
    return lines


class EnforcerCase(base.TestCase):
    def setUp(self):
        super().setUp()
        self.folder = self.make_folder()
        self.file = self.folder / "policy.yaml"
        self.dir = self.folder / "policy.d"
        self.log = self.useFixture(fixtures.FakeLogger())

    def make(self, text=None, rules=(), **options):
        if text is not None:
            self.file.write_text(text)
        conf = self.make_conf()
        policy_opts.set_defaults(conf, policy_file=str(self.file))
        conf.set_override("policy_dirs", [str(self.dir)], "oslo_policy")
        return enforcer.make_enforcer(conf, rules)

    def refuse(self, text=None, *words, rules=()):
        """Return the text with which the start is refused."""
        error = self.assertRaises(
            exceptions.InvalidConfiguration, self.make, text, rules
        )
        for word in words:
            self.assertIn(word, str(error))
        self.assertNotIn("\n", str(error))
        return str(error)

    def change(self, text, path=None):
        """Change a file, whatever the resolution of its time."""
        path = path or self.file
        path.write_text(text)
        later = path.stat().st_mtime_ns + 1_000_000_000
        os.utime(path, ns=(later, later))

    def errors(self):
        return self.log.output.count("policy files rejected")


class TestStart(EnforcerCase):
    def test_without_a_file(self):
        made = self.make()
        self.assertTrue(made.authorize(RULE, {}, ADMIN))
        self.assertFalse(made.authorize(RULE, {}, READER))

    def test_the_default_is_refusal(self):
        made = self.make()
        self.assertEqual("!", made.registered_rules["default"].check_str)
        self.assertFalse(made.enforce("no:such_rule", {}, ADMIN))

    def test_each_reference_of_the_sample_file(self):
        lines = sample()
        self.make("\n".join(lines))
        mutants = 0
        for number, line in enumerate(lines, 1):
            for changed, words in self.mutants(line):
                text = [*lines[: number - 1], changed, *lines[number:]]
                self.refuse(
                    "\n".join(text), f"{self.file}, line {number}:", words
                )
                mutants += 1
        self.assertGreater(mutants, 3 * len(lines))

    def mutants(self, line):
        """Yield (line with one wrong reference, words of the refusal)."""
        name, check = re.fullmatch('"(.*)": "(.*)"', line).groups()
        for found in re.finditer(r"rule:(\w+)", check):
            before, after = check[: found.start(1)], check[found.end(1) :]
            typo = f"{found[1][:-2]}{found[1][-1]}"
            yield f'"{name}": "{before}{typo}{after}"', f"rule:{typo}"
            yield f'"{name}": "{before}{name}{after}"', "refers to itself"
        # As if an operator had written a reference to a rule of his own.
        for form in ("rule:typo", "role:x or rule:typo", "not rule:typo"):
            yield f'"{name}": "{form}"', "rule:typo"
        yield f'"{name}": "role:x or not rule:{name}"', "refers to itself"

    def test_the_generated_sample_file_has_the_same_rules(self):
        # Operators copy the text that the test above changes.
        made = self.folder / "sample.yaml"
        generator.generate_sample(
            args=[
                "--namespace=cloudkitty",
                f"--output-file={made}",
            ],
            conf=cfg.ConfigOpts(),
        )
        lines = re.findall(r'(?m)^#("[^ ].*": ".*")$', made.read_text())
        self.assertEqual(sorted(sample()), sorted(lines))

    def test_references_at_any_depth(self):
        for check in (
            "role:admin or (role:x and rule:typo)",
            "not rule:typo",
            "role:admin and not (role:x or rule:typo)",
            "rule:mine",
        ):
            text = f'"{RULE}": "{check}"\n"mine": "rule:typo"\n'
            line = 2 if "mine" in check else 1
            self.refuse(text, f"line {line}", "rule:typo")
        self.refuse(f'"{RULE}": [["role:admin", "rule:typo"]]', "rule:typo")

    def test_circles(self):
        self.refuse('"a": "rule:a"', "line 1", "a -> a")
        self.refuse(
            '"a": "rule:b"\n"b": "not rule:c"\n"c": "role:x or rule:a"',
            "line 1",
            "a -> b -> c -> a",
        )
        # Through rules of the service.
        self.refuse(
            '"context_is_admin": "rule:project_reader_or_admin"', "line 1"
        )
        # Twice the same is no circle.
        self.make('"a": "rule:b and rule:b"\n"b": "role:x"\n"c": "rule:a"')

    def test_files_of_the_folders(self):
        self.dir.mkdir()
        (self.dir / "b.yaml").write_text('\n"a": "rule:typo"')
        (self.dir / ".hidden").write_text("[")
        self.refuse('"c": "rule:a"', f"{self.dir}/b.yaml, line 2", "typo")
        # A later file mends it.
        (self.dir / "c.yaml").write_text('"a": "role:x"')
        self.make()
        (self.dir / "d.yaml").write_text("[")
        self.refuse(None, f"{self.dir}/d.yaml", "YAML")

    def test_a_folder_that_is_none(self):
        self.dir.write_text("")
        self.refuse(None, "policy_dirs", str(self.dir))

    def test_invalid_policy_files(self):
        for text, *words in (
            (f'"{RULE}": "role:admin', "YAML", "line 1"),
            (f"a: b\n {RULE}: : x", "YAML", "line 2"),
            ("- a", "mapping"),
            ("a", "mapping"),
            ("1: role:admin", "line 1", "name"),
            ('"x": ""\n? [a]\n: ""', "line 2", "name"),
            ('"x": ""\n"x": "!"', "line 2", "line 1", "already"),
        ):
            self.refuse(text, str(self.file), *words)
        self.file.write_bytes(b"\xff\xfe\xfa")
        self.refuse(None, "UTF-8")
        self.make("# nothing")

    def test_rules_without_a_text(self):
        # oslo.policy: everyone may.
        for value in ("", "!", "~", "null", "true", "5", "{}", "[~]", "[5]"):
            self.refuse(f'"x": ""\n"{RULE}": {value}', "line 2", RULE, '"!"')

    def test_rules_that_cannot_be_parsed(self):
        for check in (
            "not admin",
            "role:admin or",
            "(role:admin",
            "admin",
            "not (role:x and admin)",
        ):
            self.refuse(
                f'"{RULE}": "{check}"', "line 1", RULE, "cannot be parsed"
            )
        for check in ("!", "@", "", "not !", "role:x and (! or role:y)"):
            self.make(f'"{RULE}": "{check}"')

    def test_unknown_rules_are_warned_of(self):
        self.make('"mine": "role:x"\n"b": "rule:mine"\n"default": "!"')
        self.assertIn(
            f'place="policy file {self.file}, line 2" rule=', self.log.output
        )
        self.assertNotIn("line 1:", self.log.output)
        self.assertNotIn("line 3:", self.log.output)

    def test_a_file_that_is_configured_and_missing_is_warned_of(self):
        options = self.folder / "my.conf"
        options.write_text("[oslo_policy]\npolicy_file = polciy.yaml\n")
        conf = ck_conf.make(argv=[], default_config_files=[str(options)])
        enforcer.make_enforcer(conf)
        self.assertIn("polciy.yaml", self.log.output)

    def test_rules_of_other_modules(self):
        rules = [
            policy.RuleDefault("other:get", "rule:context_is_admin"),
            policy.RuleDefault("other:list", ""),
        ]
        made = self.make('"x": "rule:other:get"', rules)
        self.assertTrue(made.authorize("other:get", {}, ADMIN))
        self.assertFalse(made.authorize("other:get", {}, READER))
        self.assertTrue(made.authorize("other:list", {}, READER))
        self.refuse(
            None,
            "module",
            "other:put",
            rules=[policy.RuleDefault("other:put", "rule:typo")],
        )


class TestReload(EnforcerCase):
    GOOD = f'"{RULE}": "role:reader"'

    def allowed(self, made, who):
        return made.authorize(RULE, {}, who)

    def test_a_change_is_taken(self):
        made = self.make()
        self.assertFalse(self.allowed(made, READER))
        self.change(self.GOOD)
        self.assertTrue(self.allowed(made, READER))
        self.change(f'"{RULE}": "!"')
        self.assertFalse(self.allowed(made, ADMIN))
        self.change("")
        self.assertTrue(self.allowed(made, ADMIN))
        self.assertEqual(0, self.errors())

    def test_a_wrong_change_is_refused_as_a_whole(self):
        made = self.make(self.GOOD)
        for number, wrong in enumerate(
            ('"a": "rule:typo"', '"a": "rule:a"', "[", '"a":', '"a": "not b"'),
            1,
        ):
            self.change(f'"{RULE}": "role:admin"\n{wrong}')
            for _ in range(3):
                self.assertTrue(self.allowed(made, READER), wrong)
                self.assertFalse(self.allowed(made, ADMIN), wrong)
            self.assertEqual(number, self.errors(), wrong)
            self.assertIn("line 2", self.log.output)
        self.change(f'"{RULE}": "role:admin"')
        self.assertFalse(self.allowed(made, READER))
        self.assertTrue(self.allowed(made, ADMIN))

    def test_folders_too(self):
        self.dir.mkdir()
        made = self.make(self.GOOD)
        added = self.dir / "a.yaml"
        self.change(f'"{RULE}": "rule:typo"', added)
        self.assertTrue(self.allowed(made, READER))
        self.assertEqual(1, self.errors())
        self.change(f'"{RULE}": "role:admin"', added)
        self.assertFalse(self.allowed(made, READER))
        added.unlink()
        self.assertTrue(self.allowed(made, READER))
        self.dir.rename(self.folder / "away")
        self.dir.write_text("")
        self.assertTrue(self.allowed(made, READER))
        self.assertTrue(self.allowed(made, READER))
        self.assertEqual(2, self.errors())

    def test_a_folder_that_becomes_none(self):
        made = self.make()
        self.dir.write_text("")
        for _ in range(3):
            self.assertTrue(self.allowed(made, ADMIN))
        self.assertEqual(1, self.errors())
        self.assertIn(f"policy_dirs: {self.dir}", self.log.output)
        self.dir.unlink()
        self.assertTrue(self.allowed(made, ADMIN))
        self.assertEqual(1, self.errors())

    def test_a_file_that_disappears(self):
        made = self.make(self.GOOD)
        self.file.unlink()
        self.assertTrue(self.allowed(made, READER))
        self.assertTrue(self.allowed(made, READER))
        self.assertFalse(self.allowed(made, ADMIN))
        self.assertEqual(1, self.errors())
        self.file.write_text(f'"{RULE}": "role:admin"')
        self.assertTrue(self.allowed(made, ADMIN))
