# SPDX-License-Identifier: Apache-2.0
"""The configuration files that deployment tools write.

``files/NAME.conf`` has the values of a tool, written by us from knowledge of
the tool. Placeholders stand for addresses, passwords and folders.
"""

import collections.abc
import pathlib
import re

import cloudkitty

FILES = pathlib.Path(__file__).parent / "files"
ETC = pathlib.Path(cloudkitty.__file__).parents[1] / "etc" / "cloudkitty"
#: The tools' deployments.
NAMES = (
    "kolla-ansible-2026.1",
    "kolla-ansible-master",
    "kolla-ansible-2025",
    "kolla-ansible-opensearch",
    "openstack-ansible",
    "charm",
    "helm",
    "devstack",
    "puppet",
)
_PLACEHOLDER = re.compile(r"\{(\w+)\}")

Values = collections.abc.Mapping[str, str]


def render(name: str, values: Values) -> str:
    """Return the text of ``cloudkitty.conf``.

    :param name: one of ``NAMES``.
    :raises KeyError: names a placeholder without a value.
    """
    template = (FILES / f"{name}.conf").read_text()
    return _PLACEHOLDER.sub(lambda match: values[match[1]], template)


def placeholders(name: str) -> set[str]:
    """Return the names of the values that a file needs."""
    return set(_PLACEHOLDER.findall((FILES / f"{name}.conf").read_text()))


def write(name: str, values: Values, etc: pathlib.Path) -> pathlib.Path:
    """Write the files of a deployment, return the path of the first.

    The metrics are those of this package's sample for the collector.

    :param etc: becomes ``/etc/cloudkitty``.
    """
    text = render(name, values)
    conf = etc / "cloudkitty.conf"
    conf.write_text(text)
    paste = (FILES / "api-paste.ini").read_text()
    # The tools disagree about its name.
    for spelling in ("api-paste.ini", "api_paste.ini"):
        (etc / spelling).write_text(paste)
    (etc / "logging.conf").write_text((FILES / "logging.conf").read_text())
    (etc / "policy.yaml").write_text("{}\n")
    sample = "metrics.yml"
    if "collector = prometheus" in text:
        sample = "metrics.prometheus.yml"
    (etc / "metrics.yml").write_text((ETC / sample).read_text())
    return conf
