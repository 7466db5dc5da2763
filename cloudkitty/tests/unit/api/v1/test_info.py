# SPDX-License-Identifier: Apache-2.0
import json

import yaml
from oslo_policy import opts as policy_opts

from cloudkitty.api import error_codes
from cloudkitty.tests import base
from cloudkitty.tests.fakes import api

CONTENT = """
metrics:
  cpu:
    unit: instance
    alt_name: instance
    groupby: [id]
    metadata: [flavor_name, vcpus]
    mutate: MAP
    mutate_map: {0: 0, 1.5: 2}
  disk:
    - unit: GiB
      groupby: [id]
      factor: 1/1024
      extra_args: {aggregation_method: max, anything: goes}
    - unit: request
      alt_name: disk.requests
  gpu:
    unit: card
    alt_name: instance
    metadata: [card, vcpus]
"""


class TestInfo(base.TestCase):
    def serve(self, content=CONTENT, strategy="noauth"):
        path = self.make_folder() / "metrics.yml"
        if content is not None:
            path.write_text(content)
        conf = self.make_conf(
            default={"auth_strategy": strategy},
            collect={"metrics_conf": str(path)},
        )
        return api.make_app(self, conf=conf)

    def test_metrics(self):
        got = self.serve().get("/v1/info/metrics/").json
        self.assertEqual(
            {
                "metrics": [
                    {
                        "metric_id": "instance",
                        "metadata": [
                            "id",
                            "project_id",
                            "flavor_name",
                            "vcpus",
                            "card",
                        ],
                        "unit": "instance",
                    },
                    {
                        "metric_id": "disk",
                        "metadata": ["id", "project_id"],
                        "unit": "GiB",
                    },
                    {
                        "metric_id": "disk.requests",
                        "metadata": ["project_id"],
                        "unit": "request",
                    },
                ]
            },
            got,
        )

    def test_metric_by_its_name_in_data_frames(self):
        app = self.serve()
        listed = app.get("/v1/info/metrics").json["metrics"]
        for item in listed:
            for kind in ("metrics", "services"):
                url = f"/v1/info/{kind}/{item['metric_id']}"
                self.assertEqual(item, app.get(url, status=200).json)
        for name in ("cpu", "x", "a/b", "disk.requests/x"):
            got = app.get(f"/v1/info/metrics/{name}", status=404).json
            self.assertEqual(
                error_codes.METRIC_NOT_FOUND, got["errors"][0]["code"]
            )
            self.assertIn(name, got["faultstring"])

    def test_services_equal_metrics(self):
        app = self.serve()
        self.assertEqual(
            app.get("/v1/info/metrics").json, app.get("/v1/info/services").json
        )

    def test_config_equals_the_file(self):
        got = self.serve().get("/v1/info/config/").json
        expected = yaml.safe_load(CONTENT)
        cpu = expected["metrics"]["cpu"]
        cpu["mutate_map"] = {"0": 0, "1.5": 2}
        self.assertEqual(expected, got)

    def test_changed_file_is_read_again(self):
        path = self.make_folder() / "metrics.yml"
        path.write_text("metrics: {a: {unit: u}}")
        conf = self.make_conf(
            default={"auth_strategy": "noauth"},
            collect={"metrics_conf": str(path)},
        )
        app = api.make_app(self, conf=conf)
        app.get("/v1/info/metrics/a", status=200)
        path.write_text("metrics: {b: {unit: u}}")
        app.get("/v1/info/metrics/a", status=404)
        app.get("/v1/info/metrics/b", status=200)

    def test_unreadable_file(self):
        for content in (
            None,
            "metrics: [",
            "metrics: {secret: {}}",
            "metrics: &a {b: *a}",
            "metrics: {a: {unit: u, factor: .nan}}",
        ):
            app = self.serve(content)
            for url in ("config", "metrics", "services/a"):
                got = app.get(f"/v1/info/{url}", status=503)
                error = got.json["errors"][0]
                self.assertEqual(
                    error_codes.METRICS_UNAVAILABLE, error["code"]
                )
                self.assertNotIn("secret", got.text)
                self.assertNotIn("metrics.yml", got.text)

    def test_invalid_names(self):
        app = self.serve()
        for name in ("%00", "x" * 300):
            app.get(f"/v1/info/metrics/{name}", status=400)
        app.get("/v1/info/metrics?metric_id=a", status=400)
        app.get("/v1/info/metrics/disk?metric_id=disk", status=200)

    def test_each_role_has_access(self):
        app = self.serve(strategy="keystone")
        for url in ("config", "metrics", "services", "metrics/disk"):
            app.get(f"/v1/info/{url}", headers=api.persona(), status=200)
            app.get(
                f"/v1/info/{url}",
                headers=api.persona("admin", system=True),
                status=403,
            )

    def test_rule_of_metrics_applies_to_services(self):
        rules = self.make_folder() / "policy.yaml"
        rules.write_text(
            json.dumps(
                {
                    "info:list_metrics_info": "role:admin",
                    "info:get_service_info": "role:admin",
                }
            )
        )
        path = self.make_folder() / "metrics.yml"
        path.write_text(CONTENT)
        conf = self.make_conf(
            default={"auth_strategy": "keystone"},
            collect={"metrics_conf": str(path)},
        )
        policy_opts.set_defaults(conf, policy_file=str(rules))
        app = api.make_app(self, conf=conf)
        for url, status in (
            ("metrics", 403),
            ("services", 403),
            ("metrics/disk", 200),
            ("services/disk", 403),
        ):
            app.get(f"/v1/info/{url}", headers=api.persona(), status=status)
