# SPDX-License-Identifier: Apache-2.0
"""Names of projects and users."""

from unittest import mock

import requests
from django.core.cache import cache
from keystoneauth1 import exceptions as ksa_exceptions
from keystoneauth1 import session as ksa_session
from openstack_dashboard.test import helpers

from cloudkitty_reprocess_dashboard import names


def response(text, status=200):
    made = requests.Response()
    made.status_code = status
    made._content = text.encode()
    return made


class TestNames(helpers.BaseAdminViewTests):
    def setUp(self):
        super().setUp()
        cache.clear()
        self.asked = self.factory.get("/")
        patch = mock.patch.object(ksa_session.Session, "get", autospec=True)
        self.sent = patch.start()
        self.addCleanup(patch.stop)

    def test_projects_are_asked_for_once(self):
        self.sent.side_effect = [
            response('{"projects": [{"id": "1", "name": "blue"}]}')
        ]
        for _ in range(2):
            self.assertEqual({"1": "blue"}, names.of_projects(self.asked))

    def test_each_user_is_asked_for_once(self):
        self.sent.side_effect = [response('{"user": {"name": "alice"}}')]
        for _ in range(2):
            self.assertEqual(
                {"u": "alice"},
                names.of_users(self.asked, ["u", "u", None]),
            )

    def test_a_refusal(self):
        self.sent.side_effect = [response("{}", 403)] * 2
        self.assertEqual({}, names.of_projects(self.asked))
        self.assertEqual({"u": "u"}, names.of_users(self.asked, ["u"]))

    def test_keystone_does_not_answer(self):
        self.sent.side_effect = ksa_exceptions.ConnectFailure("no route")
        self.assertEqual({}, names.of_projects(self.asked))

    def test_another_user_has_other_names(self):
        self.sent.side_effect = [
            response('{"projects": [{"id": "1", "name": "blue"}]}'),
            response('{"projects": []}'),
        ]
        names.of_projects(self.asked)
        self.asked.user.id = "another"
        self.assertEqual({}, names.of_projects(self.asked))
