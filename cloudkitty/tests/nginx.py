# SPDX-License-Identifier: Apache-2.0
"""A configuration of nginx whose files are all in one folder."""

import pathlib

_NGINX = """\
daemon off;
pid {folder}/nginx.pid;
error_log stderr;
worker_processes 1;
events {{}}
http {{
access_log off;
client_body_temp_path {folder}/body;
proxy_temp_path {folder}/proxy;
fastcgi_temp_path {folder}/fastcgi;
uwsgi_temp_path {folder}/uwsgi;
scgi_temp_path {folder}/scgi;
{servers}
}}
"""


def configuration(folder: pathlib.Path, servers: str) -> str:
    """Return ``nginx.conf`` of a process in the foreground.

    :param servers: its ``server`` or ``include`` directives.
    """
    return _NGINX.format(folder=folder, servers=servers)
