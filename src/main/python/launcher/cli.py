"""The commands."""

from __future__ import annotations

import json
import os
import secrets
import signal
import sys
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import click

from launcher import explaining, local_http, models, scoring, status, testing, up
from launcher.build import application_jar, java_main, shipped
from launcher.chaos import report as chaos_report
from launcher.chaos import run as chaos_run
from launcher.cluster import logs, serve_api
from launcher.cluster.instance import DEFAULT_NAME, Instance, Record, is_instance_name
from launcher.cluster.ray_cluster import Cluster
from launcher.console import console, errors, explain, on_stderr, say, step
from launcher.errors import BadInputError, LauncherError
from launcher.kubernetes import check_config, cluster_secrets
from launcher.project import Project

_WRONG_USE = 2
_INTERRUPTED = 130
_TERMINATED = 143
_PORT = click.IntRange(0, 65535)


def _instance_option(command: Callable[..., Any]) -> Callable[..., Any]:
    def check(_context: click.Context, _parameter: click.Parameter, name: str) -> str:
        if not is_instance_name(name):
            raise click.BadParameter(f"{name!r}: 1 to 8 characters of a-z 0-9 - that start with a letter")
        return name

    return click.option(
        "--instance",
        "name",
        default=DEFAULT_NAME,
        show_default=True,
        metavar="NAME",
        callback=check,
        help="Name of the local cluster.",
    )(command)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def cli() -> None:
    """Run Many Models Serving on this machine."""


@cli.command("setup")
def setup_command() -> None:
    """Install what the build needs: the Python environment, and Ray's Java artifacts in the local Maven repository."""
    with step("preparing the Java build", "ready to build"):
        application_jar.prepare_maven(Project.here())


@cli.command("up")
@_instance_option
@click.option("--http-port", type=_PORT, help="Port for requests (default 8000; 0: any free one).")
@click.option("--dashboard-port", type=_PORT, help="Port of Ray's dashboard (default 8265; 0: any free one).")
@click.option("--gcs-port", type=_PORT, help="Port of Ray itself (default 6379; 0: any free one).")
@click.option(
    "--direct-port", type=_PORT, help="Port on which the Dispatchers listen themselves (none; 0: any free one)."
)
@click.option(
    "--registry",
    metavar="URI",
    help="Where the models are: a folder, or a URI as in docs/stores.md. The instance remembers it. Without it counts"
    " MANY_MODELS_REGISTRY, then what the instance served last, then the folder registry/ of the checkout, which the"
    " first `up` makes of the demo's models.",
)
@click.option("--keep", is_flag=True, help="After a failure leave Ray running, to look into it.")
def up_command(
    name: str,
    registry: str | None,
    http_port: int | None,
    dashboard_port: int | None,
    gcs_port: int | None,
    direct_port: int | None,
    keep: bool,
) -> None:
    """Build what changed, start Ray, deploy, wait until all is HEALTHY, score once."""
    request = up.Request(http_port, dashboard_port, gcs_port, direct_port, keep, registry=registry)
    up.up(Instance(Project.here(), name), request, os.environ)


@cli.command("check-config")
@click.argument("file", required=False, type=click.Path(path_type=Path))
@click.option(
    "--cluster", is_flag=True, help="Also check that the secrets exist in the Kubernetes cluster that kubectl uses."
)
@click.option("-n", "--namespace", metavar="NAME", help="Namespace of the secrets if the file names none.")
def check_config_command(file: Path | None, cluster: bool, namespace: str | None) -> None:
    """Check the RayService in FILE before it is applied. Exit code 2: it is rejected.

    FILE is deploy/rayservice.yaml by default, and - is stdin. It may hold other resources too, as `kubectl kustomize`
    prints them.
    """
    project = Project.here()
    source = check_config.read(file or project.rayservice)
    check_config.require(project, source)
    if cluster:
        cluster_secrets.require(source, namespace)
    say(f"{source.name} may be applied")


@cli.command("down")
@_instance_option
@click.option(
    "--forget", is_flag=True, help="Also remove the pins, logs and everything else that is kept of the instance."
)
def down_command(name: str, forget: bool) -> None:
    """Stop Ray and everything that runs in it. The dedicated pool is kept for the next `up`."""
    instance = Instance(Project.here(), name)
    with instance.locked():
        ended = Cluster(instance).stop(drain=True)
        instance.remove_record()
        instance.empty_node_cache()
    if ended:
        jvms = sum(1 for process in ended if status.is_jvm(process))
        say(f"stopped {len(ended)} processes, {jvms} of them JVMs")
    else:
        say("nothing was running")
    if forget:
        instance.forget()
        say(f"removed what was kept of instance {name}")


@cli.command("status")
@_instance_option
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def status_command(name: str, as_json: bool) -> None:
    """Show deployments, replicas and their memory. Exit code 1 unless everything is HEALTHY."""
    seen = status.look(Instance(Project.here(), name))
    if as_json:
        click.echo(json.dumps(seen.to_json(), indent=2))
    else:
        status.show(seen)
    sys.exit(0 if seen.is_ready else 1)


@cli.command("logs")
@_instance_option
@click.argument("deployment", required=False)
@click.option("-f", "--follow", is_flag=True, help="Go on printing new lines.")
@click.option(
    "-n", "--lines", type=click.IntRange(1), default=50, show_default=True, help="Number of lines of each file."
)
def logs_command(name: str, deployment: str | None, follow: bool, lines: int) -> None:
    """Show the logs of the replicas of DEPLOYMENT, or of all replicas."""
    instance = Instance(Project.here(), name)
    record = _running(instance)

    def files() -> list[Path]:
        names = logs.pids_of(serve_api.applications(record.ports.dashboard_url), deployment)
        return logs.files_of(instance.session_logs, names)

    for file in files():
        text = logs.tail(file, lines)
        if text:
            console.rule(file.name, align="left")
            click.echo("\n".join(text))
    if follow:
        logs.follow(files, lambda file, line: click.echo(f"{file.stem}: {line}"))


@cli.command("score")
@_instance_option
@click.argument("tenant")
@click.argument("rows")
def score_command(name: str, tenant: str, rows: str) -> None:
    """Score ROWS, a JSON list of rows such as '[[5.1, 3.5, 1.4, 0.2]]', with the model of TENANT."""
    try:
        data = json.loads(rows)
    except ValueError as error:
        raise click.BadParameter(f"{rows!r} is not JSON: {error}", param_hint="ROWS") from None
    record = _running(Instance(Project.here(), name))
    click.echo(json.dumps(scoring.score(record.ports.base_url, tenant, data)))


@cli.command("explain")
@_instance_option
@click.argument("tenant", required=False)
@click.option(
    "--since", metavar="N", help="Show all decisions after number N, or from an instant on, instead of one tenant."
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def explain_command(name: str, tenant: str | None, since: str | None, as_json: bool) -> None:
    """Explain why TENANT is where it is, and what would move it."""
    if (tenant is None) == (since is None):
        raise click.UsageError("either TENANT or --since is needed")
    base_url = _running(Instance(Project.here(), name)).ports.base_url
    told = explaining.tenant(base_url, tenant) if tenant is not None else explaining.decisions(base_url, since or "0")
    if as_json:
        click.echo(json.dumps(told, indent=2))
    elif tenant is not None:
        explaining.show_tenant(told)
    else:
        explaining.show_decisions(told)


@cli.command("test")
@click.option("--unit", is_flag=True, help="Run only the tests that need no cluster.")
@click.option(
    "--operator",
    is_flag=True,
    help="Run only the test of deploy/ on a Kubernetes API server with KubeRay's operator; building them first takes"
    " 10 to 30 minutes.",
)
@click.option(
    "--fuzz-seconds",
    type=click.IntRange(1, 3600),
    default=testing.FUZZ_SECONDS,
    show_default=True,
    help="How long each parser is fuzzed.",
)
def test_command(unit: bool, operator: bool, fuzz_seconds: int) -> None:
    """Run every test of the project except those of --operator. Stops at the first stage that fails."""
    if unit and operator:
        raise click.UsageError("either --unit or --operator")
    if operator:
        testing.run_operator(Project.here())
        return
    testing.run(Project.here(), cluster=not unit, fuzz_seconds=fuzz_seconds)


@cli.command("bench", context_settings={"ignore_unknown_options": True, "help_option_names": []}, add_help_option=False)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def bench_command(arguments: tuple[str, ...]) -> None:
    """Run a benchmark; see bench/README.md."""
    script = Project.here().root / "bench" / "run.py"
    if not script.is_file():
        raise LauncherError(f"{script} does not exist")
    # In place of this process, so that an interrupted bench gets the signal and takes its cluster down.
    os.execv(sys.executable, [sys.executable, "-s", str(script), *arguments])


@cli.command(
    "simulate", context_settings={"ignore_unknown_options": True, "help_option_names": []}, add_help_option=False
)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def simulate_command(arguments: tuple[str, ...]) -> None:
    """Replay a trace of requests through placement policies; see docs/simulator.md."""
    java_main.run(Project.here(), "simulate", arguments)


@cli.command("chaos")
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
    help="Besides the faults, kill a random replica every SECONDS; one of each deployment is left.",
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
    as_json: bool,
    as_markdown: bool,
    keep: bool,
) -> None:
    """Break parts of a separate cluster under load, and check every answer; see docs/chaos.md.

    Exit code 1: an answer was wrong.
    """
    try:
        chosen = chaos_run.named(faults)
    except LauncherError as error:
        raise click.BadParameter(str(error), param_hint="--faults") from None
    seed = secrets.randbelow(1_000_000) if seed is None else seed
    wish = chaos_run.Wish(minutes, chosen, seed, rate, keep, times, kill_every, outage_seconds, proxy_percent, nodes)
    command = f"./many-models chaos --minutes {minutes:g} --faults {faults} --seed {seed} --rate {rate}"
    command += f" --times {times}" if times > 1 else ""
    command += f" --kill-every {kill_every:g}" if kill_every is not None else ""
    command += f" --outage-seconds {outage_seconds:g}" if outage_seconds != chaos_run.Wish.outage_seconds else ""
    command += f" --proxy-percent {proxy_percent}" if proxy_percent != chaos_run.Wish.proxy_percent else ""
    command += f" --nodes {nodes}" if nodes != chaos_run.Wish.nodes else ""
    load_average = os.getloadavg()[0]
    with on_stderr() if as_json or as_markdown else nullcontext():
        say(command)
        outcome = chaos_run.run(Project.here(), wish, os.environ)
    if as_json:
        click.echo(json.dumps(chaos_report.to_json(outcome, command), indent=2))
    elif as_markdown:
        click.echo(chaos_report.markdown(outcome, chaos_report.circumstances(Project.here(), command, load_average)))
    else:
        chaos_report.show(outcome)
    sys.exit(0 if outcome.right else 1)


@cli.command(
    "models",
    # Otherwise Click takes the `--` away, after which the name of a tenant may begin with a dash.
    context_settings={"ignore_unknown_options": True, "help_option_names": [], "allow_interspersed_args": False},
    add_help_option=False,
)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def models_command(arguments: tuple[str, ...]) -> None:
    """Publish models and choose which version is live; see docs/models.md."""
    name, rest = models.instance_of(arguments)
    if not is_instance_name(name):
        raise click.BadParameter(
            f"{name!r}: 1 to 8 characters of a-z 0-9 - that start with a letter", param_hint="--instance"
        )
    instance = Instance(Project.here(), name)
    models.require_registry(instance, rest, os.environ)
    java_main.run(instance.project, "models", rest, models.defaults(instance))


@cli.command("fleet", context_settings={"ignore_unknown_options": True, "help_option_names": []}, add_help_option=False)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def fleet_command(arguments: tuple[str, ...]) -> None:
    """Make a registry folder with thousands of small test models; see docs/models.md."""
    java_main.run(Project.here(), "fleet", arguments)


def _running(instance: Instance) -> Record:
    record = instance.read()
    if record is None or Cluster(instance).head() is None:
        raise LauncherError(f"instance {instance.name} is not running. Start it with: {instance.command('up')}")
    return record


def main() -> None:
    """Runs a command; what the user can put right is told in one line, with exit code 1 (2: wrong use)."""
    os.environ.update(shipped.JVM_VARIABLES)
    # So that a command that is ended cleans up as after Ctrl-C.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(_TERMINATED))
    try:
        cli.main(prog_name="many-models", standalone_mode=False)
    except click.UsageError as error:
        errors.print(f"many-models: {error.format_message()} (see: many-models --help)", markup=False)
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        errors.print("many-models: interrupted", markup=False)
        sys.exit(_INTERRUPTED)
    except BadInputError as error:
        for line in explain(error).splitlines():
            errors.print(f"many-models: {line}", markup=False)
        sys.exit(_WRONG_USE)
    except (LauncherError, local_http.NoAnswerError, OSError) as error:
        errors.print(f"many-models: {explain(error)}", markup=False)
        sys.exit(1)
