# SPDX-License-Identifier: Apache-2.0
"""Assertions about values that the validation rejects."""

from cloudkitty.api import error_codes
from cloudkitty.api import errors
from cloudkitty.tests import base


class RefusalCase(base.TestCase):
    """Tests of functions that raise a 400."""

    def refuse(self, code, function, *args, **kwargs):
        """Assert that ``function`` raises a 400; return its detail."""
        error = self.assertRaises(errors.BadRequest, function, *args, **kwargs)
        self.assertEqual(code, error.code)
        self.assertIn("send", error.detail)
        return error.detail

    def refuse_all(self, function, values, *args, **kwargs):
        """Assert that ``function`` rejects each of ``values``."""
        for value in values:
            detail = self.refuse(
                error_codes.ARGUMENT_INVALID, function, "thing", value, *args
            )
            self.assertIn("thing", detail)
