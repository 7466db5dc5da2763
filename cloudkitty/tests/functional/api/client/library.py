# SPDX-License-Identifier: Apache-2.0
"""The client's Python API, walked through by an administrator."""

import decimal
import json

from cloudkittyclient import client
from cloudkittyclient.common import base as client_base
from keystoneauth1 import exceptions
from keystoneauth1 import session
from keystoneauth1.identity import v3

from cloudkitty.tests import keystone
from cloudkitty.tests.functional.api import data
from cloudkitty.tests.functional.api.client import operating
from cloudkitty.tests.functional.api.client import rated

#: Long after the test.
START = "2970-01-01T00:00:00"
END = "2980-01-01T00:00:00"
WINDOW = {"begin": data.BEGIN, "end": data.BEGIN + data.HOURS * data.HOUR}


def make(cloud, version: str, done: set[str]) -> "Recorder":
    """Return a client of a version.

    :param cloud: ``cloud.Cloud``.
    :param done: gets the names of the methods that have returned.
    """
    auth = v3.Password(
        auth_url=cloud.keystone.url,
        username="admin",
        password=keystone.PASSWORD,
        user_domain_id="default",
        project_name="demo",
        project_domain_id="default",
    )
    made = client.Client(version, session=session.Session(auth=auth))
    return Recorder(made, "", done)


class Recorder:
    """Notes which methods have returned."""

    def __init__(self, thing: object, path: str, done: set[str]) -> None:
        self._thing = thing
        self._path = path
        self._done = done

    def __getattr__(self, name: str):
        found = getattr(self._thing, name)
        path = self._path + name
        if isinstance(found, client_base.BaseManager):
            return Recorder(found, f"{path}.", self._done)

        def call(**arguments):
            result = found(**arguments)
            self._done.add(path)
            return result

        return call


def both(test, api, project_id) -> None:
    """Call the methods that both versions of the client have."""
    _hashmap(test, api.rating.hashmap)
    _scripts(test, api.rating.pyscripts)
    _modules(test, api.rating)
    _collectors(test, api.collector)
    metrics = api.info.get_metric()["metrics"]
    test.assertIn(api.info.get_metric(metric_name="instance"), metrics)
    test.assertIn("metrics", api.info.get_config())

    own = {"tenant_id": project_id, **WINDOW}
    test.assertIn(project_id, api.report.get_tenants(**WINDOW))
    test.assertEqual(rated.TOTAL, round(float(api.report.get_total(**own)), 5))
    rows = api.report.get_summary(groupby=["res_type"], **own)["summary"]
    test.assertEqual({"instance", "volume"}, {row["res_type"] for row in rows})
    frames = api.storage.get_dataframes(resource_type="volume", **own)
    test.assertEqual(data.HOURS, len(frames["dataframes"]))


def _hashmap(test, api) -> None:
    test.assertEqual({"flat", "rate"}, set(api.get_mapping_types()))
    service = api.create_service(name="instance")
    service_id = {"service_id": service["service_id"]}
    test.assertEqual({"services": [service]}, api.get_service())
    test.assertEqual(service, api.get_service(**service_id))
    field = api.create_field(name="flavor", **service_id)
    field_id = {"field_id": field["field_id"]}
    test.assertEqual({"fields": [field]}, api.get_field(**service_id))
    test.assertEqual(field, api.get_field(**field_id))
    group = api.create_group(name="extra")
    group_id = {"group_id": group["group_id"]}
    test.assertEqual({"groups": [group]}, api.get_group())

    mapping = api.create_mapping(
        cost="0.1", description="words", **service_id, **group_id
    )
    mapping_id = {"mapping_id": mapping["mapping_id"]}
    test.assertEqual("words", mapping["description"])
    test.assertEqual(group, api.get_mapping_group(**mapping_id))
    for found in (
        api.get_mapping(**service_id),
        api.get_group_mappings(**group_id),
    ):
        test.assertEqual({"mappings": [mapping]}, found)
    changed = api.update_mapping(end=END, **mapping_id)
    test.assertEqual(END, changed["end"])
    test.assertEqual(changed, api.get_mapping(**mapping_id))
    api.delete_mapping(**mapping_id)
    test.assertEqual({"mappings": []}, api.get_mapping(**service_id))

    threshold = api.create_threshold(
        level="1", cost="2", **field_id, **group_id
    )
    threshold_id = {"threshold_id": threshold["threshold_id"]}
    test.assertEqual(group, api.get_threshold_group(**threshold_id))
    for found in (
        api.get_threshold(**field_id),
        api.get_group_thresholds(**group_id),
    ):
        test.assertEqual({"thresholds": [threshold]}, found)
    changed = api.update_threshold(level="3", **threshold_id)
    test.assertEqual("3.00000000", changed["level"])
    test.assertEqual(changed, api.get_threshold(**threshold_id))
    api.delete_threshold(**threshold_id)

    api.delete_group(recursive=True, **group_id)
    api.delete_field(**field_id)
    api.delete_service(**service_id)
    test.assertEqual(({"services": []}), api.get_service())
    test.assertEqual(({"groups": []}), api.get_group())


def _scripts(test, api) -> None:
    made = api.create_script(name="mine", data="a = 1", start=START)
    ident = {"script_id": made["script_id"]}
    test.assertEqual({"scripts": [made]}, api.list_scripts())
    changed = api.update_script(data="a = 2", **ident)
    test.assertEqual("a = 2", changed["data"])
    test.assertEqual(changed, api.get_script(**ident))
    api.delete_script(**ident)
    test.assertEqual({"scripts": []}, api.list_scripts())


def _modules(test, api) -> None:
    hashmap = api.get_module(module_id="hashmap")
    test.assertIn(hashmap, api.get_module()["modules"])
    for changes in (
        {"enabled": True, "priority": 7},
        {"enabled": False, "priority": 1},
    ):
        changed = api.update_module(module_id="hashmap", **changes)
        test.assertEqual({**hashmap, **changes}, changed)


def _collectors(test, api) -> None:
    row = {"service": "compute", "collector": "gnocchi"}
    test.assertEqual(row, api.create_mapping(**row))
    test.assertEqual(row, api.get_mapping(service="compute"))
    test.assertEqual({"mappings": [row]}, api.get_mapping())
    api.delete_mapping(service="compute")
    test.assertEqual({"mappings": []}, api.get_mapping())
    state = {"name": "gnocchi", "enabled": False}
    test.assertEqual(state, api.set_state(**state))
    test.assertEqual(state, api.get_state(name="gnocchi"))


def one(test, api) -> None:
    """Call the methods that only a client of version 1 has."""
    hashmap = api.rating.hashmap
    service = hashmap.create_service(name="instance")
    service_id = {"service_id": service["service_id"]}
    hashmap.create_mapping(cost="0.1", **service_id)
    api.rating.update_module(module_id="hashmap", enabled=True)
    api.rating.reload_modules()
    # The rule's start is the second it was made in.
    point = {"service": "instance", "desc": {"flavor": "m1"}, "volume": "3"}
    price = api.rating.get_quotation(res_data=[point])
    test.assertEqual(decimal.Decimal("0.3"), decimal.Decimal(price))
    api.rating.update_module(module_id="hashmap", enabled=False)
    hashmap.delete_service(**service_id)


def two(test, api, project_id, other_id) -> None:
    """Call the methods that only a client of version 2 has."""
    own = {"filters": {"project_id": project_id}, **WINDOW}
    table = api.summary.get_summary(groupby=["type"], **own)
    test.assertEqual(2, table["total"])
    rows = api.summary.get_summary(response_format="object", **own)["results"]
    test.assertEqual([rated.TOTAL], [round(row["rate"], 5) for row in rows])
    frames = api.dataframes.get_dataframes(limit=1, **own)
    test.assertEqual(data.HOURS * len(rated.PRICES), frames["total"])
    # As text or as it is.
    for given in (frames["dataframes"], json.dumps(frames["dataframes"])):
        content = {"dataframes": given}
        if isinstance(given, str):
            content = f'{{"dataframes": {given}}}'
        api.dataframes.add_dataframes(dataframes=content)
    after = api.dataframes.get_dataframes(**own)
    test.assertEqual(frames["total"] + 2, after["total"])

    ident = {"scope_id": project_id}
    (scope,) = api.scope.get_scope_state(**ident)["results"]
    changed = api.scope.update_scope(active=True, fetcher="other", **ident)
    test.assertEqual({**scope, "fetcher": "other"}, changed)
    api.reprocessing.post_reprocessing_task(
        scope_ids=[project_id],
        start=data.BEGIN,
        end=data.BEGIN,
        reason="by the library",
    )
    (task,) = api.reprocessing.get_reprocessing_tasks(scope_ids=[project_id])[
        "results"
    ]
    test.assertEqual("by the library", task["reason"])
    begin = data.BEGIN + data.HOUR
    api.scope.reset_scope_state(state=begin, scope_id=[other_id])
    operating.wait_for(
        test,
        lambda: api.scope.get_scope_state(scope_id=other_id)["results"][0][
            "state"
        ],
        data.BEGIN.isoformat(),
    )
    _misdirected(test, api.rating)


def _misdirected(test, api) -> None:
    """Call methods whose requests the client sends to the module list."""
    point = {"service": "instance", "desc": {}, "volume": "3"}
    error = test.assertRaises(
        exceptions.HttpError, api.get_quotation, res_data=[point]
    )
    test.assertEqual(405, error.http_status)
    test.assertIsNone(api.reload_modules())
