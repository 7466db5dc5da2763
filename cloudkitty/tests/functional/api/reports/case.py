# SPDX-License-Identifier: Apache-2.0
"""Common parts of the tests of version 1's reports of rated data."""

import decimal

import webtest

from cloudkitty import dataframe
from cloudkitty.common import periods
from cloudkitty.tests import base
from cloudkitty.tests import new_scopes
from cloudkitty.tests.fakes import api
from cloudkitty.tests.functional.api import data

FRAMES = "/v1/storage/dataframes"
TOTAL = "/v1/report/total"
SUMMARY = "/v1/report/summary"
TENANTS = "/v1/report/tenants"
LIMITED = (FRAMES, TOTAL, SUMMARY)
ADMIN = api.persona("admin", "reader")
READER = api.persona("reader", project="project-2")
WITHOUT_PROJECT = api.persona("reader", project=None)
MONTH = {"begin": "2026-11-01T00:00:00", "end": "2026-12-01T00:00:00"}


def summary(rate, tenant_id="ALL", res_type="ALL", **window):
    """Return an item of a summary."""
    return {
        **MONTH,
        "tenant_id": tenant_id,
        "res_type": res_type,
        "rate": rate,
        **window,
    }


class ReportCase(base.TestCase):
    """An API with the data of two projects."""

    auth_strategy = "keystone"

    def setUp(self):
        super().setUp()
        self.services = api.make_services(
            self, self.make_conf(default={"auth_strategy": self.auth_strategy})
        )
        data.fill(self.services)
        self.app = webtest.TestApp(api.wsgi_of(self.services))

    def get(self, path, headers=ADMIN, status=200):
        """Return the decoded body of the response."""
        return self.app.get(path, headers=headers, status=status).json

    def refuse(self, code, path, headers=ADMIN, status=400):
        """Assert that the request fails; return the message."""
        got = self.get(path, headers, status)
        self.assertEqual(code, got["errors"][0]["code"], path)
        return got["message"]

    def store(self, scope, points, metric="cpu", key="project_id"):
        """Store points of the first hour of December."""
        at = base.utc("2026-12-01T00:00")
        frame = dataframe.DataFrame(at, at + data.HOUR, {metric: points})
        self.services.storage.replace(
            new_scopes.make(scope, scope_key=key),
            periods.Window(frame.start, frame.end),
            [frame],
        )


def point(price, **groupby):
    """Return a point of quantity 1."""
    return dataframe.DataPoint(
        "u", decimal.Decimal(1), decimal.Decimal(price), groupby, {}
    )
