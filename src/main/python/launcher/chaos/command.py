"""The command `chaos`."""

from __future__ import annotations

import json
import os
import secrets
import sys
from contextlib import nullcontext
from pathlib import Path
from typing import NoReturn

import click

from launcher.chaos import one_process as one_process_chaos
from launcher.chaos import report, run
from launcher.console import on_stderr, say
from launcher.errors import LauncherError
from launcher.project import Project


@click.command("chaos")
@click.option(
    "--minutes", type=click.FloatRange(0.1, 24 * 60), default=3.0, show_default=True, help="How long, at least."
)
@click.option(
    "--faults",
    default="all",
    show_default=True,
    metavar="LIST",
    help="Which faults, such as kill-hot,redis-*; all,-kill-proxy; or none.",
)
@click.option(
    "--times", type=click.IntRange(1, 10_000), default=1, show_default=True, help="How often each fault, at least."
)
@click.option(
    "--kill-every",
    type=click.FloatRange(1, 3600),
    metavar="SECONDS",
    help="Besides the faults, kill a random replica every SECONDS; one of each deployment is left, except of"
    " SharedMemory.",
)
@click.option(
    "--outage-seconds",
    type=click.FloatRange(1, 3600),
    default=8.0,
    show_default=True,
    help="How long Redis or the registry is away or slow.",
)
@click.option("--seed", type=int, help="Random seed (default: a new one).")
@click.option("--rate", type=click.IntRange(1, 10_000), default=80, show_default=True, help="Requests a second.")
@click.option(
    "--proxy-percent",
    type=click.IntRange(1, 99),
    default=50,
    show_default=True,
    help="Percentage of requests through Ray's proxy; the others use the direct port.",
)
@click.option(
    "--nodes", type=click.IntRange(1, 2), default=1, show_default=True, help="Number of Ray nodes, all on this machine."
)
@click.option(
    "--older-jar",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Start with target/many-models.jar of another build; the fault `update` replaces one replica after the other"
    " by one of this build.",
)
@click.option(
    "--one-process",
    is_flag=True,
    help="Break `serve` instead of a cluster: kill, stop, change and spoil its configuration. Of the other options it"
    " takes --minutes, --times, --seed, --rate and --json.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--markdown", "as_markdown", is_flag=True, help="Print a section for bench/RESULTS.md.")
@click.option("--keep", is_flag=True, help="Keep the logs of the instance.")
def chaos_command(
    minutes: float,
    faults: str,
    times: int,
    kill_every: float | None,
    outage_seconds: float,
    seed: int | None,
    rate: int,
    proxy_percent: int,
    nodes: int,
    older_jar: Path | None,
    one_process: bool,
    as_json: bool,
    as_markdown: bool,
    keep: bool,
) -> None:
    """Break parts of a separate cluster under load, and check every answer; see docs/chaos.md.

    Exit code 1: an answer was wrong.
    """
    seed = secrets.randbelow(1_000_000) if seed is None else seed
    if one_process:
        _break_one_process(minutes, times, seed, rate, as_json=as_json)
    try:
        chosen = run.named(faults)
    except LauncherError as error:
        raise click.BadParameter(str(error), param_hint="--faults") from None
    wish = run.Wish(
        minutes, chosen, seed, rate, keep, times, kill_every, outage_seconds, proxy_percent, nodes, older_jar
    )
    command = f"./many-models chaos --minutes {minutes:g} --faults {faults} --seed {seed} --rate {rate}"
    command += f" --times {times}" if times > 1 else ""
    command += f" --kill-every {kill_every:g}" if kill_every is not None else ""
    command += f" --outage-seconds {outage_seconds:g}" if outage_seconds != run.Wish.outage_seconds else ""
    command += f" --proxy-percent {proxy_percent}" if proxy_percent != run.Wish.proxy_percent else ""
    command += f" --nodes {nodes}" if nodes != run.Wish.nodes else ""
    command += f" --older-jar {older_jar}" if older_jar is not None else ""
    load_average = os.getloadavg()[0]
    with on_stderr() if as_json or as_markdown else nullcontext():
        say(command)
        outcome = run.run(Project.here(), wish, os.environ)
    if as_json:
        click.echo(json.dumps(report.to_json(outcome, command), indent=2))
    elif as_markdown:
        click.echo(report.markdown(outcome, report.circumstances(Project.here(), command, load_average)))
    else:
        report.show(outcome)
    sys.exit(0 if outcome.right else 1)


def _break_one_process(minutes: float, times: int, seed: int, rate: int, *, as_json: bool) -> NoReturn:
    command = f"./many-models chaos --one-process --minutes {minutes:g} --times {times} --seed {seed} --rate {rate}"
    with on_stderr() if as_json else nullcontext():
        say(command)
        outcome = one_process_chaos.run(Project.here(), minutes, times, seed, rate)
    if as_json:
        click.echo(json.dumps(one_process_chaos.to_json(outcome, command), indent=2))
    else:
        one_process_chaos.show(outcome)
    sys.exit(0 if outcome.right else 1)
