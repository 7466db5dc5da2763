# SPDX-License-Identifier: Apache-2.0
"""The API shows each field of tasks, or omits it on purpose."""

import dataclasses

import wsme.rest.json

from cloudkitty.api.v2.task import approval_types
from cloudkitty.api.v2.task import batch_types
from cloudkitty.api.v2.task import content_parsing
from cloudkitty.api.v2.task import detail
from cloudkitty.api.v2.task import types
from cloudkitty.db.tasks import batch_lists
from cloudkitty.db.tasks import batch_prices
from cloudkitty.db.tasks import batches
from cloudkitty.db.tasks import records as task_records
from cloudkitty.db.tasks import states
from cloudkitty.tasks import batches as task_batches
from cloudkitty.tasks import detail as task_detail
from cloudkitty.tasks import request as task_request
from cloudkitty.tasks import workers as task_workers
from cloudkitty.tests import base
from cloudkitty.tests import fields

PERIOD = 3600
#: Fields of a task that the API does not show: who may see the project, and
#: the work of processors (``seconds_left`` is made of some of them).
NOT_SHOWN = {
    "claimed_at",
    "claimed_done",
    "lease_expires_at",
    "lease_owner",
    "lease_token",
    "project_id",
    "updated_at",
}
#: Fields that have upstream's names in requests.
SENT_AS = {
    "preview_digest": "digest",
    "start_at": "start_reprocess_time",
    "end_at": "end_reprocess_time",
}


def shown(value):
    """Return a WSME object as it is sent, with all of its attributes."""
    answer = wsme.rest.json.tojson(type(value), value)
    assert list(answer) == [
        attribute.name for attribute in wsme.types.list_attributes(type(value))
    ]
    return answer


class TestShapes(base.TestCase):
    def test_lists(self):
        task = fields.sample(task_records.ListedTask, periods_total=10)
        self.assertEqual(
            set(),
            fields.unseen(
                task,
                lambda task: types.Reprocess.of(task, PERIOD).to_json(),
            ),
        )

    def test_task(self):
        def show(task):
            found = dataclasses.replace(whole, task=task)
            return detail.Task.of_detail(found, PERIOD).to_json()

        whole = fields.sample(task_detail.Detail)
        task = fields.sample(task_records.Task, periods_total=10)
        self.assertEqual(NOT_SHOWN, fields.unseen(task, show))
        listed = types.Reprocess.of(task, PERIOD).to_json()
        self.assertEqual(
            list(listed.items()), list(show(task).items())[: len(listed)]
        )

    def test_parts_of_a_task(self):
        whole = fields.sample(task_detail.Detail)
        self.assertEqual(
            set(),
            fields.unseen(
                whole,
                lambda found: detail.Task.of_detail(found, PERIOD).to_json(),
            ),
        )
        # The days have a list of their own.
        self.assertEqual(
            {"days"},
            fields.unseen(
                fields.sample(task_records.Amount),
                lambda part: shown(detail.Amount.of(part)),
            ),
        )
        for kind, shape in (
            (task_records.Comparison, detail.Comparison),
            (task_records.TaskTotal, detail.Total),
            (task_records.TaskEvent, detail.Event),
            (task_records.TaskNote, detail.Note),
            (task_workers.Waiting, detail.Waiting),
        ):
            self.assertEqual(
                set(),
                fields.unseen(
                    fields.sample(kind),
                    lambda part, shape=shape: shown(shape.of(part)),
                ),
                kind,
            )

    def test_batch(self):
        batch = fields.sample(
            batch_lists.ListedBatch,
            states={states.State.RUNNING: 3},
            periods_left=7,
        )
        detail = task_batches.Detail(
            batch=batch,
            failing=[fields.sample(batches.FailingTask)],
            metrics={"cpu": fields.sample(batch_prices.Prices)},
        )

        def show(batch):
            answer = batch_types.BatchDetail.of_detail(
                dataclasses.replace(detail, batch=batch)
            )
            answer.changed = 0
            answer.approval = approval_types.Approval()
            answer.digest = "0"
            answer.tasks = []
            answer.tasks_total = 0
            return shown(answer)

        self.assertEqual(set(), fields.unseen(batch, show))

    def test_parts_of_a_batch(self):
        for kind, show in (
            (batches.FailingTask, batch_types.FailingTask.of),
            (
                batch_prices.Prices,
                lambda prices: batch_types.MetricPrices.of("cpu", prices),
            ),
        ):
            self.assertEqual(
                set(),
                fields.unseen(
                    fields.sample(kind),
                    lambda part, show=show: shown(show(part)),
                ),
            )


class TestRequests(base.TestCase):
    def test_each_field_can_be_rendered(self):
        names = {
            field.name for field in dataclasses.fields(task_request.Request)
        }
        self.assertEqual(
            {SENT_AS.get(name, name) for name in names - task_request.ORIGIN},
            set(content_parsing.KEYS),
        )
