# SPDX-License-Identifier: Apache-2.0
"""``openstack rating reprocess batch approve`` without a shell."""

import io

from cloudkitty.client import batches
from cloudkitty.client import http
from cloudkitty.client.commands import approve
from cloudkitty.tests.fakes import rating_api
from cloudkitty.tests.unit.client import test_commands

BATCH = "/v2/task/batches/large"
SEEN = "/v2/task/batches/seen"
APPROVE = f"{BATCH}/approve"


class Terminal(io.StringIO):
    def isatty(self):
        return True


def batch(batch_id, mode, digest=None, **states):
    """Return a batch with its details."""
    return {
        **rating_api.batch(**states),
        "batch_id": batch_id,
        "mode": mode,
        "reason": "a wrong price",
        "created_by": "ann",
        "created_at": "2026-11-22 12:00:00+00:00",
        "begin": "2026-11-01 00:00:00+00:00",
        "end": "2026-11-02 00:00:00+00:00",
        "total": sum(states.values()),
        "totals": {"before": "3", "after": "1"},
        "metrics": [
            {
                "metric": "cpu",
                "before": "3",
                "after": "1",
                "difference": "-2",
            }
        ],
        "digest": digest,
        "first_scope_ids": ["a", "b"],
        "selected_metrics": ["cpu", "disk"],
        "allow_empty": False,
    }


def listed(*previews):
    return {"batches": list(previews), "total": len(previews)}


class TestApprove(test_commands.CommandCase):
    def setUp(self):
        super().setUp()
        self.reset()

    def reset(self):
        self.seen = batch("seen", "preview", "d1", succeeded=2)
        self.listed = {
            **self.seen,
            "first_scope_ids": ["b", "a"],
            "selected_metrics": ["disk", "cpu"],
        }
        self.responses = {
            BATCH: [batch("large", "reprocess", awaiting_approval=2)],
            SEEN: [self.seen],
            batches.ROOT: [listed(self.listed)],
            APPROVE: [{**batch("large", "reprocess"), "changed": 2}],
        }

    def approve(self, *arguments):
        return self.run_command(
            approve.Approve, self.responses, "large", *arguments
        )

    def refuse(self, words, *arguments):
        error = super().refuse(
            approve.Approve, self.responses, "large", *arguments
        )
        self.assertIn(words, error)

    def answer(self, text, stream=Terminal):
        self.patch(approve.sys, "stdin", stream(text))

    def check_sent(self, **more):
        [(_, path, body)] = self.sent("POST")
        self.assertEqual(APPROVE, path)
        self.assertEqual(
            {"preview_batch_id": "seen", "digest": "d1", **more}, body
        )

    def test_question(self):
        self.answer("y\n")
        row, status, errors = self.approve()
        self.assertEqual((2, 0), (row["changed"], status))
        self.check_sent()
        for line in (
            "Request: a wrong price (by ann)",
            "Tasks:   2 awaiting_approval, 48 periods",
            "  cpu: before 3, after 1, difference -2",
            "Digest:  d1",
        ):
            self.assertIn(line, errors.splitlines())
        self.assertTrue(errors.endswith("Approve these tasks? [y/N] "))

    def test_other_answers(self):
        for text in ("\n", "n\n", "yeah\n", ""):
            self.answer(text)
            self.refuse("nothing is approved")
            self.assertEqual([], self.sent("POST"))

    def test_no_terminal(self):
        self.answer("y\n", io.StringIO)
        self.refuse("--digest")
        self.assertEqual([], self.sent("POST"))

    def test_without_a_question(self):
        for arguments in (("--yes",), ("--digest", "d1")):
            self.reset()
            self.approve(*arguments, "--reason", "ok", "--force")
            self.check_sent(reason="ok", force=True)

    def test_another_digest(self):
        self.refuse("is d1", "--digest", "d2")
        self.assertEqual([], self.sent("POST"))

    def test_a_named_preview(self):
        del self.responses[batches.ROOT]
        self.approve("--preview", "seen", "--yes")
        self.check_sent()

    def test_an_incomplete_preview(self):
        for found, words in (
            (batch("seen", "preview", running=1, succeeded=1), "no digest"),
            (batch("seen", "reprocess", succeeded=2), "not a preview"),
        ):
            self.responses[SEEN] = [found]
            self.refuse(words, "--preview", "seen", "--yes")

    def test_the_preview_is_found_with_two_requests(self):
        others = [
            {**self.listed, "batch_id": f"other-{number}", "total": 3}
            for number in range(99)
        ]
        self.responses[batches.ROOT] = [listed(*others, self.listed)]
        self.approve("--yes")
        paths = [path for _, path, _ in self.sent("GET")]
        self.assertEqual([BATCH, batches.ROOT, SEEN], paths)
        [query] = [
            query for _, path, query in self.sent("GET") if path == paths[1]
        ]
        self.assertLessEqual(
            {
                ("mode", "preview"),
                ("state", "succeeded"),
                ("scope_id", "a"),
                ("begin", "2026-11-01 00:00:00+00:00"),
                ("end", "2026-11-02 00:00:00+00:00"),
                ("limit", "100"),
            },
            set(query),
        )

    def test_previews_of_other_requests(self):
        for fields in (
            {"begin": "2026-11-01 01:00:00+00:00"},
            {"end": "2026-11-02 01:00:00+00:00"},
            {"periods_total": 96},
            {"selected_metrics": None},
            {"selected_metrics": ["cpu"]},
            {"allow_empty": True},
            {"first_scope_ids": ["a", "c"]},
            # One of more scopes, and one that has not finished.
            {"total": 3, "states": {"succeeded": 3}},
            {"states": {"succeeded": 1, "failed": 1}},
        ):
            self.reset()
            self.responses[batches.ROOT] = [listed({**self.listed, **fields})]
            self.refuse("no complete preview", "--yes")

    def test_of_more_scopes_only_the_first_ones_are_known(self):
        awaiting = batch("large", "reprocess", awaiting_approval=4)
        seen = batch("seen", "preview", "d1", succeeded=4)
        self.responses[BATCH] = [awaiting]
        self.responses[batches.ROOT] = [
            listed({**seen, "first_scope_ids": ["d", "c"]})
        ]
        self.approve("--yes")
        self.check_sent()

    def test_nothing_awaits_approval(self):
        self.responses[BATCH] = [batch("large", "reprocess", scheduled=2)]
        self.refuse("awaits approval: 2 scheduled", "--yes")
        self.responses[BATCH][0]["approval"] = {
            "approved_by": "bob",
            "approved_at": "2026-11-22 12:30:00+00:00",
            "preview_batch_id": "seen",
            "digest": "d1",
        }
        self.refuse("approved by bob at 2026-11-22 12:30", "--yes")

    def test_an_error_of_the_api(self):
        self.responses[APPROVE] = [http.ApiError(403, "the author")]
        self.refuse("the author (HTTP 403)", "--yes")
