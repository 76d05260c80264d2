"""The command `top`."""

from __future__ import annotations

import json
import os
import sys
import threading

import click

from launcher import asking
from launcher.cluster.instance import Instance
from launcher.console import console
from launcher.options import instance_option
from launcher.project import Project
from launcher.top import live, reading, screen
from launcher.top.reading import MAX_TENANTS, SORTS, Reader, Table, Wanted

_ONCE_SECONDS = 1.0
"""Between the two looks that rates need."""


@click.command("top")
@instance_option
@click.option(
    "--url",
    metavar="URL",
    help="The application. Default: MANY_MODELS_URL, else the local cluster, else `serve` on port 8080.",
)
@click.option(
    "--sort",
    type=click.Choice(SORTS),
    default=SORTS[0],
    show_default=True,
    help="What the first tenants have most of.",
)
@click.option("--prefix", default="", help="Only tenants whose names begin so.")
@click.option(
    "--limit", type=click.IntRange(1, MAX_TENANTS), default=20, show_default=True, help="Tenants of --once and --json."
)
@click.option(
    "--every", type=click.FloatRange(0.2, 3600), default=2.0, show_default=True, help="Seconds between two looks."
)
@click.option("--once", is_flag=True, help="Print the table once, which takes a second. So it does without a terminal.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON once.")
def top_command(
    name: str, url: str | None, sort: str, prefix: str, limit: int, every: float, once: bool, as_json: bool
) -> None:
    """Show the busiest, slowest or most failing tenants, live.

    Keys: q quits, / takes the beginning of names, r e 5 p 9 l c u n sort by requests, errors, p50, p95, p99, loads, CPU
    time, last use and name, the space bar looks now. Where callers are configured, MANY_MODELS_ADMIN_TOKEN has the key
    of one with the role read.
    """
    address = asking.address(Instance(Project.here(), name), url, os.environ)
    reader = Reader(address, asking.credentials(os.environ))
    wanted = Wanted(sort, prefix, limit)
    if as_json:
        click.echo(json.dumps(reading.to_json(_twice(reader, wanted)), indent=2))
    elif once or not (sys.stdin.isatty() and sys.stdout.isatty()):
        _print(_twice(reader, wanted))
    else:
        live.run(reader, wanted, every, console)


def _twice(reader: Reader, wanted: Wanted) -> Table:
    first = reader.read(wanted)
    threading.Event().wait(_ONCE_SECONDS)
    return reading.between(first, reader.read(wanted))


def _print(table: Table) -> None:
    width = console.width if console.is_terminal else screen.WIDEST
    click.echo(screen.summary(table))
    for line in screen.table(table, width):
        click.echo(line.plain.rstrip())
