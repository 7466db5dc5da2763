# SPDX-License-Identifier: Apache-2.0
"""The columns that hold the source of a script."""

import hashlib
import zlib

from cloudkitty.db.rules import scripts as script_rows
from cloudkitty.tests import base


class TestSource(base.TestCase):
    def test_as_upstream_keeps_it(self):
        source = "x = 'ä☃𝄞'\r\n"
        columns = script_rows.packed(source)
        raw = source.encode()
        self.assertEqual(b"\x78\x9c", columns["data"][:2])
        self.assertEqual(raw, zlib.decompress(columns["data"]))
        self.assertEqual(hashlib.sha512(raw).hexdigest(), columns["checksum"])
        self.assertEqual(source, script_rows.unpacked(columns["data"]))

    def test_empty(self):
        columns = script_rows.packed("")
        self.assertEqual("", script_rows.unpacked(columns["data"]))

    def test_too_long(self):
        self.assertRaises(
            script_rows.TooLong, script_rows.packed, "x" * (512 * 1024 + 1)
        )
        script_rows.packed("x" * 512 * 1024)
        # It hardly gets shorter.
        noise = "".join(
            hashlib.sha512(bytes([i % 256, i // 256])).hexdigest()
            for i in range(1100)
        )
        self.assertRaises(script_rows.TooLong, script_rows.packed, noise)

    def test_damaged(self):
        for stored in (
            b"",
            b"x\x9c\x00",
            b"nonsense",
            zlib.compress(b"\xff"),
            zlib.compress(b"x" * 50)[:-1],
            # A bomb.
            zlib.compress(b"x" * (512 * 1024 + 1)),
        ):
            self.assertIsNone(script_rows.unpacked(stored))
