# SPDX-License-Identifier: Apache-2.0
"""Points and frames have the constructors and forms that plugins use."""

import copy
import datetime
import decimal
import json
import pickle

from cloudkitty import dataframe
from cloudkitty.tests import base

D = decimal.Decimal
BEGIN = datetime.datetime(2026, 11, 2, 10, tzinfo=datetime.UTC)
END = BEGIN + datetime.timedelta(hours=1)


def make_point(**changes):
    arguments = {
        "unit": "GiB",
        "qty": 0.1,
        "price": "2",
        "groupby": {"id": "a", "both": "groupby"},
        "metadata": {"flavor": "m1", "both": "metadata"},
        **changes,
    }
    return dataframe.DataPoint(**arguments)


class TestPoint(base.TestCase):
    def test_values_are_converted(self):
        point = dataframe.DataPoint("", 0.1, 3, [], [("a", "b")])
        self.assertEqual(
            ("undefined", D("0.1"), D(3), {}, {"a": "b"}, None), tuple(point)
        )
        self.assertIs(D, type(point.price))
        self.assertEqual("undefined", make_point(unit=None).unit)

    def test_values_that_cannot_be_converted(self):
        for name in ("qty", "price", "groupby", "metadata"):
            self.assertRaises(TypeError, make_point, **{name: None})
        for name in ("qty", "price"):
            self.assertRaises(
                decimal.InvalidOperation, make_point, **{name: "three"}
            )

    def test_it_cannot_be_changed(self):
        point = make_point()
        self.assertRaises(AttributeError, setattr, point, "qty", 1)
        for mapping in (point.groupby, point.metadata, point.desc):
            self.assertIsInstance(mapping, dict)
            hash(mapping)
            for change in (
                lambda found: found.update(id="b"),
                lambda found: found.setdefault("x", "b"),
                lambda found: found.pop("both"),
                lambda found: found.popitem(),
                lambda found: found.clear(),
                lambda found: found.__setitem__("id", "b"),
                lambda found: found.__delitem__("both"),
                lambda found: found.__ior__({"id": "b"}),
            ):
                self.assertRaises(TypeError, change, mapping)
        changeable = point.groupby.copy()
        changeable["id"] = "b"
        self.assertEqual("a", point.groupby["id"])

    def test_a_copy_and_a_pickle(self):
        point = make_point(description="words")
        self.assertEqual(point, copy.deepcopy(point))
        self.assertEqual(point, pickle.loads(pickle.dumps(point)))

    def test_set_price_converts_nothing(self):
        point = make_point()
        self.assertIs(5, point.set_price(5)[2])
        self.assertEqual("5", point.set_price("5").price)
        self.assertEqual(D(2), point.price)

    def test_desc(self):
        self.assertEqual(
            {"id": "a", "flavor": "m1", "both": "groupby"}, make_point().desc
        )

    def test_dict_forms(self):
        point = make_point(description="words")
        self.assertEqual(
            {
                "vol": {"unit": "GiB", "qty": D("0.1")},
                "rating": {"price": D(2)},
                "groupby": {"id": "a", "both": "groupby"},
                "metadata": {"flavor": "m1", "both": "metadata"},
            },
            point.as_dict(),
        )
        self.assertRaises(TypeError, point.as_dict()["vol"].update, {})
        changeable = point.as_dict(mutable=True)
        changeable["groupby"]["id"] = "b"
        self.assertEqual("a", point.groupby["id"])
        self.assertEqual(
            {
                "vol": {"unit": "GiB", "qty": D("0.1")},
                "rating": {"price": D(2)},
                "desc": dict(point.desc),
            },
            point.as_dict(legacy=True, mutable=True),
        )

    def test_json(self):
        point = make_point()
        self.assertEqual(
            point.as_dict() | {"rating": {"price": 2.0}},
            json.loads(point.json())
            | {"vol": {"unit": "GiB", "qty": D("0.1")}},
        )
        self.assertIn('"desc": {', point.json(legacy=True))

    def test_from_dict(self):
        point = make_point()
        self.assertEqual(point, dataframe.DataPoint.from_dict(point.as_dict()))
        unpriced = point.as_dict(mutable=True)
        del unpriced["rating"]
        self.assertEqual(D(0), dataframe.DataPoint.from_dict(unpriced).price)
        legacy = dataframe.DataPoint.from_dict(
            point.as_dict(legacy=True, mutable=True), legacy=True
        )
        self.assertEqual((point.desc, {}), (legacy.groupby, legacy.metadata))

    def test_from_dict_refuses(self):
        for change in (
            lambda form: form.pop("vol"),
            lambda form: form.pop("groupby"),
            lambda form: form.pop("metadata"),
            lambda form: form["vol"].pop("qty"),
            lambda form: form["vol"].update(unit=5),
            lambda form: form["vol"].update(qty="many"),
            lambda form: form["vol"].update(qty=None),
            lambda form: form.update(description="words"),
            lambda form: form.update(rating=None),
            lambda form: form["rating"].update(cost=1),
            lambda form: form.update(groupby=[]),
        ):
            form = make_point().as_dict(mutable=True)
            change(form)
            self.assertRaises(ValueError, dataframe.DataPoint.from_dict, form)
        self.assertRaises(ValueError, dataframe.DataPoint.from_dict, [])


class TestFrame(base.TestCase):
    def setUp(self):
        super().setUp()
        self.usage = {"b": [make_point()], "a": [make_point(qty=5)]}
        self.frame = dataframe.DataFrame(BEGIN, END, self.usage)

    def test_constructor(self):
        self.assertEqual(["a", "b"], list(self.frame.usage))
        self.assertIs(self.usage["b"], self.frame.usage["b"])
        for arguments in (
            ("now", END),
            (BEGIN, 5),
            (BEGIN, END, [("a", [])]),
        ):
            self.assertRaises(TypeError, dataframe.DataFrame, *arguments)
        self.assertRaises(AttributeError, setattr, self.frame, "scope", "a")

    def test_points_are_appended(self):
        frame = dataframe.DataFrame(start=BEGIN, end=END)
        frame.add_point(make_point(), "b")
        frame.add_points([make_point(), make_point()], "a")
        self.assertEqual(
            ["b", "a", "a"], [one for one, _ in frame.iterpoints()]
        )
        self.assertEqual(
            [1, 2], [len(found) for _, found in frame.itertypes()]
        )

    def test_dict_forms(self):
        form = self.frame.as_dict()
        self.assertEqual({"begin": BEGIN, "end": END}, form["period"])
        self.assertEqual([make_point(qty=5).as_dict()], form["usage"]["a"])
        self.assertEqual(self.frame, dataframe.DataFrame.from_dict(form))
        [point] = self.frame.as_dict(legacy=True, mutable=True)["usage"]["a"]
        self.assertIn("desc", point)

    def test_json(self):
        form = json.loads(self.frame.json())
        self.assertEqual("2026-11-02T10:00:00+00:00", form["period"]["begin"])
        self.assertEqual(self.frame, dataframe.DataFrame.from_dict(form))

    def test_times_without_an_offset_are_utc(self):
        form = self.frame.as_dict(mutable=True)
        form["period"] = {
            "begin": "2026-11-02T10:00:00",
            "end": "2026-11-02T12:00:00+01:00",
        }
        self.assertEqual(self.frame, dataframe.DataFrame.from_dict(form))

    def test_from_dict_refuses(self):
        for change in (
            lambda form: form.pop("period"),
            lambda form: form.update(scope="a"),
            lambda form: form["period"].update(begin="yesterday"),
            lambda form: form["period"].update(end=5),
            lambda form: form.update(usage=[]),
            lambda form: form["usage"].update(a="points"),
            lambda form: form["usage"].update({5: []}),
            lambda form: form["usage"].update(a=[{}]),
        ):
            form = self.frame.as_dict(mutable=True)
            change(form)
            self.assertRaises(ValueError, dataframe.DataFrame.from_dict, form)
