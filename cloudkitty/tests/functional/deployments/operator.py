# SPDX-License-Identifier: Apache-2.0
"""The actions of an operator, with the stock client."""

import datetime
import decimal
import time

from cloudkittyclient import client
from keystoneauth1 import session
from keystoneauth1.identity import v3

from cloudkitty.common import periods
from cloudkitty.tests import keystone
from cloudkitty.tests.functional.api.client import shells
from cloudkitty.tests.functional.deployments import usage

#: Seconds until rating or a task has ended, on a busy host.
PATIENCE = 120


class Operator:
    """The user ``admin`` with both forms of the client.

    :param server: ``keystone.Keystone``.
    """

    def __init__(self, server: keystone.Keystone) -> None:
        self._server = server
        auth = v3.Password(
            auth_url=server.url,
            username="admin",
            password=keystone.PASSWORD,
            user_domain_id="default",
            project_name="demo",
            project_domain_id="default",
        )
        asked = session.Session(auth=auth)
        self._api = client.Client("2", session=asked)
        self._api_1 = client.Client("1", session=asked)

    def shell(self, version: str) -> shells.Shell:
        """Return ``openstack rating`` with a version of the API."""
        return shells.Shell(self._server, "openstack", version)

    def make_rules(
        self, costs: dict[str, decimal.Decimal], start: datetime.datetime
    ) -> None:
        """Replace the hashmap rules.

        :param costs: price of a unit of each service.
        :param start: of the rules.
        """
        rules = self._api.rating.hashmap
        self._api.rating.update_module(module_id="hashmap", enabled=True)
        known = {
            service["name"]: service["service_id"]
            for service in rules.get_service()["services"]
        }
        for name, cost in costs.items():
            if name not in known:
                made = rules.create_service(name=name)
                known[name] = made["service_id"]
            service_id = known[name]
            for old in rules.get_mapping(service_id=service_id)["mappings"]:
                rules.delete_mapping(mapping_id=old["mapping_id"])
            # The client has no option for "force": a rule for the past.
            rules.api_client.post(
                "/v1/rating/module_config/hashmap/mappings",
                json={
                    "service_id": service_id,
                    "type": "flat",
                    "cost": str(cost),
                    "start": f"{start:%Y-%m-%dT%H:%M:%S}",
                    "force": True,
                },
            )

    def quote(self, service: str, quantity: str) -> decimal.Decimal:
        """Return the price that a processor calculates for it."""
        wanted = {"service": service, "desc": {}, "volume": quantity}
        return _number(self._api_1.rating.get_quotation(res_data=[wanted]))

    def rated_up_to(self, scope_id: str) -> datetime.datetime:
        """Return the beginning of the last rated period."""
        found = self._api.scope.get_scope_state(scope_id=[scope_id])
        [result] = found["results"]
        return datetime.datetime.fromisoformat(
            result["last_processed_timestamp"]
        )

    def reprocess(self, scope_id: str, window: periods.Window) -> None:
        """Post a task of ``openstack rating``."""
        self.shell("2").text(
            *("tasks reprocessing create", "--scope-id", scope_id),
            *("--reason", "another price"),
            *("--start-reprocess-time", _text(window.begin)),
            # A task ends with this period.
            *("--end-reprocess-time", _text(window.last_period(usage.HOUR))),
        )

    def reprocessed(self, scope_id: str, window: periods.Window) -> bool:
        """Return whether the only task of the scope has ended.

        An end is seen by the current time, as upstream shows it.
        """
        got = self._api.reprocessing.get_reprocessing_tasks(
            scope_ids=[scope_id]
        )
        [task] = got["results"]
        current = task["current_reprocess_time"]
        last = window.last_period(usage.HOUR)
        return (
            current is not None
            and datetime.datetime.fromisoformat(current).replace(
                tzinfo=datetime.UTC
            )
            == last
            and task["state"] == "succeeded"
        )

    def summary(
        self, scope_id: str, window: periods.Window
    ) -> dict[str, tuple[decimal.Decimal, decimal.Decimal]]:
        """Return (quantity, price) by type, of ``summary get``."""
        rows = self.shell("2").show(
            *("summary get", "-g", "type", "--limit", "100"),
            *("--filter", f"project_id:{scope_id}"),
            *("--begin", _text(window.begin), "--end", _text(window.end)),
        )
        return {
            row["Type"]: (_number(row["Qty"]), _number(row["Rate"]))
            for row in rows
        }

    def summary_1(
        self, scope_id: str, window: periods.Window
    ) -> decimal.Decimal:
        """Return the price of ``summary get`` of version 1."""
        row = self.shell("1").one(
            *("summary get", "-t", scope_id),
            *("--begin", _text(window.begin), "--end", _text(window.end)),
        )
        return _number(row["Rate"])


def wait_for(done, seconds: float = PATIENCE) -> bool:
    """Return whether ``done()`` is true within the time."""
    deadline = time.monotonic() + seconds
    while not done():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.3)
    return True


def _text(at: datetime.datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%S+00:00}"


def _number(value: object) -> decimal.Decimal:
    # Sums of binary numbers: their last digits have no meaning.
    return round(decimal.Decimal(str(value)), 9).normalize()
