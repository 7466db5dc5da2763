# SPDX-License-Identifier: Apache-2.0
"""URLs with short limits of each wait."""

import sqlalchemy as sa

from cloudkitty.db import timeouts
from cloudkitty.tests import base


class TestShorten(base.TestCase):
    def limits_of(self, connection):
        return dict(sa.make_url(timeouts.shorten(connection, 2)).query)

    def test_mysql(self):
        self.assertEqual(
            {
                "charset": "utf8",
                "connect_timeout": "2",
                "read_timeout": "2",
                "write_timeout": "2",
            },
            self.limits_of("mysql+pymysql://h/d?charset=utf8&read_timeout=9"),
        )
        self.assertEqual(
            {"connection_timeout": "2"},
            self.limits_of("mysql+mysqlconnector://h/d"),
        )

    def test_postgresql(self):
        self.assertEqual(
            {
                "connect_timeout": "2",
                "read_timeout": "2",
                "write_timeout": "2",
            },
            self.limits_of("postgresql://h/d?tcp_user_timeout=90000"),
        )

    def test_sqlite(self):
        self.assertEqual({"timeout": "2"}, self.limits_of("sqlite:////a.db"))

    def test_password_is_kept(self):
        url = timeouts.shorten("mysql+pymysql://u:a%40b@h/d", 2)
        self.assertEqual("a@b", sa.make_url(url).password)
