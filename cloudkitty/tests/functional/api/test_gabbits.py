# SPDX-License-Identifier: Apache-2.0
"""The YAML files of ``gabbits`` as tests."""

import pathlib

from gabbi import driver

from cloudkitty.tests.functional.api import fixtures

FOLDER = pathlib.Path(__file__).parent / "gabbits"


def load_tests(loader, tests, pattern):
    """Return the tests: unittest's protocol."""
    return driver.build_tests(
        str(FOLDER),
        loader,
        host=None,
        intercept=fixtures.application,
        test_loader_name=__name__,
        fixture_module=fixtures,
    )
