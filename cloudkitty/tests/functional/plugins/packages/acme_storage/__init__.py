# SPDX-License-Identifier: Apache-2.0
"""A storage of version 2: one file with a line for each point."""

import collections
import contextlib
import datetime
import decimal
import fcntl
import json
import os

from oslo_config import cfg

from cloudkitty import dataframe
from cloudkitty.storage import v2
from cloudkitty.utils import json as ck_json
from cloudkitty.utils import tz

CONF = cfg.CONF
CONF.register_opts([cfg.StrOpt("path")], "storage_acme")


class AcmeStorage(v2.BaseStorage):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self._path = CONF.storage_acme.path

    def init(self):
        open(self._path, "a").close()

    @contextlib.contextmanager
    def _locked(self):
        with open(f"{self._path}.lock", "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def push(self, dataframes, scope_id=None):
        with self._locked(), open(self._path, "a") as file:
            for frame in dataframes:
                for metric, point in frame.iterpoints():
                    row = point.as_dict(mutable=True)
                    row["vol"]["qty"] = str(row["vol"]["qty"])
                    row["rating"]["price"] = str(row["rating"]["price"])
                    row.update(type=metric, begin=frame.start, end=frame.end)
                    file.write(ck_json.dumps(row) + "\n")

    def _rows(self):
        with open(self._path) as file:
            for line in file:
                row = json.loads(line)
                row["begin"] = datetime.datetime.fromisoformat(row["begin"])
                row["end"] = datetime.datetime.fromisoformat(row["end"])
                yield row

    def _matches(self, row, begin, end, filters, types=None):
        # Naive times are UTC.
        begin, end = (tz.utc_to_local(one) for one in (begin, end))
        if not begin <= row["begin"] < end:
            return False
        if types and row["type"] not in types:
            return False
        for key, value in (filters or {}).items():
            values = value if isinstance(value, list) else [value]
            found = row["groupby"].get(key, row["metadata"].get(key, ""))
            if found not in values:
                return False
        return True

    def retrieve(
        self,
        begin=None,
        end=None,
        filters=None,
        metric_types=None,
        offset=0,
        limit=1000,
        paginate=True,
    ):
        rows = [
            row
            for row in self._rows()
            if self._matches(row, begin, end, filters, metric_types)
        ]
        rows.sort(key=lambda row: (row["begin"], row["type"]))
        page = rows[offset : offset + limit] if paginate else rows
        frames = {}
        for row in page:
            frame = frames.setdefault(
                (row["begin"], row["end"]),
                dataframe.DataFrame(
                    tz.utc_to_local(row["begin"]), tz.utc_to_local(row["end"])
                ),
            )
            frame.add_point(
                dataframe.DataPoint(
                    row["vol"]["unit"],
                    row["vol"]["qty"],
                    row["rating"]["price"],
                    row["groupby"],
                    row["metadata"],
                ),
                row["type"],
            )
        return {"total": len(rows), "dataframes": list(frames.values())}

    def delete(self, begin=None, end=None, filters=None):
        assert filters, "everything would be deleted"
        with self._locked():
            kept = [
                row
                for row in self._rows()
                if not self._matches(row, begin, end, filters)
            ]
            with open(f"{self._path}.new", "w") as file:
                file.writelines(ck_json.dumps(row) + "\n" for row in kept)
            os.replace(f"{self._path}.new", self._path)

    def total(
        self,
        groupby=None,
        begin=None,
        end=None,
        metric_types=None,
        filters=None,
        custom_fields=None,
        offset=0,
        limit=1000,
        paginate=True,
    ):
        items = self.parse_groupby_syntax_to_groupby_elements(groupby or [])
        sums = collections.defaultdict(lambda: [decimal.Decimal(0)] * 2)
        for row in self._rows():
            if self._matches(row, begin, end, filters, metric_types):
                values = {**row["metadata"], **row["groupby"]}
                values.update(type=row["type"], time=row["begin"])
                key = tuple(values.get(item, "") for item in items)
                qty, rate = sums[key]
                sums[key] = [
                    qty + decimal.Decimal(row["vol"]["qty"]),
                    rate + decimal.Decimal(row["rating"]["price"]),
                ]
        results = []
        for key in sorted(sums):
            row = dict(zip(items, key, strict=True))
            at = row.pop("time", None)
            hour = datetime.timedelta(seconds=self._period)
            row["begin"] = tz.utc_to_local(at or begin)
            row["end"] = tz.utc_to_local(at + hour if at else end)
            # As the stores behind such drivers: floating point.
            row["qty"], row["rate"] = map(float, sums[key])
            results.append(row)
        total = len(results)
        if paginate:
            results = results[offset : offset + limit]
        return {"total": total, "results": results}
