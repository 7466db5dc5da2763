# SPDX-License-Identifier: Apache-2.0
"""Options of the storage of rated points."""

from oslo_config import cfg

OPTS = [
    cfg.StrOpt(
        "backend",
        default="sqlalchemy",
        help="Storage: an entry point of cloudkitty.storage.v2.backends, or "
        "of cloudkitty.storage.v1.backends if version is 1.",
    ),
    cfg.IntOpt(
        "version",
        default=2,
        min=1,
        max=2,
        help="Version of the storage interface. 1 with backend = sqlalchemy "
        "stores the points in the table rated_data_frames of CloudKitty 25, "
        "in the database of the service and in single precision; 2 stores "
        "exact prices.",
    ),
    cfg.BoolOpt(
        "allow_empty_history",
        default=False,
        help="Start although scopes are rated and the storage has no point, "
        "and another table or server has some, or CloudKitty 25 has rated the "
        "last period of a scope. Otherwise the API, the processor and "
        "cloudkitty-storage-init exit with a message that names the command "
        "or the options that show them.",
    ),
    cfg.IntOpt(
        "retention_period",
        default=2400,
        help="Retention of rated points in hours. Plugins of CloudKitty 25 "
        "can read it. Nothing is deleted unless purge_points is set: in "
        "CloudKitty 25 the option deletes nothing either.",
    ),
    cfg.BoolOpt(
        "purge_points",
        default=False,
        help="Delete rated points for good that are older than "
        "retention_period, and at least 31 days old. The processor does it, "
        "for version = 2 with backend = sqlalchemy, without an export. "
        "Points of unfinished tasks are kept.",
    ),
]

SQLALCHEMY_OPTS: list[cfg.Opt] = [
    cfg.StrOpt(
        "connection",
        secret=True,
        help="Version 2 only: SQLAlchemy URL of a separate database for the "
        "rated points. If it is not set, the points are stored in the "
        "database of the service, where the data of a task and its cursor "
        "change in one transaction.",
    ),
]

INFLUXDB_OPTS: list[cfg.Opt] = [
    cfg.IntOpt(
        "version",
        default=1,
        help="Version of InfluxDB. Version 2 is not supported yet.",
    ),
    cfg.StrOpt("username", help="InfluxDB 1.x: user."),
    cfg.StrOpt("password", secret=True, help="InfluxDB 1.x: password."),
    cfg.StrOpt("database", help="InfluxDB 1.x: name of the database."),
    cfg.StrOpt(
        "retention_policy",
        default="autogen",
        help="InfluxDB 1.x: retention policy of the rated points, for writes "
        "and reads. Upstream reads from the default policy of the database.",
    ),
    cfg.StrOpt("host", default="localhost", help="InfluxDB 1.x: host."),
    cfg.PortOpt("port", default=8086, help="InfluxDB 1.x: port."),
    cfg.BoolOpt("use_ssl", default=False, help="InfluxDB 1.x: use HTTPS."),
    cfg.BoolOpt(
        "insecure",
        default=False,
        help="InfluxDB 1.x: do not verify the certificate of the server.",
    ),
    cfg.StrOpt(
        "cafile",
        help="InfluxDB 1.x: file with the CA certificates to trust. Ignored "
        "if insecure is set.",
    ),
    cfg.StrOpt("url", help="InfluxDB 2: URL. Not used yet."),
    cfg.StrOpt("token", secret=True, help="InfluxDB 2: token. Not used yet."),
    cfg.StrOpt(
        "org",
        default="openstack",
        help="InfluxDB 2: organization. Not used yet.",
    ),
    cfg.StrOpt(
        "bucket",
        default="cloudkitty",
        help="InfluxDB 2: bucket. Not used yet.",
    ),
    cfg.IntOpt(
        "query_timeout",
        default=3600000,
        help="InfluxDB 2: timeout in milliseconds. Not used yet.",
    ),
    cfg.FloatOpt(
        "timeout",
        default=60,
        min=0,
        help="Timeout in seconds of one complete exchange with the server, "
        "from the connection to the last byte of the response. 0 means no "
        "timeout.",
    ),
]


def _search_opts(product: str) -> list[cfg.Opt]:
    """Return the options of one of the two search engines."""
    return [
        cfg.StrOpt(
            "host",
            default="http://localhost:9200",
            secret=True,
            help=f"URL of the {product} server. It may contain a user and a "
            "password.",
        ),
        cfg.StrOpt(
            "index_name",
            default="cloudkitty",
            help="Index, alias or data stream that contains the rated "
            "points. cloudkitty-storage-init creates it.",
        ),
        cfg.StrOpt("username", help="User of HTTP basic authentication."),
        cfg.StrOpt(
            "password",
            secret=True,
            help="Password of HTTP basic authentication.",
        ),
        cfg.BoolOpt(
            "insecure",
            default=False,
            help="Do not verify the certificate of the server. Ignored if "
            "cafile is set.",
        ),
        cfg.StrOpt("cafile", help="File with the CA certificates to trust."),
        cfg.IntOpt(
            "scroll_duration",
            default=30,
            min=0,
            max=300,
            help="Time in seconds for which the server keeps the consistent "
            "view of a long list between two requests. 0 means 60 seconds.",
        ),
        cfg.BoolOpt(
            "use_datastream",
            default=False,
            help="The points are in a data stream.",
        ),
        cfg.FloatOpt(
            "timeout",
            default=60,
            min=0,
            help="Timeout in seconds of one complete exchange with the "
            "server, from the connection to the last byte of the response. 0 "
            "means no timeout.",
        ),
        cfg.IntOpt(
            "max_response_size",
            default=256 * 1024 * 1024,
            min=1024,
            help="Maximum size of one response in bytes, after "
            "decompression. A larger response is an error; pages of points "
            "are requested again with fewer points.",
        ),
    ]


OPENSEARCH_OPTS = _search_opts("OpenSearch")
ELASTICSEARCH_OPTS = _search_opts("Elasticsearch")


def list_opts() -> list[tuple[str, list[cfg.Opt]]]:
    """Return the groups and their options."""
    return [
        ("storage", OPTS),
        ("storage_sqlalchemy", SQLALCHEMY_OPTS),
        ("storage_influxdb", INFLUXDB_OPTS),
        ("storage_opensearch", OPENSEARCH_OPTS),
        ("storage_elasticsearch", ELASTICSEARCH_OPTS),
    ]
