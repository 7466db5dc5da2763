# SPDX-License-Identifier: Apache-2.0
"""The files that both sides are configured with."""

METRICS = """\
metrics:
  instance_up:
    unit: instance
    groupby: [instance_id]
    metadata: [flavor]
    extra_args: {aggregation_method: max}
  volume_size_gb:
    unit: GiB
    groupby: [volume_id]
    metadata: []
    extra_args: {aggregation_method: max}
"""

GUNICORN = """\
bind = "127.0.0.1:{port}"
workers = 1
threads = {threads}
worker_class = "gthread"
wsgi_app = "cloudkitty.wsgi.api:application"
timeout = 600
keepalive = 75
try:
    # The released upstream answers 500 to the creation of a mapping without
    # authentication unless something registers [keystone_authtoken].
    import keystonemiddleware.auth_token
except ImportError:
    pass
"""

CONFIGURATION = """\
[DEFAULT]
auth_strategy = noauth
transport_url = fake://
api_paste_config = {folder}/api_paste.ini
host = bench
[database]
connection = {database}
[collect]
collector = prometheus
metrics_conf = {folder}/metrics.yml
period = {period}
wait_periods = {wait}
scope_key = project_id
[fetcher]
backend = source
[fetcher_source]
sources = {scopes}
[collector_prometheus]
prometheus_url = {prometheus}
[oslo_concurrency]
lock_path = {folder}/locks
[orchestrator]
coordination_url = file://{folder}/locks
max_workers = {workers}
max_workers_reprocessing = {reprocessing}
"""
