# SPDX-License-Identifier: Apache-2.0
"""The whole contract of storages; run it over each driver.

A driver's test derives from ``StorageContract`` and a test case class and
defines ``make_storage``, which returns an empty storage whose
``[collect] scope_key`` is ``project_id``.
"""

from cloudkitty.tests.contract.storage import adding
from cloudkitty.tests.contract.storage import any_texts
from cloudkitty.tests.contract.storage import attributes
from cloudkitty.tests.contract.storage import counts
from cloudkitty.tests.contract.storage import grouping
from cloudkitty.tests.contract.storage import reading
from cloudkitty.tests.contract.storage import replacing
from cloudkitty.tests.contract.storage import replacing_many
from cloudkitty.tests.contract.storage import scopes
from cloudkitty.tests.contract.storage import sums


class StorageContract(
    replacing.Replacing,
    replacing_many.ReplacingMany,
    adding.Adding,
    scopes.Scopes,
    counts.Counts,
    reading.Reading,
    grouping.Grouping,
    attributes.Attributes,
    any_texts.AnyTexts,
    sums.Sums,
):
    """All guarantees of a storage."""
