# SPDX-License-Identifier: Apache-2.0
"""The usage that is rated: deterministic, as blocks of a Prometheus.

Each scope (label ``project_id``) has series of ``instance_up`` (labels
``instance_id`` and ``flavor``, always 1) and of ``volume_size_gb`` (label
``volume_id``; now and then a volume is extended). Samples are shifted by a
minute, so that none lies on a period's edge: up to Prometheus 2 a range is
closed on both sides.
"""

import collections.abc
import dataclasses
import datetime
import hashlib
import json
import pathlib
import random
import shutil
import subprocess
import typing

from benchmarks import settings as ck_settings

FLAVORS = ("m1.tiny", "m1.small", "m1.medium", "m1.large")
SIZES = (10, 20, 50, 100)
#: Share of a volume's samples before which it grows by ``GROWN_BY`` GiB.
GROWTH = 0.002
GROWN_BY = 10
OFFSET_SECONDS = 60
#: In the past by every sensible clock; in no way special otherwise.
BEGIN = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
#: A block for two hours each, as is the default, takes minutes for a year.
_BLOCK = "744h"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Shape:
    """How large it is.

    :param step: seconds from one sample to the next.
    :param seed: another one gives other flavors and sizes.
    """

    scopes: int = 20
    instances: int = 10
    volumes: int = 5
    days: int = 7
    begin: datetime.datetime = BEGIN
    step: int = 900
    seed: int = 42

    @property
    def end(self) -> datetime.datetime:
        """Return where the samples end."""
        return self.begin + datetime.timedelta(days=self.days)

    @property
    def periods(self) -> int:
        """Return how many periods it covers."""
        return self.days * 24

    @property
    def points_per_period(self) -> int:
        """Return how many points a scope has in each of them."""
        return self.instances + self.volumes

    @property
    def scope_ids(self) -> list[str]:
        """Return the scopes."""
        return [scope_id(number) for number in range(self.scopes)]

    def key(self) -> str:
        """Return a name that no other shape has."""
        text = json.dumps(dataclasses.asdict(self), default=str)
        digest = hashlib.sha256(text.encode()).hexdigest()[:8]
        return (
            f"{self.scopes}x{self.instances}+{self.volumes}x{self.days}d"
            f"-{digest}"
        )


def scope_id(number: int) -> str:
    """Return 32 hex digits, like the id of a project."""
    return f"{0xC0FFEE << 104 | number:032x}"


def lines(shape: Shape) -> collections.abc.Iterator[str]:
    """Yield the OpenMetrics text; nothing but one series is kept."""
    rnd = random.Random(shape.seed)
    first = int(shape.begin.timestamp()) + OFFSET_SECONDS
    times = range(first, int(shape.end.timestamp()), shape.step)
    # promtool wants each family in one piece.
    yield "# TYPE instance_up gauge\n"
    for scope in range(shape.scopes):
        for number in range(shape.instances):
            labels = (
                f'project_id="{scope_id(scope)}",'
                f'instance_id="i-{scope:03d}-{number:03d}",'
                f'flavor="{rnd.choice(FLAVORS)}"'
            )
            for at in times:
                yield f"instance_up{{{labels}}} 1 {at}\n"
    yield "# TYPE volume_size_gb gauge\n"
    for scope in range(shape.scopes):
        for number in range(shape.volumes):
            labels = (
                f'project_id="{scope_id(scope)}",'
                f'volume_id="v-{scope:03d}-{number:03d}"'
            )
            size = rnd.choice(SIZES)
            for at in times:
                if rnd.random() < GROWTH:
                    size += GROWN_BY
                yield f"volume_size_gb{{{labels}}} {size} {at}\n"
    yield "# EOF\n"


def write(shape: Shape, file: typing.TextIO) -> None:
    """Write the OpenMetrics text."""
    file.writelines(lines(shape))


def prepare(settings: ck_settings.Settings, shape: Shape) -> pathlib.Path:
    """Return the folder of the blocks, made unless it is there.

    :raises subprocess.CalledProcessError: if promtool cannot make them.
    """
    folder = settings.folder("datasets") / shape.key()
    if folder.is_dir():
        return folder
    text = folder.with_suffix(".om")
    with text.open("w") as file:
        write(shape, file)
    # Under another name first: what is half done is never taken for whole.
    half = folder.with_suffix(".half")
    shutil.rmtree(half, ignore_errors=True)
    subprocess.run(
        [
            "promtool",
            "tsdb",
            "create-blocks-from",
            f"--max-block-duration={_BLOCK}",
            "openmetrics",
            "-q",
            str(text),
            str(half),
        ],
        check=True,
    )
    text.unlink()
    half.rename(folder)
    return folder
