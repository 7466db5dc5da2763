# SPDX-License-Identifier: Apache-2.0
"""Commands of the client that create, show, change and delete rules."""

#: Times in the future.
START = "2970-01-01T00:00:00"
END = "2980-01-01T00:00:00"
DECIMAL = "0.1000000000000000000000000000"


def hashmap(test, shell) -> None:
    """Run the commands of ``hashmap``."""
    service = shell.one("hashmap service create", "instance")
    service_id = service["Service ID"]
    test.assertEqual("instance", service["Name"])
    test.assertEqual([service], shell.show("hashmap service list"))
    test.assertEqual(service, shell.one("hashmap service get", service_id))
    shell.refuse("instance", "hashmap service create", "instance")

    field = shell.one("hashmap field create", service_id, "flavor")
    field_id = field["Field ID"]
    test.assertEqual(
        {"Name": "flavor", "Field ID": field_id, "Service ID": service_id},
        field,
    )
    test.assertEqual(field, shell.one("hashmap field get", field_id))
    test.assertEqual([field], shell.show("hashmap field list", service_id))

    group = shell.one("hashmap group create", "extra")
    test.assertEqual("extra", group["Name"])
    test.assertEqual([group], shell.show("hashmap group list"))

    owners = (service_id, field_id, group["Group ID"])
    _mappings(test, shell, *owners)
    _thresholds(test, shell, *owners)

    shell.text("hashmap group delete", group["Group ID"], "--recursive")
    test.assertEqual([], shell.show("hashmap group list"))
    test.assertEqual(
        [], shell.show("hashmap threshold list", "-s", service_id)
    )
    shell.text("hashmap field delete", field_id)
    test.assertEqual([], shell.show("hashmap field list", service_id))
    shell.text("hashmap service delete", service_id)
    test.assertEqual([], shell.show("hashmap service list"))
    shell.refuse("404", "hashmap service get", service_id)


def _mappings(test, shell, service_id, field_id, group_id) -> None:
    types = shell.show("hashmap mapping-types list")
    test.assertEqual(
        ["flat", "rate"], sorted(row["Mapping types"] for row in types)
    )
    mapping = _create_mapping(test, shell, service_id, group_id)
    future_id = _create_future_mapping(test, shell, field_id)
    mapping_id = mapping["Mapping ID"]
    for filters, ids in (
        (["-s", service_id], [mapping_id]),
        (["-s", service_id, "--no-group"], []),
        (["-g", group_id], [mapping_id]),
        (["--field-id", field_id], [future_id]),
        (["--field-id", field_id, "--filter-tenant"], []),
        (
            ["--field-id", field_id, "--filter-tenant", "-p", "some-project"],
            [future_id],
        ),
    ):
        listed = shell.show("hashmap mapping list", *filters)
        test.assertEqual(ids, [row["Mapping ID"] for row in listed], filters)
    # This message is the client's.
    shell.refuse("must provide", "hashmap mapping list")
    test.assertEqual(
        [mapping], shell.show("hashmap group mappings get", group_id)
    )
    _change_mappings(test, shell, mapping, future_id)
    test.assertEqual(
        [], shell.show("hashmap mapping list", "--field-id", field_id)
    )


def _create_mapping(test, shell, service_id, group_id) -> dict:
    """Create a mapping that is in force immediately; return its row."""
    created = shell.one(
        *("hashmap mapping create", "0.1", "-s", service_id),
        *("-g", group_id, "--name", "base", "--description", "words"),
    )
    row = {
        "Mapping ID": created["Mapping ID"],
        "Value": "",
        "Cost": DECIMAL,
        "Type": "flat",
        "Field ID": None,
        "Service ID": service_id,
        "Group ID": group_id,
        "Project ID": None,
    }
    expected = {
        **row,
        "Mapping Name": "base",
        "Mapping End Date": None,
        # The client reads the description from a wrong key.
        "Mapping Description": None,
    }
    test.assertEqual(expected, {key: created[key] for key in expected})
    test.assertEqual(
        row, shell.one("hashmap mapping get", created["Mapping ID"])
    )
    return row


def _create_future_mapping(test, shell, field_id) -> str:
    """Create a mapping that starts later; return its id."""
    created = shell.one(
        *("hashmap mapping create", "2", "--field-id", field_id),
        *("--value", "m1", "-t", "rate", "-p", "some-project"),
        *("--start", START, "--end", END),
    )
    columns = (
        "Mapping Start Date",
        "Mapping End Date",
        "Project ID",
        "Type",
        "Value",
    )
    test.assertEqual(
        (START, END, "some-project", "rate", "m1"),
        tuple(created[column] for column in columns),
    )
    return created["Mapping ID"]


def _change_mappings(test, shell, mapping, future_id) -> None:
    mapping_id = mapping["Mapping ID"]
    # Set the end of a rule in force; the client sends the whole rule.
    test.assertEqual(
        mapping,
        shell.one("hashmap mapping update", mapping_id, "--end", END),
    )
    shell.refuse(
        "has a defined end date",
        *("hashmap mapping update", mapping_id, "--cost", "3"),
    )
    changed = shell.one("hashmap mapping update", future_id, "--cost", "0.1")
    test.assertEqual(DECIMAL, changed["Cost"])
    shell.text("hashmap mapping delete", future_id)


def _thresholds(test, shell, service_id, field_id, group_id) -> None:
    created = shell.one(
        *("hashmap threshold create", "5", "0.1", "-s", service_id),
        *("-g", group_id, "-t", "rate", "-p", "some-project"),
    )
    threshold_id = created["Threshold ID"]
    test.assertEqual(
        {
            "Threshold ID": threshold_id,
            "Level": "5.00000000",
            "Cost": DECIMAL,
            "Type": "rate",
            "Field ID": None,
            "Service ID": service_id,
            "Group ID": group_id,
            "Project ID": "some-project",
        },
        created,
    )
    test.assertEqual(created, shell.one("hashmap threshold get", threshold_id))
    other = shell.one(
        *("hashmap threshold create", "1", "1", "--field-id", field_id)
    )
    for filters, expected in (
        (["-s", service_id], [created]),
        (["-s", service_id, "--no-group"], []),
        (["--field-id", field_id, "--no-group"], [other]),
        (["-g", group_id, "--filter-tenant"], []),
        (["-g", group_id, "--filter-tenant", "-p", "some-project"], [created]),
    ):
        listed = shell.show("hashmap threshold list", *filters)
        test.assertEqual(expected, listed, filters)
    shell.refuse("must provide", "hashmap threshold list")
    test.assertEqual(
        [created], shell.show("hashmap group thresholds get", group_id)
    )
    changed = shell.one(
        *("hashmap threshold update", threshold_id, "--cost", "2"),
        *("-l", "7"),
    )
    test.assertEqual(
        {
            **created,
            "Level": "7.00000000",
            "Cost": "2.0000000000000000000000000000",
        },
        changed,
    )
    shell.text("hashmap threshold delete", other["Threshold ID"])
    shell.refuse("404", "hashmap threshold get", other["Threshold ID"])


def pyscripts(test, shell) -> None:
    """Run the commands of ``pyscript``."""
    # The argument is the source or the name of a file.
    path = test.make_folder() / "script.py"
    path.write_text("a = 1\n")
    now = shell.one("pyscript create", "now", str(path))
    test.assertEqual(("now", "a = 1\n"), (now["Name"], now["Data"]))
    later = shell.one(
        *("pyscript create", "later", "b = 1", "--start", START),
        *("--end", END, "--description", "words"),
    )
    test.assertEqual(
        (START, END, "words"),
        tuple(
            later[f"Script {part}"]
            for part in ("Start Date", "End Date", "Description")
        ),
    )
    test.assertEqual([now, later], shell.show("pyscript list"))
    for row in shell.show("pyscript list", "-n"):
        test.assertIsNone(row["Data"])
    test.assertEqual(now, shell.one("pyscript get", now["Script ID"]))

    # Set the end of a script in force; the client sends the whole script.
    test.assertEqual(
        {**now, "Script End Date": END},
        shell.one("pyscript update", now["Script ID"], "--end", END),
    )
    shell.refuse(
        "has a defined end date",
        *("pyscript update", now["Script ID"], "-d", "a = 2"),
    )
    changed = shell.one(
        *("pyscript update", later["Script ID"], "-n", "other"),
        *("-d", "b = 2", "--description", "more"),
    )
    test.assertEqual(
        ("other", "b = 2", "more", START),
        tuple(
            changed[key]
            for key in (
                "Name",
                "Data",
                "Script Description",
                "Script Start Date",
            )
        ),
    )
    for row in (now, later):
        shell.text("pyscript delete", row["Script ID"])
    test.assertEqual([], shell.show("pyscript list"))
