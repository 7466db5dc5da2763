# SPDX-License-Identifier: Apache-2.0
"""The report of tasks as one HTML page that loads nothing else."""

import collections.abc
import dataclasses
import datetime
import html

from cloudkitty.client import http
from cloudkitty.client import svg
from cloudkitty.client import totals
from cloudkitty.common import money

#: Maximum number of groups of bars in the chart of scopes.
MAX_SCOPES = 50

# The policy forbids scripts and every request of the page.
_PAGE = """\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy"
 content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="data:,">
<title>{title}</title>
<style>{style}</style>
</head>
<body>
<h1>{title}</h1>
{facts}
{tiles}
{charts}
<h2>Metrics and scopes</h2>
{table}
<footer>Prices are exact sums of the rated data. Created at {now}.</footer>
</body>
</html>
"""
_STYLE = """
:root { --ink: #1d2430; --soft: #5b6472; --line: #d8dde4; --card: #f5f7f9;
 --before: #9aa5b4; --after: #1f6fb2; --back: #ffffff; }
@media (prefers-color-scheme: dark) { :root { --ink: #e7ebf0;
 --soft: #a3adba; --line: #3a4350; --card: #222933; --before: #6f7b8b;
 --after: #5aa9e6; --back: #171c23; } }
body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink);
 background: var(--back); max-width: 960px; margin: 2rem auto;
 padding: 0 1rem; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.1rem; margin-top: 2rem; }
dl { display: grid; grid-template-columns: 8rem 1fr; gap: .2rem 1rem; }
dt, footer { color: var(--soft); } dd { margin: 0; }
.tiles { display: flex; flex-wrap: wrap; gap: 1rem; }
.tile { flex: 1; background: var(--card); border-radius: 6px;
 padding: .7rem 1rem; }
.tile b { display: block; font-size: 1.35rem; overflow-wrap: anywhere; }
.legend span { margin-right: 1.2rem; }
.legend i { display: inline-block; width: .8rem; height: .8rem;
 border-radius: 2px; margin-right: .4rem; }
.bar.before, i.before { fill: var(--before); background: var(--before); }
.bar.after, i.after { fill: var(--after); background: var(--after); }
.axis { stroke: var(--line); } svg text { font-size: 12px; }
.name { text-anchor: end; fill: var(--ink); } .value { fill: var(--soft); }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; padding: .3rem .6rem;
 border-bottom: 1px solid var(--line); }
.n { text-align: right; font-variant-numeric: tabular-nums; }
footer { margin-top: 2rem; font-size: .85rem; }
"""
_LEGEND = (
    '<p class="legend"><span><i class="before"></i>before</span>'
    '<span><i class="after"></i>after</span></p>'
)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Content of the page.

    :param tasks: with their details.
    :param created_at: aware time of the report.
    """

    tasks: collections.abc.Sequence[http.Item]
    totals: collections.abc.Sequence[totals.Total]
    created_at: datetime.datetime


def render(report: Report) -> str:
    """Return the page. All text of the API is escaped."""
    mode = {task["mode"] for task in report.tasks}
    title = "Preview of a reprocess" if mode == {"preview"} else "Reprocess"
    return _PAGE.format(
        title=title,
        style=_STYLE,
        facts=_facts(report.tasks),
        tiles=_tiles(report.totals),
        charts=_charts(report.totals),
        table=_table(report.totals),
        now=f"{report.created_at:%Y-%m-%d %H:%M:%S %Z}",
    )


def _facts(shown: collections.abc.Sequence[http.Item]) -> str:
    facts = [
        ("Reason", _distinct(task["reason"] for task in shown)),
        ("Batch", _distinct(task["batch_id"] for task in shown)),
        ("First period", _distinct(_begin(task) for task in shown)),
        ("Last period", _distinct(_last(task) for task in shown)),
        ("Tasks", f"{len(shown)}: {_states(shown)}"),
    ]
    items = "".join(
        f"<dt>{name}</dt><dd>{html.escape(text)}</dd>" for name, text in facts
    )
    return f"<dl>{items}</dl>"


def _begin(task: http.Item) -> str:
    return str(task["start_reprocess_time"])


def _last(task: http.Item) -> str:
    return str(task["end_reprocess_time"])


def _states(shown: collections.abc.Sequence[http.Item]) -> str:
    names = [task["state"] for task in shown]
    return ", ".join(
        f"{names.count(name)} {name}" for name in dict.fromkeys(names)
    )


def _distinct(values: collections.abc.Iterable[str | None]) -> str:
    return "; ".join(dict.fromkeys(value or "-" for value in values))


def _tiles(found: collections.abc.Sequence[totals.Total]) -> str:
    nothing = totals.Sum(before=money.total([]), after=money.total([]))
    total = totals.sums(found, lambda _: "total").get("total", nothing)
    tiles = [
        ("Before", money.text(total.before)),
        ("After", money.text(total.after)),
        ("Difference", totals.signed(total.difference)),
    ]
    unknown = sum(each.after is None for each in found)
    if unknown:
        tiles.append(("Not known yet, not in the sums", str(unknown)))
    shown = "".join(
        f'<div class="tile">{name}<b>{text}</b></div>' for name, text in tiles
    )
    return f'<div class="tiles">{shown}</div>'


def _charts(found: collections.abc.Sequence[totals.Total]) -> str:
    metrics = totals.sums(found, lambda each: each.metric)
    scopes, left = totals.largest(
        totals.sums(found, lambda each: each.scope_id), MAX_SCOPES
    )
    more = f"<p>{left} more with smaller differences.</p>" if left else ""
    return (
        f"<h2>By metric</h2>{_LEGEND}{svg.chart(metrics, 'By metric')}"
        f"<h2>By scope</h2>{_LEGEND}{svg.chart(scopes, 'By scope')}{more}"
    )


def _table(found: collections.abc.Sequence[totals.Total]) -> str:
    heads = (
        "<tr><th>Scope</th><th>Metric</th><th>State</th>"
        '<th class="n">Before</th><th class="n">After</th>'
        '<th class="n">Difference</th></tr>'
    )
    rows = "".join(_row(total) for total in found)
    return f"<table><thead>{heads}</thead><tbody>{rows}</tbody></table>"


def _row(total: totals.Total) -> str:
    texts = [total.scope_id, total.metric, total.state]
    change = total.difference
    numbers = [
        money.text(total.before),
        totals.text(total.after) or "",
        "" if change is None else totals.signed(change),
    ]
    cells = [f"<td>{html.escape(text)}</td>" for text in texts]
    cells += [f'<td class="n">{text}</td>' for text in numbers]
    return f"<tr>{''.join(cells)}</tr>"
