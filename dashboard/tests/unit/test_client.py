# SPDX-License-Identifier: Apache-2.0
"""Requests to the rating API, and what becomes of its answers."""

import types
from unittest import mock

import requests
from keystoneauth1 import exceptions as ksa_exceptions
from keystoneauth1 import session as ksa_session

from cloudkitty_reprocess_dashboard import client
from tests.unit import base


def response(status=200, content=b"{}", **headers):
    made = requests.Response()
    made.status_code = status
    made.reason = "Reason"
    made._content = content
    made.headers.update(headers)
    return made


class TestClient(base.TestCase):
    def setUp(self):
        super().setUp()
        patch = mock.patch.object(
            ksa_session.Session, "request", autospec=True
        )
        self.sent_by_session = patch.start()
        self.addCleanup(patch.stop)
        self.client_of_api = client.Client(self.factory.get("/"))

    def get(self, answer):
        self.sent_by_session.side_effect = [answer]
        return self.client_of_api.get("/v2/task")

    def error(self, answer):
        with self.assertRaises(client.RatingError) as caught:
            self.get(answer)
        return caught.exception

    def test_address_and_token(self):
        self.get(response())
        (_session, path, method), arguments = self.sent_by_session.call_args
        self.assertEqual(("/v2/task", "GET"), (path, method))
        auth = arguments["auth"]
        self.assertEqual("http://rating.example:8889", auth.get_endpoint(None))
        self.assertEqual(self.token.id, auth.get_token(None))

    def test_answer(self):
        answer = self.get(response(content=b'{"a": 1}', ETag='W/"1"'))
        self.assertEqual(client.Answer({"a": 1}, 'W/"1"'), answer)

    def test_not_modified(self):
        self.assertIsNone(self.get(response(304, b"")))

    def test_error_of_the_api(self):
        error = self.error(
            response(
                409,
                b'{"message": "tasks overlap", '
                b'"errors": [{"code": "rating.task.overlaps"}]}',
            )
        )
        self.assertEqual(
            (409, "tasks overlap", "rating.task.overlaps"),
            (error.status, error.message, error.code),
        )

    def test_error_of_a_proxy(self):
        for content in (b"<html>", b"[]", b'{"errors": {}}', b""):
            error = self.error(response(502, content))
            self.assertEqual((502, "Reason"), (error.status, error.message))

    def test_no_connection(self):
        # Horizon's test data replace the texts of these exceptions.
        cause = ksa_exceptions.ConnectionError("no route")
        error = self.error(cause)
        self.assertEqual((503, str(cause)), (error.status, error.message))

    def test_id_of_a_created_batch(self):
        self.sent_by_session.side_effect = [
            response(Location="http://r/v2/task/reprocesses?batch_id=b-1")
        ]
        self.assertEqual("b-1", self.client_of_api.create({}, "key"))

    def test_an_id_with_a_slash(self):
        self.sent_by_session.side_effect = [response()]
        self.client_of_api.batch("a/../b", [])
        (_session, path, _method), _ = self.sent_by_session.call_args
        self.assertEqual("/v2/task/batches/a%2F..%2Fb", path)


class TestSession(base.TestCase):
    def test_settings_of_certificates(self):
        for settings, verify in (
            ({"OPENSTACK_SSL_NO_VERIFY": True}, False),
            ({"OPENSTACK_SSL_CACERT": "/ca.pem"}, "/ca.pem"),
            ({}, True),
        ):
            fake = types.SimpleNamespace(
                OPENSTACK_SSL_NO_VERIFY=False,
                OPENSTACK_SSL_CACERT=None,
            )
            vars(fake).update(settings)
            with mock.patch.object(client, "settings", fake):
                self.assertEqual(verify, client.session().verify)
