"""The settings that `models` takes from an instance: its registry, and its address."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import click

from launcher.cluster import registry
from launcher.cluster.instance import DEFAULT_NAME, Instance
from launcher.cluster.ray_cluster import Cluster
from launcher.errors import LauncherError

_OPTION = "--instance"
_END_OF_OPTIONS = "--"


def instance_of(arguments: Sequence[str]) -> tuple[str, list[str]]:
    """The name after --instance, and the arguments without it. All others are the JVM's business."""
    name = DEFAULT_NAME
    rest: list[str] = []
    left = iter(arguments)
    for argument in left:
        if argument == _END_OF_OPTIONS:
            rest += [argument, *left]
        elif argument == _OPTION:
            value = next(left, None)
            if value is None:
                raise click.UsageError(f"{_OPTION} needs a name")
            name = value
        elif argument.startswith(f"{_OPTION}="):
            name = argument.partition("=")[2]
        else:
            rest.append(argument)
    return name, rest


def require_registry(instance: Instance, arguments: Sequence[str], user: Mapping[str, str]) -> None:
    """Raises LauncherError when what is asked for is in the checkout's registry, which nobody has made yet."""
    chosen = registry.choose(instance, None, user)
    asked_elsewhere = any(each.split("=")[0] in (registry.OPTION, "-h", "--help") for each in arguments)
    makes_it = not arguments or arguments[0] == "publish"
    if makes_it or asked_elsewhere or chosen.folder != instance.project.registry or chosen.folder.exists():
        return
    raise LauncherError(
        f"there is no {chosen.folder} yet: {instance.command('up')} makes it, with the demo's models,"
        f" {instance.command('models publish TENANT FILE')} without"
    )


def defaults(instance: Instance) -> dict[str, str]:
    """The environment variables that the command reads, as the instance has them."""
    return {registry.VARIABLE: registry.choose(instance, None, {}).uri, **address(instance)}


def address(instance: Instance) -> dict[str, str]:
    """Where the instance is, if it runs. The commands know where `serve` is by default."""
    record = instance.read()
    if record is not None and Cluster(instance).head() is not None:
        return {"MANY_MODELS_URL": record.ports.base_url}
    return {}
