# SPDX-License-Identifier: Apache-2.0
import setuptools
from setuptools.command import build_py

#: Tests that are in the source archive only. The other packages of the tests
#: are an interface: the contracts of the plugins, and what these need.
LEFT_OUT = tuple(
    f"cloudkitty.tests.{name}"
    for name in (
        "adoption",
        "crash",
        "functional",
        "galera",
        "importing",
        "machines",
        "mutations",
        "simulation",
        "unit",
    )
)


def is_left_out(name: str) -> bool:
    """Return whether a package or module is one of ``LEFT_OUT``."""
    return any(f"{name}.".startswith(f"{left}.") for left in LEFT_OUT)


class BuildWithoutTests(build_py.build_py):
    """Builds what a wheel contains."""

    def finalize_options(self):
        super().finalize_options()
        self.packages = [
            name for name in self.packages or () if not is_left_out(name)
        ]

    def find_data_files(self, package, src_dir):
        # Files in a package that is left out belong to the one above it.
        return [
            path
            for path in super().find_data_files(package, src_dir)
            if not is_left_out(path.replace("/", "."))
        ]


class Distribution(setuptools.Distribution):
    """Selects the command: pbr replaces the argument ``cmdclass``."""

    def get_command_class(self, command):
        if command == "build_py":
            return BuildWithoutTests
        return super().get_command_class(command)


setuptools.setup(
    setup_requires=["pbr>=6.1.1"],
    pbr=True,
    distclass=Distribution,
    # pbr knows only the older field "License".
    license_expression="Apache-2.0",
)
