"""The commands."""

from __future__ import annotations

import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

import click

from launcher import explaining, fuzzing, local_http, status, testing, up
from launcher.build import application_jar, shipped
from launcher.chaos.command import chaos_command
from launcher.cluster import logs, ports, serve_api
from launcher.cluster.instance import Instance, Record
from launcher.cluster.ray_cluster import Cluster
from launcher.console import console, errors, explain, say, step
from launcher.diagnosis.command import diagnose_command
from launcher.errors import BadInputError, LauncherError
from launcher.kubernetes import check_config, cluster_secrets
from launcher.options import instance_option
from launcher.passed_on import (
    bench_command,
    callers_command,
    fleet_command,
    models_command,
    score_command,
    serve_command,
    simulate_command,
)
from launcher.project import Project
from launcher.top.command import top_command

_WRONG_USE = 2
_INTERRUPTED = 130
_TERMINATED = 143
_PORT = click.IntRange(0, ports.LAST)


class _PortOrNone(click.ParamType["int | ports.Closed"]):
    name = "integer range|none"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int | ports.Closed:
        if value == ports.CLOSED:
            return ports.CLOSED
        try:
            return int(_PORT.convert(value, param, ctx))
        except click.BadParameter:
            self.fail(f"{value!r} is neither {ports.CLOSED} nor a port in 0..{ports.LAST}", param, ctx)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def cli() -> None:
    """Run Many Models Serving on this machine."""


@cli.command("setup")
def setup_command() -> None:
    """Install what the build needs: the Python environment, and Ray's Java artifacts in the local Maven repository."""
    with step("preparing the Java build", "ready to build"):
        application_jar.prepare_maven(Project.here())


@cli.command("up")
@instance_option
@click.option("--http-port", type=_PORT, help="Port for requests (default 8000; 0: any free one).")
@click.option("--dashboard-port", type=_PORT, help="Port of Ray's dashboard (default 8265; 0: any free one).")
@click.option("--gcs-port", type=_PORT, help="Port of Ray itself (default 6379; 0: any free one).")
@click.option(
    "--direct-port",
    type=_PortOrNone(),
    help="Port on which the Dispatchers listen themselves (default: MANY_MODELS_DIRECT_PORT, else 8001; 0: any free"
    " one; none: not opened).",
)
@click.option(
    "--grpc-port",
    type=_PortOrNone(),
    help="Port on which the Dispatchers listen for gRPC (default: MANY_MODELS_GRPC_PORT, else none; 0: any free one;"
    " none: not opened).",
)
@click.option(
    "--registry",
    metavar="URI",
    help="Where the models are: a folder, or a URI as in docs/stores.md. The instance remembers it. Default:"
    " MANY_MODELS_REGISTRY, else the registry that the instance served last, else the folder registry/ of the checkout,"
    " which the first `up` fills with the demo's models.",
)
@click.option(
    "--proxy",
    type=click.Choice(up.PROXIES),
    default=up.HAPROXY,
    show_default=True,
    help="Who listens on the port for requests: HAProxy, or Ray Serve's own proxy in Python, which is much slower.",
)
@click.option("--keep", is_flag=True, help="After a failure leave Ray running, to look into it.")
def up_command(
    name: str,
    registry: str | None,
    http_port: int | None,
    dashboard_port: int | None,
    gcs_port: int | None,
    direct_port: int | ports.Closed | None,
    grpc_port: int | ports.Closed | None,
    proxy: str,
    keep: bool,
) -> None:
    """Build what changed, start Ray, deploy, wait until all is HEALTHY, score once."""
    request = up.Request(
        http_port, dashboard_port, gcs_port, direct_port, keep, registry=registry, proxy=proxy, grpc_port=grpc_port
    )
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
@instance_option
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
@instance_option
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
@instance_option
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


@cli.command("explain")
@instance_option
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
@click.option(
    "--fast",
    is_flag=True,
    help="Run only the unit tests, and the application in one process: three minutes, without Ray.",
)
@click.option(
    "--operator",
    is_flag=True,
    help="Run only the test of deploy/ on a Kubernetes API server with KubeRay's operator; building them first takes"
    " 10 to 30 minutes.",
)
@click.option(
    "--fuzz-seconds",
    type=click.IntRange(1, 3600),
    help=f"How long each parser is fuzzed (default {fuzzing.SECONDS}).",
)
def test_command(fast: bool, operator: bool, fuzz_seconds: int | None) -> None:
    """Run every test of the project except those of --operator. Stops at the first stage that fails."""
    if fast and operator:
        raise click.UsageError("either --fast or --operator")
    if (fast or operator) and fuzz_seconds is not None:
        raise click.UsageError("--fuzz-seconds: neither --fast nor --operator fuzzes")
    project = Project.here()
    if operator:
        testing.run_operator(project)
    elif fast:
        testing.run_fast(project)
    else:
        testing.run(project, fuzz_seconds or fuzzing.SECONDS)


for _command in (
    bench_command,
    callers_command,
    chaos_command,
    diagnose_command,
    fleet_command,
    models_command,
    score_command,
    serve_command,
    simulate_command,
    top_command,
):
    cli.add_command(_command)


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
