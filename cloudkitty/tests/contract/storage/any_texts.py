# SPDX-License-Identifier: Apache-2.0
"""Generated points: each text passes the escapers and comes back."""

import hypothesis
from hypothesis import strategies

from cloudkitty.storage import attributes
from cloudkitty.storage import grouping
from cloudkitty.tests.contract.storage import case
from cloudkitty.tests.contract.storage import usage

_TEXTS = strategies.text() | strategies.text(
    strategies.sampled_from("a\\\n\r|,= '\"\u241b;06c\0")
)
#: Texts that are stored without a change.
_NAMES = _TEXTS.filter(attributes.is_clean).filter(lambda text: len(text) < 60)
#: Names that a summary does not read as those of attributes.
_NOT_READ = {grouping.METRIC, grouping.TIME, *grouping.CALENDAR, "project_id"}
_ATTRIBUTES = strategies.dictionaries(_TEXTS, _TEXTS, max_size=4)


class AnyTexts(case.StorageCase):
    """Two equal points of one scope, beside those of another one."""

    @hypothesis.settings(
        max_examples=30,
        deadline=None,
        database=None,
        # Each driver runs it.
        suppress_health_check=[hypothesis.HealthCheck.differing_executors],
    )
    @hypothesis.given(
        scope_id=_NAMES.filter(bool),
        groupby=_ATTRIBUTES,
        metadata=_ATTRIBUTES,
        metric=_NAMES,
        unit=_TEXTS,
    )
    def test_any_texts(self, scope_id, groupby, metadata, metric, unit):
        hypothesis.assume(scope_id != "other")
        hypothesis.assume(len(scope_id) <= self.scope_id_length)
        hypothesis.assume(max(scope_id + metric + unit) <= self.last_character)
        point = usage.point("2", "2", groupby, metadata, unit)
        other = usage.frame(0, other=[usage.point("7")])
        self.replace("other", usage.hours(0, 1), [other])
        self.replace(
            scope_id,
            usage.hours(0, 1),
            [usage.frame(0, **{metric: [point, point]})],
        )
        clean = self.kept_point(
            point._replace(
                unit=attributes.clean(point.unit),
                groupby=attributes.storable(point.groupby),
                metadata=attributes.storable(point.metadata),
            )
        )
        found = self.retrieve(scope_id, metrics=[metric])
        self.assertEqual(2, found.total)
        self.assertEqual([clean, clean], found.frames[0].usage[metric])
        for name, value in clean.desc.items():
            if name not in _NOT_READ:
                where = {"project_id": [scope_id], name: [value]}
                self.assertEqual(
                    [((value,), 4, 4)], self.sums([name], filters=where)
                )
        self.replace(scope_id, usage.hours(0, 1), [])
        self.assertEqual(0, self.retrieve(scope_id).total)
        self.assertEqual(
            self.kept([other]), list(self.retrieve("other").frames)
        )
