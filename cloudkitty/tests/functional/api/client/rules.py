# SPDX-License-Identifier: Apache-2.0
"""The commands that make, show, change and delete rules and scripts."""

#: Long after the test.
START = "2970-01-01T00:00:00"
END = "2980-01-01T00:00:00"
DECIMAL = "0.1000000000000000000000000000"


def hashmap(test, shell) -> None:
    """Walk through ``hashmap``."""
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
    # In force from now on.
    made = shell.one(
        *("hashmap mapping create", "0.1", "-s", service_id),
        *("-g", group_id, "--name", "base", "--description", "words"),
    )
    mapping_id = made["Mapping ID"]
    expected = {
        "Mapping ID": mapping_id,
        "Value": "",
        "Cost": DECIMAL,
        "Type": "flat",
        "Field ID": None,
        "Service ID": service_id,
        "Group ID": group_id,
        "Project ID": None,
    }
    told = {
        **expected,
        "Mapping Name": "base",
        "Mapping End Date": None,
        # The client does not look where it is.
        "Mapping Description": None,
    }
    test.assertEqual(told, {key: made[key] for key in told})
    test.assertEqual(expected, shell.one("hashmap mapping get", mapping_id))

    later = shell.one(
        *("hashmap mapping create", "2", "--field-id", field_id),
        *("--value", "m1", "-t", "rate", "-p", "some-project"),
        *("--start", START, "--end", END),
    )
    later_id = later["Mapping ID"]
    test.assertEqual(
        (START, END, "some-project", "rate", "m1"),
        tuple(
            later[key]
            for key in (
                "Mapping Start Date",
                "Mapping End Date",
                "Project ID",
                "Type",
                "Value",
            )
        ),
    )

    for filters, ids in (
        (["-s", service_id], [mapping_id]),
        (["-s", service_id, "--no-group"], []),
        (["-g", group_id], [mapping_id]),
        (["--field-id", field_id], [later_id]),
        (["--field-id", field_id, "--filter-tenant"], []),
        (
            ["--field-id", field_id, "--filter-tenant", "-p", "some-project"],
            [later_id],
        ),
    ):
        listed = shell.show("hashmap mapping list", *filters)
        test.assertEqual(ids, [row["Mapping ID"] for row in listed], filters)
    # The client's own word.
    shell.refuse("must provide", "hashmap mapping list")
    test.assertEqual(
        [expected], shell.show("hashmap group mappings get", group_id)
    )

    # A rule in force is given an end; the client sends all of it back.
    test.assertEqual(
        expected,
        shell.one("hashmap mapping update", mapping_id, "--end", END),
    )
    shell.refuse(
        "has a defined end date",
        *("hashmap mapping update", mapping_id, "--cost", "3"),
    )
    changed = shell.one("hashmap mapping update", later_id, "--cost", "0.1")
    test.assertEqual(DECIMAL, changed["Cost"])

    shell.text("hashmap mapping delete", later_id)
    test.assertEqual(
        [], shell.show("hashmap mapping list", "--field-id", field_id)
    )


def _thresholds(test, shell, service_id, field_id, group_id) -> None:
    made = shell.one(
        *("hashmap threshold create", "5", "0.1", "-s", service_id),
        *("-g", group_id, "-t", "rate", "-p", "some-project"),
    )
    threshold_id = made["Threshold ID"]
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
        made,
    )
    test.assertEqual(made, shell.one("hashmap threshold get", threshold_id))
    other = shell.one(
        *("hashmap threshold create", "1", "1", "--field-id", field_id)
    )
    for filters, expected in (
        (["-s", service_id], [made]),
        (["-s", service_id, "--no-group"], []),
        (["--field-id", field_id, "--no-group"], [other]),
        (["-g", group_id, "--filter-tenant"], []),
        (["-g", group_id, "--filter-tenant", "-p", "some-project"], [made]),
    ):
        listed = shell.show("hashmap threshold list", *filters)
        test.assertEqual(expected, listed, filters)
    shell.refuse("must provide", "hashmap threshold list")
    test.assertEqual(
        [made], shell.show("hashmap group thresholds get", group_id)
    )
    changed = shell.one(
        *("hashmap threshold update", threshold_id, "--cost", "2"),
        *("-l", "7"),
    )
    test.assertEqual(
        {
            **made,
            "Level": "7.00000000",
            "Cost": "2.0000000000000000000000000000",
        },
        changed,
    )
    shell.text("hashmap threshold delete", other["Threshold ID"])
    shell.refuse("404", "hashmap threshold get", other["Threshold ID"])


def pyscripts(test, shell) -> None:
    """Walk through ``pyscript``."""
    # Text, or the name of a file with it.
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

    # A script in force is given an end; the client sends all of it back.
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
