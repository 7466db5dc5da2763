# SPDX-License-Identifier: Apache-2.0
"""``openstack rating reprocess batch approve`` without a shell."""

import io

from cloudkitty.client import http
from cloudkitty.client import tasks
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
    }


def task(task_id, batch_id, **fields):
    return rating_api.task(
        task_id,
        batch_id=batch_id,
        **{"metrics": ["cpu", "disk"], "allow_empty": False, **fields},
    )


class TestApprove(test_commands.CommandCase):
    def setUp(self):
        super().setUp()
        self.reset()

    def reset(self):
        mine = task(7, "large", state="awaiting_approval")
        seen = task(5, "seen", metrics=["disk", "cpu"])
        self.responses = {
            BATCH: [batch("large", "reprocess", awaiting_approval=2)],
            SEEN: [batch("seen", "preview", "d1", succeeded=2)],
            tasks.LIST: [rating_api.page(mine), rating_api.page(seen)],
            "/v2/task/7": [mine],
            "/v2/task/5": [seen],
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
        del self.responses[tasks.LIST]
        self.approve("--preview", "seen", "--yes")
        self.check_sent()

    def test_an_incomplete_preview(self):
        for found, words in (
            (batch("seen", "preview", running=1, succeeded=1), "no digest"),
            (batch("seen", "reprocess", succeeded=2), "not a preview"),
        ):
            self.responses[SEEN] = [found]
            self.refuse(words, "--preview", "seen", "--yes")

    def test_previews_of_other_requests(self):
        for fields in (
            {"start_reprocess_time": "2026-11-01 01:00:00+00:00"},
            {"metrics": None},
            {"allow_empty": True},
        ):
            self.reset()
            other = task(5, "seen", **fields)
            self.responses[tasks.LIST][1] = rating_api.page(other)
            self.responses["/v2/task/5"] = [other]
            self.refuse("no complete preview", "--yes")
        # One of more scopes, and one that has not finished.
        for states in ({"succeeded": 3}, {"succeeded": 1, "failed": 1}):
            self.reset()
            self.responses[SEEN] = [batch("seen", "preview", "d1", **states)]
            self.refuse("no complete preview", "--yes")

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
