"""The commands whose arguments another program parses: the JVM's commands, and the bench."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import Any

import click

from launcher import converting, models
from launcher.build import java_main
from launcher.cluster.instance import DEFAULT_NAME, Instance
from launcher.errors import LauncherError
from launcher.options import checked_instance
from launcher.project import Project


def _command(name: str, **settings: Any) -> Callable[[Callable[..., Any]], click.Command]:
    """A command that leaves all of its arguments, --help among them, to the program behind it."""
    context = {"ignore_unknown_options": True, "help_option_names": [], **settings}

    def make(body: Callable[..., Any]) -> click.Command:
        with_arguments = click.argument("arguments", nargs=-1, type=click.UNPROCESSED)(body)
        return click.command(name, context_settings=context, add_help_option=False)(with_arguments)

    return make


@_command("bench")
def bench_command(arguments: tuple[str, ...]) -> None:
    """Run a benchmark; see bench/README.md."""
    script = Project.here().root / "bench" / "run.py"
    if not script.is_file():
        raise LauncherError(f"{script} does not exist")
    # In place of this process, so that an interrupted bench gets the signal and takes its cluster down.
    os.execv(sys.executable, [sys.executable, "-s", str(script), *arguments])


@_command("serve")
def serve_command(arguments: tuple[str, ...]) -> None:
    """Serve models from one process, without Ray."""
    script = Project.here().root / "many-models"
    os.execv(script, [str(script), "serve", *arguments])


@_command("simulate")
def simulate_command(arguments: tuple[str, ...]) -> None:
    """Replay a trace of requests through placement policies; see docs/simulator.md."""
    java_main.run(Project.here(), "simulate", arguments)


# Otherwise Click takes the `--` away, after which the name of a tenant may begin with a dash.
@_command("models", allow_interspersed_args=False)
def models_command(arguments: tuple[str, ...]) -> None:
    """Convert and publish models, and choose which version is live; see docs/models.md."""
    if arguments[:1] == ("convert",):
        converting.run(arguments[1:])
        return
    name, rest = models.instance_of(arguments)
    instance = Instance(Project.here(), checked_instance(name))
    models.require_registry(instance, rest, os.environ)
    java_main.run(instance.project, "models", rest, models.defaults(instance))


# Likewise for rows that begin with a dash.
@_command("score", allow_interspersed_args=False)
def score_command(arguments: tuple[str, ...]) -> None:
    """Score rows with a tenant's model: TENANT '[[5.1, 3.5, 1.4, 0.2]]'."""
    name, rest = models.instance_of(arguments)
    instance = Instance(Project.here(), checked_instance(name))
    address = models.address(instance)
    if not address and name != DEFAULT_NAME:
        raise LauncherError(f"instance {name} is not running. Start it with: {instance.command('up')}")
    java_main.run(instance.project, "score", rest, address)


@_command("fleet")
def fleet_command(arguments: tuple[str, ...]) -> None:
    """Make a registry folder with thousands of small test models; see docs/models.md."""
    java_main.run(Project.here(), "fleet", arguments)


@_command("callers")
def callers_command(arguments: tuple[str, ...]) -> None:
    """Say who may score which tenants: add, list and revoke API keys; see docs/access.md."""
    java_main.run(Project.here(), "callers", arguments)
