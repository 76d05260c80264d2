"""Options that several commands have."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from launcher.cluster.instance import DEFAULT_NAME, is_instance_name


def checked_instance(name: str) -> str:
    """The name of an instance; raises BadParameter for one that cannot be."""
    if not is_instance_name(name):
        raise click.BadParameter(
            f"{name!r}: 1 to 8 characters of a-z 0-9 - that start with a letter", param_hint="--instance"
        )
    return name


def instance_option(command: Callable[..., Any]) -> Callable[..., Any]:
    return click.option(
        "--instance",
        "name",
        default=DEFAULT_NAME,
        show_default=True,
        metavar="NAME",
        callback=lambda _context, _parameter, name: checked_instance(name),
        help="Name of the local cluster.",
    )(command)
