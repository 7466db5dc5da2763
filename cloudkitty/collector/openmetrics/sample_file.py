# SPDX-License-Identifier: Apache-2.0
"""Samples of an OpenMetrics text file, as promtool would store them."""

import array
import collections.abc
import dataclasses
import os
import threading

from prometheus_client import samples as om_samples
from prometheus_client.openmetrics import parser


class UnusableFile(Exception):
    """The file cannot be read; the text gives the reason."""


@dataclasses.dataclass(frozen=True, slots=True)
class Series:
    """Samples of one label set, by ascending time.

    :param labels: without the metric's name and without empty values,
        which mean "no such label".
    :param times: Unix times in milliseconds.
    :param values: one for each time.
    """

    labels: dict[str, str]
    times: "array.array[int]"
    values: "array.array[float]"


#: (metric name, scope id) to series, in the order of their labels.
Index = dict[tuple[str, str], list[Series]]


class SampleFile:
    """A file that is read once, and again when it changes; thread-safe.

    :param path: OpenMetrics text; every sample with its time.
    :param scope_label: label that holds the scope id.
    """

    def __init__(self, path: str, scope_label: str) -> None:
        self._path = path
        self._scope_label = scope_label
        self._lock = threading.Lock()
        self._signature: tuple[int, ...] = ()
        self._index: Index = {}
        self._failure: str | None = None

    def series(
        self, name: str, scope_ids: collections.abc.Iterable[str]
    ) -> dict[str, list[Series]]:
        """Return the series of a metric and of each scope.

        All are from one version of the file.

        :param name: of the series, as written before the labels: the name
            of a counter ends in ``_total``.
        :raises UnusableFile: if the file is missing or malformed.
        """
        with self._lock:
            self._refresh()
            if self._failure:
                raise UnusableFile(self._failure)
            index = self._index
        return {each: index.get((name, each), []) for each in scope_ids}

    def _refresh(self) -> None:
        try:
            stat = os.stat(self._path)
        except OSError as err:
            self._signature = ()
            self._failure = f"{self._path}: {err.strerror}"
            return
        signature = (stat.st_ino, stat.st_size, stat.st_mtime_ns)
        if signature == self._signature:
            return
        self._index = {}
        try:
            self._index = _read(self._path, self._scope_label)
            self._failure = None
            self._signature = signature
        except UnusableFile as err:
            self._failure = str(err)
            self._signature = signature
        except OSError as err:
            # Not cached: the file itself may be fine.
            self._signature = ()
            self._failure = f"{self._path}: {err.strerror}"


def _read(path: str, scope_label: str) -> Index:
    found: dict[tuple[str, tuple[tuple[str, str], ...]], Series] = {}
    try:
        # Only a line feed ends a line; a carriage return is data.
        with open(path, encoding="utf-8", newline="\n") as file:
            for sample in _samples(file):
                _add(found, sample)
    except UnicodeDecodeError as err:
        raise UnusableFile(f"{path} is not UTF-8 text") from err
    except (
        ValueError,
        LookupError,
        TypeError,
        AttributeError,
        OverflowError,
    ) as err:
        # The parser raises all of these for malformed lines.
        raise UnusableFile(
            f"{path} is not OpenMetrics text with times: {str(err)[:200]}"
        ) from err
    index: Index = {}
    for name, labels in sorted(found):
        series = found[name, labels]
        scope_id = series.labels.get(scope_label, "")
        index.setdefault((name, scope_id), []).append(series)
    return index


def _samples(
    file: collections.abc.Iterable[str],
) -> collections.abc.Iterator[om_samples.Sample]:
    for family in parser.text_fd_to_metric_families(file):
        yield from family.samples


def _add(
    found: dict[tuple[str, tuple[tuple[str, str], ...]], Series],
    sample: om_samples.Sample,
) -> None:
    # The sample's name, not the family's: promtool names series after it.
    labels = {k: v for k, v in (sample.labels or {}).items() if v}
    key = (sample.name, tuple(sorted(labels.items())))
    series = found.get(key)
    if series is None:
        series = found[key] = Series(
            labels, array.array("q"), array.array("d")
        )
    at = _milliseconds(sample.timestamp)
    if series.times and at <= series.times[-1]:
        if at == series.times[-1]:
            return
        raise ValueError(f"times of {sample.name} decrease")
    series.times.append(at)
    series.values.append(sample.value)


def _milliseconds(at: om_samples.Timestamp | float | None) -> int:
    """Return a time as Prometheus stores it: truncated, not rounded."""
    if at is None:
        raise ValueError("a sample has no time")
    return int(float(str(at)) * 1000)
