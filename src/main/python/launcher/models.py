"""What `models` needs to know of an instance: where its registry is, and where it answers."""

from __future__ import annotations

from collections.abc import Sequence

import click

from launcher.cluster import registry
from launcher.cluster.instance import DEFAULT_NAME, Instance
from launcher.cluster.ray_cluster import Cluster

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


def defaults(instance: Instance) -> dict[str, str]:
    """The environment variables that the command reads, as the instance has them."""
    known = {registry.VARIABLE: registry.choose(instance, None, {}).uri}
    record = instance.read()
    if record is not None and Cluster(instance).head() is not None:
        known["MANY_MODELS_URL"] = record.ports.base_url
    return known
