"""`./many-models bench`: measures, prints what came out, and puts it into bench/RESULTS.md."""

from __future__ import annotations

import os
import shlex
import signal
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import click

from launcher import local_http
from launcher.console import errors, explain, say
from launcher.errors import LauncherError
from launcher.project import Project
from measuring import (
    compare_bench,
    corpus_bench,
    dataplane_bench,
    dataplane_report,
    http_bench,
    loading_bench,
    memory_bench,
    micro_bench,
    one_process_bench,
    placement_bench,
    placement_report,
    profile_bench,
    promotions_bench,
    protocols_bench,
    report,
    soak_bench,
    tails_bench,
    tails_report,
    transport_bench,
    turns_bench,
    versions_bench,
)
from measuring.http_bench import Effort

NAMES = (
    "http",
    "compare",
    "memory",
    "micro",
    "placement",
    "loading",
    "versions",
    "dataplane",
    "soak",
    "transport",
    "profile",
    "one-process",
    "models",
    "protocols",
    "turns",
    "promotions",
    "tails",
)
_INTERRUPTED = 130
_TERMINATED = 143
_GRAPHS = Path(__file__).parent.with_name("docs")
_RESULTS = Path(__file__).with_name("RESULTS.md")


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("names", nargs=-1, type=click.Choice(NAMES))
@click.option("--rounds", type=click.IntRange(1), default=5, show_default=True, help="Samples of each variant.")
@click.option("--seconds", type=click.FloatRange(0.5), default=6.0, show_default=True, help="Length of a sample.")
@click.option(
    "--warm-up", type=click.FloatRange(0), default=40.0, show_default=True, help="Seconds for each path before that."
)
@click.option(
    "--flags",
    multiple=True,
    type=click.Choice(list(memory_bench.SETS)),
    help="memory: only these options of the JVMs; may be repeated.",
)
@click.option(
    "--moves",
    type=click.IntRange(0, 10_000),
    default=0,
    help="placement: promotions a second at most, instead of those in deploy/rayservice.yaml.",
)
@click.option(
    "--places",
    type=click.IntRange(1, 100_000),
    default=placement_bench.FILL_CAPACITY,
    show_default=True,
    help="placement: places of each hot deployment when they are filled and when the cost is compared.",
)
@click.option(
    "--minutes", type=click.FloatRange(0.1), default=10.0, show_default=True, help="soak: how long the load goes on."
)
@click.option(
    "--against",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="compare: the folder of another checkout, for example of the commit before.",
)
@click.option(
    "--label",
    type=click.Choice(["before", "after"]),
    help="tails: part of the name of its section, so that two can stand side by side.",
)
@click.option(
    "--output", type=click.Path(dir_okay=False, path_type=Path), default=_RESULTS, help="Instead of bench/RESULTS.md."
)
def bench(
    names: tuple[str, ...],
    rounds: int,
    seconds: float,
    warm_up: float,
    flags: tuple[str, ...],
    moves: int,
    places: int,
    minutes: float,
    against: Path | None,
    label: str | None,
    output: Path,
) -> None:
    """Measure, on a cluster of its own where one is needed.

    \b
    http       bare proxy, middleware, /score hot and overflow, side by side (the default)
    compare    this checkout beside another one (--against FOLDER), taking turns
    memory     PSS of all JVMs and the rate of /score under several JVM options
    micro      placement inside the JVMs: counting, lookups, decisions, heap
    loading    cold answers, memory of 10,000 models, loads and unloads, in one JVM
    versions   new versions under load, a killed replica, a killed Redis
    placement  10,000 tenants: hit ratio beside the simulator's, filling the places, cost of a request
    dataplane  direct and proxy beside the in-process limit, @serve.multiplexed and a bare Ray echo
    soak       the direct way for minutes at 70 % of its peak: errors, drift of memory, latencies
    profile    flame graphs of a Dispatcher and a hot replica, into docs/
    one-process  `serve`: start, memory, rates beside the in-process limit
    models     which share of the models that people make is served in full
    promotions  the first promotion into a new replica, with and without a rehearsal
    protocols  V2 over REST and gRPC beside /score and MLServer
    turns      the others' p99 beside a noisy tenant, and beside a heavy model
    transport  a call between two JVMs by Ray, gRPC and frames; HTTP servers
    tails      slow requests beside the in-process limit, and who had the cores meanwhile; idle cost
    """
    project = Project.here()
    effort = Effort(rounds, seconds, warm_up)
    command = shlex.join(["./many-models", "bench", *sys.argv[1:]])
    about = report.circumstances(project, command, os.getloadavg()[0])

    def dataplane() -> str:
        measured = dataplane_bench.run(project, effort)
        dataplane_report.write_charts(measured, output.parent)
        return dataplane_report.text(measured, about)

    def compare() -> str:
        if against is None:
            raise click.UsageError("compare needs --against FOLDER, another checkout of this project")
        return compare_bench.text(compare_bench.run(project, effort, against), about, report.commit_of(against))

    def memory() -> str:
        return memory_bench.text(memory_bench.run(project, effort, flags or tuple(memory_bench.SETS)), effort, about)

    def placement() -> str:
        return placement_report.text(placement_bench.run(project, effort, moves, places), effort, about)

    sections: Mapping[str, Callable[[], str]] = {
        "http": lambda: report.http(http_bench.run(project, effort), about),
        "compare": compare,
        "memory": memory,
        "micro": lambda: micro_bench.text(micro_bench.run(project, effort), effort, about),
        "placement": placement,
        "loading": lambda: loading_bench.text(loading_bench.run(project, effort), about),
        "versions": lambda: versions_bench.text(versions_bench.run(project, effort), about),
        "dataplane": dataplane,
        "soak": lambda: soak_bench.text(soak_bench.run(project, effort, minutes), about),
        "transport": lambda: transport_bench.text(transport_bench.run(project, effort), about),
        "one-process": lambda: one_process_bench.text(one_process_bench.run(project, effort), about),
        "models": lambda: corpus_bench.text(corpus_bench.run(project), about),
        "protocols": lambda: protocols_bench.text(protocols_bench.run(project, effort), about),
        "turns": lambda: turns_bench.text(turns_bench.run(project, effort), about),
        "promotions": lambda: promotions_bench.text(promotions_bench.run(project, effort), about),
        "tails": lambda: tails_report.text(tails_bench.run(project, effort), about, label or ""),
        "profile": lambda: profile_bench.text(profile_bench.run(project, effort, _GRAPHS), _GRAPHS, about),
    }
    for name in names or NAMES[:1]:
        section = sections[name]()
        say(f"\n{section}\n")
        report.write_section(output, f"{name} {label}" if label and name == "tails" else name, section)
        say(f"written to {output}")


def main() -> None:
    """As the launcher: what the user can put right is told in one line."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(_TERMINATED))
    try:
        bench.main(prog_name="many-models bench", standalone_mode=False)
    except click.UsageError as error:
        errors.print(f"many-models: {error.format_message()} (see: many-models bench --help)", markup=False)
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        errors.print("many-models: interrupted", markup=False)
        sys.exit(_INTERRUPTED)
    except (LauncherError, local_http.NoAnswerError, OSError) as error:
        errors.print(f"many-models: {explain(error)}", markup=False)
        sys.exit(1)


if __name__ == "__main__":
    main()
