"""The screen of `top`: lines that fit a terminal of any width and height."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

from rich.cells import cell_len, set_cell_size
from rich.text import Text

from launcher.console import visible
from launcher.top.reading import Row, Table

KEYS = {
    "r": "requests",
    "e": "errors",
    "5": "p50",
    "p": "p95",
    "9": "p99",
    "l": "loads",
    "u": "last_used",
    "c": "prediction_seconds",
    "n": "name",
}
"""The key that sorts by each order of GET /tenants."""
HELP = "q quit  / filter  sort: r requests e errors 5 p50 p p95 9 p99 l loads c cpu u used n name"
_NAME_WIDTH = 12
"""What names have at least while there are other columns that can be left out."""
WIDEST = 140
"""Where there is no terminal: long names are cut all the same, so that columns stay below each other."""
_NONE = "-"
_MINUTE, _HOUR, _DAY = 60, 3600, 86_400
_TEN, _THOUSAND = 9.95, 999.5
"""From here on a number is rounded to one that is longer."""
_PERCENT = 100


@dataclass(frozen=True)
class _Column:
    """sort: the order that it shows. keep: columns of a higher one stay for longer in a narrow terminal."""

    title: str
    width: int
    sort: str
    keep: int
    text: Callable[[Row], str]


def _seconds(value: object) -> str:
    """A duration in five characters at most."""
    if not isinstance(value, int | float):
        return _NONE
    for factor, unit in ((1e6, "us"), (1e3, "ms"), (1, "s")):
        scaled = value * factor
        if scaled < _THOUSAND or unit == "s":
            return f"{scaled:.1f}{unit}" if scaled < _TEN else f"{scaled:.0f}{unit}"
    return _NONE


def _rate(value: float | None) -> str:
    """In six characters at most."""
    if value is None:
        return _NONE
    if value < _TEN:
        return f"{value:.2f}"
    return f"{value:.1f}" if value < _THOUSAND else _count(value)


def _count(value: object) -> str:
    """In six characters at most."""
    if not isinstance(value, int | float):
        return _NONE
    for size, unit in ((1, ""), (1e3, "k"), (1e6, "M")):
        if value < size * 1e5:
            return f"{value / size:.0f}{unit}"
    return f"{value / 1e9:.0f}G"


def _part(value: float | None) -> str:
    return _NONE if value is None else f"{value * _PERCENT:.0f}%"


def _age(text: object) -> str:
    """How long ago an instant was."""
    try:
        past = max(0.0, time.time() - datetime.fromisoformat(str(text)).timestamp())
    except (ValueError, OverflowError, OSError):
        return _NONE
    for size, unit in ((_DAY, "d"), (_HOUR, "h"), (_MINUTE, "m")):
        if past >= size:
            return f"{past / size:.0f}{unit}"
    return f"{past:.0f}s"


_COLUMNS = (
    _Column("WHERE", 13, "", 7, lambda row: row.place or _NONE),
    _Column("REQ/S", 7, "requests", 10, lambda row: _rate(row.requests_per_second)),
    _Column("ERR/S", 7, "errors", 8, lambda row: _rate(row.errors_per_second)),
    _Column("P50", 6, "p50", 5, lambda row: _seconds(row.figures.get("p50_seconds"))),
    _Column("P95", 6, "p95", 4, lambda row: _seconds(row.figures.get("p95_seconds"))),
    _Column("P99", 6, "p99", 9, lambda row: _seconds(row.figures.get("p99_seconds"))),
    _Column("HITS", 5, "", 6, lambda row: _part(row.hit_ratio)),
    _Column("LOAD/S", 7, "loads", 3, lambda row: _rate(row.loads_per_second)),
    _Column("CPU", 5, "prediction_seconds", 3, lambda row: _part(row.processors)),
    _Column("REQUESTS", 9, "", 2, lambda row: _count(row.figures.get("requests"))),
    _Column("ERRORS", 7, "", 1, lambda row: _count(row.figures.get("errors"))),
    _Column("LAST", 5, "last_used", 0, lambda row: _age(row.figures.get("last_used"))),
)


def _columns(width: int) -> list[_Column]:
    """Those that there is room for beside the names, in their order."""
    kept: list[_Column] = []
    room = width - _NAME_WIDTH
    for column in sorted(_COLUMNS, key=lambda each: -each.keep):
        if column.width > room:
            break
        kept.append(column)
        room -= column.width
    return [column for column in _COLUMNS if column in kept]


def _right(text: str, width: int) -> str:
    """With a blank before it at least."""
    return " " * max(1, width - cell_len(text)) + text if cell_len(text) < width else " " + _cut(text, width - 1)


def _cut(text: str, width: int) -> str:
    """At most so wide, with an ellipsis in place of what is left out, and blanks where it is narrower."""
    if cell_len(text) <= width:
        return set_cell_size(text, width)
    return set_cell_size(set_cell_size(text, max(0, width - 1)).rstrip() + "…", width) if width > 0 else ""


def table(shown: Table, width: int) -> Iterator[Text]:
    """The titles, and a line for each tenant."""
    columns = _columns(width)
    names = width - sum(column.width for column in columns)
    titles = Text(_cut("TENANT", names), style="reverse")
    for column in columns:
        marked = column.sort == shown.wanted.sort
        titles.append(_right(column.title, column.width), style="bold" if marked else "")
    yield titles
    for row in shown.rows:
        line = Text(_cut(visible(row.tenant), names))
        failing = bool(row.errors_per_second)
        for column in columns:
            style = "red" if failing and column.title in ("ERR/S", "ERRORS") else ""
            line.append(_right(visible(column.text(row)), column.width), style=style)
        yield line


def summary(shown: Table) -> str:
    """All requests in one line."""
    totals = shown.totals
    if totals is None:
        return "no sums: GET /metrics is for callers that may see all tenants"
    rate = _NONE if shown.seconds is None else f"{_rate(totals.answers / shown.seconds)}/s"
    failed = totals.failed / totals.answers if totals.answers else None
    gauges = totals.gauges
    parts = [
        f"requests {rate}",
        f"failing {_NONE if failed is None else f'{failed * _PERCENT:.2f}%'}",
        f"p50 {_seconds(totals.quantile(0.5))}",
        f"p95 {_seconds(totals.quantile(0.95))}",
        f"p99 {_seconds(totals.quantile(0.99))}",
        f"hits {_part(totals.hits / totals.routed if totals.routed else None)}",
        f"waiting {_count(totals.waiting)}",
        f"tenants {_count(gauges.get('measured_tenants'))}, {_count(gauges.get('placed_tenants'))} with a place",
    ]
    return "  ".join(parts)


@dataclass(frozen=True)
class View:
    """All that a screen is drawn of. editing: the prefix that is being typed; problem: why there is nothing newer."""

    url: str
    shown: Table
    every: float
    problem: str = ""
    editing: str | None = None


def screen(view: View, width: int, height: int) -> Text:
    """As many lines as there are, the last one with the keys."""
    wanted = view.shown.wanted
    prefix = f"  names that begin with {wanted.prefix}" if wanted.prefix else ""
    head = f"{view.url}  every {view.every:g} s  by {wanted.sort}{prefix}"
    foot = HELP if view.editing is None else f"names that begin with: {view.editing}_  (Enter, or Esc to leave it)"
    lines = [Text(_cut(visible(head), width), style="bold"), Text(_cut(visible(summary(view.shown)), width))]
    if view.problem:
        lines.append(Text(_cut(visible(f"{view.problem}; trying again"), width), style="red"))
    body = list(table(view.shown, width))
    if not view.shown.rows:
        body.append(Text(_cut("no tenant has been asked for" if not view.problem else "", width), style="dim"))
    lines += body[: max(0, height - len(lines) - 1)]
    lines += [Text("")] * (height - 1 - len(lines))
    whole = Text("\n").join([*lines[: height - 1], Text(_cut(visible(foot), width), style="reverse")])
    whole.no_wrap = True
    return whole
