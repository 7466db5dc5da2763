# SPDX-License-Identifier: Apache-2.0
"""The limit of open files is raised only as far as necessary."""

import resource
from unittest import mock

from cloudkitty.orchestrator.lock_backends import open_files
from cloudkitty.tests import base


class TestMakeRoom(base.TestCase):
    def make_room(self, soft, hard, refused=False):
        """Return the room for 500 files, and the new soft limit."""
        limits = [soft, hard]

        def change(kind, new):
            if refused:
                raise ValueError
            limits[:] = new

        with mock.patch.multiple(
            resource,
            getrlimit=lambda kind: tuple(limits),
            setrlimit=change,
        ):
            room = open_files.make_room(500)
        return room, limits[0]

    def test_sufficient_limit_is_not_changed(self):
        self.assertEqual((500, 1024), self.make_room(1024, 4096))
        unlimited = resource.RLIM_INFINITY
        self.assertEqual(
            (500, unlimited), self.make_room(unlimited, unlimited)
        )

    def test_low_limit_is_raised(self):
        self.assertEqual((500, 756), self.make_room(256, 4096))
        self.assertEqual(
            (500, 756), self.make_room(256, resource.RLIM_INFINITY)
        )

    def test_low_hard_limit_leaves_fewer_locks(self):
        self.assertEqual((44, 300), self.make_room(256, 300))
        self.assertEqual((1, 100), self.make_room(50, 100))

    def test_refusal_leaves_what_the_soft_limit_allows(self):
        self.assertEqual((144, 400), self.make_room(400, 4096, refused=True))
