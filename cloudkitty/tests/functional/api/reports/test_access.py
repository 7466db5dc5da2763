# SPDX-License-Identifier: Apache-2.0
"""Access to reports, and invalid requests."""

from cloudkitty.api import error_codes
from cloudkitty.tests.fakes import api
from cloudkitty.tests.functional.api.reports import case


class TestAccess(case.ReportCase):
    def test_reader_gets_own_project(self):
        self.assertEqual("1.8", self.get(case.TOTAL, case.READER))
        self.assertEqual(
            [case.summary("1.8", "project-2")],
            self.get(f"{case.SUMMARY}?groupby=tenant_id", case.READER)[
                "summary"
            ],
        )
        self.assertEqual(
            {"project-2"},
            {
                item["tenant_id"]
                for item in self.get(case.FRAMES, case.READER)["dataframes"]
            },
        )
        for path in case.LIMITED:
            self.assertEqual(
                self.get(path, case.READER),
                self.get(f"{path}?tenant_id=project-2", case.READER),
            )

    def test_other_projects_are_refused(self):
        for path in case.LIMITED:
            said = {
                self.refuse(
                    error_codes.SCOPE_FORBIDDEN,
                    f"{path}?tenant_id={name}",
                    case.READER,
                    403,
                ).replace(name, "")
                for name in ("project-1", "project-9")
            }
            self.assertEqual(1, len(said))

    def test_all_projects_are_refused(self):
        for path in (case.TOTAL, case.SUMMARY):
            for headers in (case.READER, case.WITHOUT_PROJECT):
                self.refuse(
                    error_codes.SCOPE_FORBIDDEN,
                    f"{path}?all_tenants=true",
                    headers,
                    403,
                )
            self.get(f"{path}?all_tenants=false", case.READER)

    def test_token_without_project(self):
        self.assertEqual("0", self.get(case.TOTAL, case.WITHOUT_PROJECT))
        self.assertEqual(
            {"summary": []}, self.get(case.SUMMARY, case.WITHOUT_PROJECT)
        )
        self.assertEqual(
            {"dataframes": []}, self.get(case.FRAMES, case.WITHOUT_PROJECT)
        )

    def test_role_without_access(self):
        for path in case.LIMITED:
            self.refuse(
                error_codes.POLICY_FORBIDDEN, path, api.persona("service"), 403
            )


class TestNoAuth(case.ReportCase):
    auth_strategy = "noauth"

    def test_all_data_are_shown(self):
        self.assertEqual("9.6", self.get(case.TOTAL, {}))
        self.assertEqual(
            [case.summary("9.6")], self.get(case.SUMMARY, {})["summary"]
        )
        self.assertEqual(12, len(self.get(case.FRAMES, {})["dataframes"]))
        self.get(case.TENANTS, {})


class TestValues(case.ReportCase):
    def test_mutually_exclusive_arguments(self):
        for path in (case.TOTAL, case.SUMMARY):
            self.refuse(
                error_codes.ARGUMENT_INVALID,
                f"{path}?tenant_id=project-1&all_tenants=1",
            )

    def test_only_one_end_of_a_window_in_another_month(self):
        for path in (
            *case.LIMITED,
            case.TENANTS,
            "/v2/summary",
            "/v2/dataframes",
        ):
            for query, advice in (
                ("end=2026-10-31", "send begin too"),
                ("end=2026-11-01", "send begin too"),
                ("begin=2026-12-01", "send end too"),
                ("begin=2026-11-02&end=2026-11-02", "send a later end"),
            ):
                answer = self.app.get(
                    f"{path}?{query}", headers=case.ADMIN, status=400
                )
                [error] = answer.json["errors"]
                self.assertEqual(error_codes.WINDOW_EMPTY, error["code"])
                self.assertIn(advice, error["detail"])

    def test_invalid_windows(self):
        for path in (*case.LIMITED, case.TENANTS):
            for begin in ("2027-01-01", "2026-12-01"):
                self.refuse(
                    error_codes.WINDOW_EMPTY,
                    f"{path}?begin={begin}&end=2026-12-01",
                )
            self.refuse(error_codes.TIME_INVALID, f"{path}?begin=01/11/2026")

    def test_invalid_values(self):
        for query in ("tenant_id=", "tenant_id=%00", f"tenant_id={'x' * 300}"):
            for path in case.LIMITED:
                self.refuse(error_codes.ARGUMENT_INVALID, f"{path}?{query}")
        for path in (case.TOTAL, case.SUMMARY):
            self.refuse(error_codes.ARGUMENT_INVALID, f"{path}?service=")
            self.refuse(error_codes.ARGUMENT_INVALID, f"{path}?all_tenants=x")
            self.refuse(
                error_codes.ARGUMENT_UNKNOWN, f"{path}?resource_type=x"
            )
        self.refuse(
            error_codes.ARGUMENT_UNKNOWN, f"{case.FRAMES}?all_tenants=1"
        )
        self.refuse(
            error_codes.ARGUMENT_UNKNOWN, f"{case.TENANTS}?tenant_id=x"
        )
