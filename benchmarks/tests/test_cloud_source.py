# SPDX-License-Identifier: Apache-2.0
import json
import unittest

from benchmarks import cloud_source
from benchmarks import dataset

_HOUR = 3600
_BEGIN = 1_767_225_600
_ONE = 'max(max_over_time(instance_up{{project_id="{}"}}[3600s])) by ({})'
_SET = 'max(max_over_time(instance_up{{project_id=~"{}"}}[3600s])) by ({})'
_LABELS = "project_id, instance_id, flavor"


class TestAnswers(unittest.TestCase):
    def setUp(self):
        self.cloud = cloud_source.Cloud(4, 3)

    def ask(self, query, periods=1):
        body = self.cloud.answer(
            {
                "query": query,
                "start": str(_BEGIN + _HOUR),
                "end": str(_BEGIN + periods * _HOUR),
                "step": str(_HOUR),
            }
        )
        answer = json.loads(body)
        self.assertEqual("success", answer["status"])
        self.assertEqual("matrix", answer["data"]["resultType"])
        return answer["data"]["result"]

    def test_all_forms_give_the_same(self):
        ids = [dataset.scope_id(number) for number in range(4)]
        single = [
            series
            for one in ids
            for series in self.ask(_ONE.format(one, _LABELS), periods=2)
        ]
        forms = {
            "set": _SET.format("|".join(ids), _LABELS),
            "set in a group": _SET.format(f"(?:{'|'.join(ids)})", _LABELS),
            "not empty": _ONE.format("", _LABELS).replace("=", "!="),
            "any": _SET.format(".+", _LABELS),
            "no selector": "max(max_over_time(instance_up[3600s])) "
            f"by ({_LABELS})",
        }

        self.assertEqual(12, len(single))
        for name, query in forms.items():
            with self.subTest(name):
                self.assertEqual(single, self.ask(query, periods=2))

    def test_some_of_a_set(self):
        ids = [dataset.scope_id(number) for number in (3, 1, 9)]
        found = self.ask(_SET.format("|".join(ids), _LABELS))

        self.assertEqual(
            [dataset.scope_id(number) for number in (1, 1, 1, 3, 3, 3)],
            [series["metric"]["project_id"] for series in found],
        )

    def test_labels_of_by_and_one_value_for_each_period(self):
        (first, *_) = self.ask(
            "max(max_over_time(volume_size_gb[3600s])) "
            "by (project_id, volume_id, flavor)",
            periods=3,
        )

        self.assertEqual({"project_id", "volume_id"}, set(first["metric"]))
        self.assertEqual(
            [[_BEGIN + number * _HOUR, "10"] for number in (1, 2, 3)],
            first["values"],
        )

    def test_scopes_are_never_mixed(self):
        with self.assertRaises(cloud_source.Refused):
            self.ask("max(max_over_time(instance_up[3600s])) by (flavor)")

    def test_other_queries_are_refused(self):
        for query in ("up", "sum(instance_up) by (project_id)"):
            with (
                self.subTest(query),
                self.assertRaises(cloud_source.Refused),
            ):
                self.ask(query)
