# SPDX-License-Identifier: Apache-2.0
"""The digest of a request contains all that is asked for."""

import dataclasses

from cloudkitty.tasks import idempotency
from cloudkitty.tasks import request as task_request
from cloudkitty.tests import base
from cloudkitty.tests import fields

REQUEST = task_request.Request(
    scope_ids=("b", "a"),
    start_at=base.utc("2026-11-01T00:00"),
    end_at=base.utc("2026-11-01T03:00"),
    reason="tést",
)
NAMES = {field.name for field in dataclasses.fields(task_request.Request)}


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Later(task_request.Request):
    """A request of a later release."""

    priority: int = 0
    deadline: str | None = None


def later(request=REQUEST, **more):
    return Later(
        **{name: getattr(request, name) for name in NAMES},
        **more,
    )


def digest(request):
    return idempotency.Identity.of("key", request).body_digest


class TestDigest(base.TestCase):
    def test_each_field_counts_but_those_of_who_asked(self):
        for whole in (REQUEST, fields.sample(task_request.Request)):
            same = {
                name
                for name, other in fields.changes(whole)
                if digest(other) == digest(whole)
            }
            self.assertEqual(task_request.ORIGIN, same)

    def test_two_fields_are_not_taken_for_each_other(self):
        requests = (
            later(),
            later(priority=1),
            later(deadline="1"),
            later(priority=1, deadline="1"),
        )
        self.assertEqual(len(requests), len(set(map(digest, requests))))

    def test_the_constants_name_fields(self):
        self.assertLessEqual(task_request.ORIGIN, NAMES)
        self.assertLessEqual(task_request.SETS, NAMES)

    def test_order_means_nothing_in_sets(self):
        for name in task_request.SETS:
            one, other = (
                dataclasses.replace(REQUEST, **{name: names})
                for names in (("a", "b"), ("b", "a"))
            )
            self.assertEqual(digest(one), digest(other))

    def test_stored_digests_stay_comparable(self):
        # A key is remembered for days, across upgrades.
        for changes, stored in (
            (
                {},
                "fe99feba804549ee7922718e2219fb7c"
                "92adf62a8425cc024fe0bd3fc4130831",
            ),
            (
                {"metrics": ("ram", "cpu")},
                "26fc4ef16c75555780ceef3a55cc6cce"
                "884dead0b466493ca59d9fe0714abf58",
            ),
            (
                {"mode": "preview", "allow_empty": True, "created_by": "ann"},
                "449b4de3ef21c3c2b5abe5c3e054ba11"
                "e31a6a57fc8dc0ac46846049bd931adf",
            ),
        ):
            request = dataclasses.replace(REQUEST, **changes)
            self.assertEqual(stored, digest(request))
            # A field that was added since, and is not used.
            self.assertEqual(stored, digest(later(request)))

    def test_a_field_without_a_form_in_json_is_an_error(self):
        self.assertRaises(TypeError, digest, later(priority=object()))
