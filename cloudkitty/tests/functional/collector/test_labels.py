# SPDX-License-Identifier: Apache-2.0
"""With every metrics file that is accepted, no label is lost.

Files are generated. From each that is accepted a point is collected, stored
and read through the API, where each attribute must have the label's value.
"""

import datetime
import decimal
import urllib.parse

import hypothesis
import webob
import yaml
from hypothesis import strategies as st

from cloudkitty import dataframe
from cloudkitty.collector import definitions
from cloudkitty.collector import points
from cloudkitty.common import attribute_names
from cloudkitty.common import exceptions
from cloudkitty.common import periods
from cloudkitty.rating import skip
from cloudkitty.tests import base
from cloudkitty.tests import databases
from cloudkitty.tests import new_scopes
from cloudkitty.tests.fakes import api

BEGIN = base.utc("2026-11-01T00:00")
PERIOD = periods.Window(BEGIN, BEGIN + datetime.timedelta(hours=1))
SCOPE = new_scopes.make("project-1")
NAMES = st.lists(
    st.sampled_from(
        [
            *attribute_names.CALENDAR,
            *attribute_names.COLUMNS,
            *"type time time-d time-x time-of-day id project_id".split(),
            *"price unit metric scope_id Month é".split(),
        ]
    ),
    max_size=4,
    unique=True,
)
METRICS = st.fixed_dictionaries(
    {"unit": st.just("u")},
    optional={
        "groupby": NAMES,
        "metadata": NAMES,
        "mutate": st.sampled_from(["NONE", "MAP", "NUMBOOL"]),
        "mutate_map": st.dictionaries(st.integers(0, 2), st.integers(0, 9)),
        "description": st.just("text"),
        "skip_datapoints_expression": st.sampled_from(
            ["False", "datapoint.get('vol', {}).get('qty', 1) == 0"]
        ),
    },
)


@databases.on_each()
class Labels:
    backend: str

    def setUp(self):
        super().setUp()
        conf = self.make_conf(default={"auth_strategy": "noauth"})
        self.services = api.make_services(
            self, conf, databases.make_database(self, self.backend, conf)
        )
        self.services.storage.init()
        self.wsgi = api.wsgi_of(self.services)
        self.path = self.make_folder() / "metrics.yml"

    def get(self, path, **query):
        query |= {
            "begin": PERIOD.begin.isoformat(),
            "end": PERIOD.end.isoformat(),
        }
        url = f"{path}?{urllib.parse.urlencode(query)}"
        return webob.Request.blank(url).get_response(self.wsgi)

    def load(self, definition):
        """Return the metric, None if the file is refused as it must be."""
        self.path.write_text(yaml.safe_dump({"metrics": {"m": definition}}))
        names = {
            *definition.get("groupby", ()),
            *definition.get("metadata", ()),
        }
        lost = names & set(attribute_names.CALENDAR)
        try:
            [metric] = definitions.load(
                str(self.path), "project_id", definitions.ANY_EXTRA_ARGS
            )
        except exceptions.InvalidConfiguration as error:
            self.assertIn("would be lost", str(error))
            self.assertTrue(lost)
            return None
        self.assertEqual(set(), lost)
        return metric

    def store(self, metric):
        """Store one point and return its labels."""
        labels = {name: f"label {name}" for name in metric.attributes}
        labels["project_id"] = SCOPE.identifier
        builder = points.Builder(metric, PERIOD, 3600)
        builder.add_series(labels, [(0, decimal.Decimal(3))])
        [(_, collected)] = builder.result()
        frame = dataframe.DataFrame(PERIOD.begin, PERIOD.end)
        frame.add_points(collected, metric.alt_name)
        kept = skip.compile_skips(self.services.conf, [metric]).apply(frame)
        self.services.storage.replace(SCOPE, PERIOD, [kept])
        return labels

    def check_point(self, metric, labels):
        [frame] = self.get("/v2/dataframes").json["dataframes"]
        [point] = frame["usage"]["m"]
        for name in metric.groupby:
            self.assertEqual(labels[name], point["groupby"][name])
        self.assertEqual(
            {name: labels[name] for name in metric.metadata},
            point["metadata"],
        )
        for name in attribute_names.CALENDAR:
            self.assertNotIn("label", point["groupby"][name])

    def check_summary(self, name, label):
        answer = self.get(
            "/v2/summary", groupby=name, response_format="object"
        )
        if attribute_names.why_not_groupable(name):
            # Refused, or known to mean something else.
            if answer.status_int == 200:
                [row] = answer.json["results"]
                self.assertNotEqual(label, row.get(name))
                self.assertNotIn(name, attribute_names.COLUMNS)
            return
        [row] = answer.json["results"]
        self.assertEqual(
            (label, 3.0, 0.0, PERIOD.begin.isoformat()),
            (row[name], row["qty"], row["rate"], row["begin"]),
        )

    def test_no_label_is_lost(self):
        @hypothesis.settings(
            max_examples=60 if self.backend == "sqlite" else 15,
            database=None,
            deadline=None,
            suppress_health_check=list(hypothesis.HealthCheck),
        )
        @hypothesis.given(METRICS)
        def check(definition):
            metric = self.load(definition)
            if metric is None:
                return
            labels = self.store(metric)
            self.check_point(metric, labels)
            for name in metric.attributes:
                if attribute_names.why_not_groupable(name):
                    self.assertTrue(
                        any(f" {name}: " in text for text in metric.warnings)
                    )
                self.check_summary(name, labels[name])

        check()
