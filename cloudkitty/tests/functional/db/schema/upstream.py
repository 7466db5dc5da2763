# SPDX-License-Identifier: Apache-2.0
"""A database of upstream's release 25, with some rows.

Written from its observable schema, not from its migrations: columns, types
and keys of a database that it created.
"""

import sqlalchemy as sa

HEADS = {
    "cloudkitty_alembic": "385e33fef139",
    "hashmap_alembic": "8a591f85865f",
    "pyscripts_alembic": "c6e4cda29654",
    "storage_states_alembic": "9feccd32",
}

_AUDIT = """
    created_at DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
    start DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
    {quote}end{quote} DATETIME,
    description {short},
    deleted DATETIME,
    created_by VARCHAR(32) NOT NULL,
    updated_by VARCHAR(32),
    deleted_by VARCHAR(32)
"""

_PARENTS = """
    service_id INTEGER,
    field_id INTEGER,
    group_id INTEGER,
    tenant_id VARCHAR(255)
"""

_PARENT_KEYS = """
    CONSTRAINT fk_{table}_service_id_hashmap_services
        FOREIGN KEY (service_id) REFERENCES hashmap_services (id)
        ON DELETE CASCADE,
    CONSTRAINT fk_{table}_field_id_hashmap_fields
        FOREIGN KEY (field_id) REFERENCES hashmap_fields (id)
        ON DELETE CASCADE,
    CONSTRAINT fk_{table}_group_id_hashmap_groups
        FOREIGN KEY (group_id) REFERENCES hashmap_groups (id)
        ON DELETE SET NULL
"""

_TABLES = {
    "modules_state": """
        name VARCHAR(255) NOT NULL PRIMARY KEY,
        state BOOLEAN NOT NULL,
        priority INTEGER
    """,
    "states": """
        name VARCHAR(255) NOT NULL PRIMARY KEY,
        state BIGINT NOT NULL,
        s_metadata TEXT
    """,
    "service_to_collector_mappings": """
        service VARCHAR(255) NOT NULL PRIMARY KEY,
        collector VARCHAR(255) NOT NULL
    """,
    "cloudkitty_storage_states": """
        {id},
        identifier VARCHAR(256) NOT NULL,
        scope_key VARCHAR(40),
        fetcher VARCHAR(40),
        collector VARCHAR(40),
        last_processed_timestamp DATETIME NOT NULL,
        scope_activation_toggle_date DATETIME NOT NULL
            DEFAULT CURRENT_TIMESTAMP,
        active BOOLEAN NOT NULL,
        CONSTRAINT uq_cloudkitty_storage_states_identifier
            UNIQUE (identifier, scope_key, collector, fetcher)
    """,
    "storage_scope_reprocessing_schedule": """
        {id},
        identifier VARCHAR(256) NOT NULL,
        start_reprocess_time DATETIME NOT NULL,
        end_reprocess_time DATETIME NOT NULL,
        current_reprocess_time DATETIME,
        reason TEXT NOT NULL
    """,
    "hashmap_services": """
        {id},
        service_id VARCHAR(36) NOT NULL,
        name VARCHAR(255) NOT NULL,
        CONSTRAINT uq_hashmap_services_service_id UNIQUE (service_id),
        CONSTRAINT uq_hashmap_services_name UNIQUE (name)
    """,
    "hashmap_groups": """
        {id},
        group_id VARCHAR(36) NOT NULL,
        name VARCHAR(255) NOT NULL,
        CONSTRAINT uq_hashmap_groups_group_id UNIQUE (group_id),
        CONSTRAINT uq_hashmap_groups_name UNIQUE (name)
    """,
    "hashmap_fields": """
        {id},
        field_id VARCHAR(36) NOT NULL,
        name VARCHAR(255) NOT NULL,
        service_id INTEGER NOT NULL,
        CONSTRAINT uq_hashmap_fields_field_id UNIQUE (field_id),
        CONSTRAINT uniq_field_per_service UNIQUE (service_id, name),
        CONSTRAINT fk_hashmap_fields_service_id_hashmap_services
            FOREIGN KEY (service_id) REFERENCES hashmap_services (id)
            ON DELETE CASCADE
    """,
    "hashmap_mappings": """
        {id},
        mapping_id VARCHAR(36) NOT NULL,
        {quote}value{quote} VARCHAR(255),
        cost NUMERIC(40, 28) {lost},
        map_type {map_type} NOT NULL,
        name VARCHAR(32) NOT NULL,
        """
    + _AUDIT
    + ","
    + _PARENTS
    + """,
        CONSTRAINT uq_hashmap_mappings_mapping_id UNIQUE (mapping_id),
        """
    + _PARENT_KEYS,
    "hashmap_thresholds": """
        {id},
        threshold_id VARCHAR(36) NOT NULL,
        level NUMERIC(20, 8),
        cost NUMERIC(40, 28) {lost},
        map_type {map_type} NOT NULL,
        """
    + _PARENTS
    + """,
        CONSTRAINT uq_hashmap_thresholds_threshold_id UNIQUE (threshold_id),
        CONSTRAINT uniq_field_threshold UNIQUE (level, field_id, tenant_id),
        CONSTRAINT uniq_service_threshold
            UNIQUE (level, service_id, tenant_id),
        """
    + _PARENT_KEYS,
    "pyscripts_scripts": """
        {id},
        script_id VARCHAR(36) NOT NULL UNIQUE,
        name VARCHAR(255) NOT NULL,
        data BLOB NOT NULL,
        checksum VARCHAR(128) {lost},
        """
    + _AUDIT,
}

_WORDS = {
    "sqlite": {
        "id": "id INTEGER NOT NULL PRIMARY KEY",
        "quote": '"',
        "short": "TEXT(256)",
        "map_type": "VARCHAR(4) CHECK (map_type IN ('flat', 'rate'))",
        "lost": "NOT NULL",
    },
    "mysql": {
        "id": "id INTEGER NOT NULL AUTO_INCREMENT PRIMARY KEY",
        "quote": "`",
        "short": "TEXT(256)",
        "map_type": "ENUM('flat', 'rate')",
        # A later change of the column's type took the NOT NULL away.
        "lost": "NULL",
    },
}

#: Rows, in an order in which the keys they refer to are there.
ROWS = (
    ("modules_state", {"name": "hashmap", "state": True, "priority": 3}),
    ("states", {"name": "csv_one", "state": 1, "s_metadata": "{}"}),
    (
        "service_to_collector_mappings",
        {"service": "cpu", "collector": "gnocchi"},
    ),
    *(
        (
            "cloudkitty_storage_states",
            {
                "id": number,
                "identifier": identifier,
                "scope_key": key,
                "fetcher": key and "keystone",
                "collector": key and "prometheus",
                "last_processed_timestamp": "2026-11-02 00:00:00",
                "scope_activation_toggle_date": "2026-01-02 03:04:05",
                "active": True,
            },
        )
        for number, identifier, key in (
            (1, "Project", "project_id"),
            (2, "fresh", None),
            (3, "caf\u00e9", "project_id"),
        )
    ),
    *(
        (
            "storage_scope_reprocessing_schedule",
            {
                "id": number,
                "identifier": "Project",
                "start_reprocess_time": "2026-11-01 00:00:00",
                "end_reprocess_time": "2026-11-01 05:00:00",
                "current_reprocess_time": current,
                "reason": "because of caf\u00e9",
            },
        )
        for number, current in (
            (1, "2026-11-01 05:00:00"),
            (2, "2026-11-01 02:00:00"),
            (3, None),
        )
    ),
    ("hashmap_services", {"id": 1, "service_id": "s" * 36, "name": "cpu"}),
    ("hashmap_groups", {"id": 1, "group_id": "g" * 36, "name": "extras"}),
    (
        "hashmap_fields",
        {"id": 1, "field_id": "f" * 36, "name": "flavor", "service_id": 1},
    ),
    (
        "hashmap_mappings",
        {
            "id": 1,
            "mapping_id": "m" * 36,
            "value": "m1.tiny",
            "cost": "0.1234567890123456789012345678",
            "map_type": "flat",
            "name": "n" * 32,
            "created_at": "2026-01-02 03:04:05",
            "start": "1970-01-01 00:00:00",
            "created_by": "migration",
            "field_id": 1,
            "group_id": 1,
        },
    ),
    (
        "hashmap_thresholds",
        {
            "id": 1,
            "threshold_id": "t" * 36,
            "level": "10.5",
            "cost": "2",
            "map_type": "rate",
            "service_id": 1,
            "tenant_id": "Project",
        },
    ),
    (
        "pyscripts_scripts",
        {
            "id": 1,
            "script_id": "p" * 36,
            "name": "mine",
            "data": b"x\x9c\x00",
            "checksum": "c" * 128,
            "created_at": "2026-01-02 03:04:05",
            "start": "2014-01-01 00:00:00",
            "created_by": "migration",
        },
    ),
)


def make(connection: sa.Connection, dialect: str) -> None:
    """Create the tables, with rows in each.

    :param dialect: ``sqlite`` or ``mysql``; upstream's migrations do not
        come to their end on PostgreSQL.
    """
    options = " ENGINE=InnoDB CHARACTER SET utf8" if dialect == "mysql" else ""
    for name, parts in _TABLES.items():
        # On one line: SQLAlchemy 2.0 reads keys in SQLite's text of a table.
        body = " ".join(parts.format(table=name, **_WORDS[dialect]).split())
        connection.exec_driver_sql(f"CREATE TABLE {name} ({body}){options}")
    for name, head in HEADS.items():
        connection.exec_driver_sql(
            f"CREATE TABLE {name} (version_num VARCHAR(32) NOT NULL, "
            f"CONSTRAINT {name}_pkc PRIMARY KEY (version_num)){options}"
        )
        insert(connection, name, {"version_num": head})
    for name, row in ROWS:
        insert(connection, name, row)


def insert(
    connection: sa.Connection, name: str, row: dict[str, object]
) -> None:
    """Insert a row that has upstream's columns only."""
    columns = [sa.column(column) for column in row]
    connection.execute(sa.insert(sa.table(name, *columns)).values(row))


def read(connection: sa.Connection) -> list[tuple[object, ...]]:
    """Return all rows, of upstream's columns only."""
    found: list[tuple[object, ...]] = []
    for name in dict.fromkeys(name for name, _ in ROWS):
        names = dict.fromkeys(
            column for table, row in ROWS if table == name for column in row
        )
        columns = [sa.column(column) for column in names]
        found += (
            (name, *row)
            for row in connection.execute(
                sa.select(*columns)
                .select_from(sa.table(name))
                .order_by(columns[0])
            )
        )
    return found
