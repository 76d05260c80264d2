"""The command `diagnose`."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from pathlib import Path

import click

from launcher.cluster.instance import Instance
from launcher.console import say
from launcher.errors import BadInputError
from launcher.options import instance_option
from launcher.project import Project


@click.command("diagnose")
@instance_option
@click.option("--url", metavar="URL", help="The application, where it is no local cluster, such as that of `serve`.")
@click.option(
    "--config",
    type=click.Path(path_type=Path),
    help="The configuration that `serve` was started with. Default: that of the local cluster.",
)
@click.option(
    "--log",
    "log_files",
    multiple=True,
    type=click.Path(path_type=Path),
    help="A file with the log of `serve`; several times for several.",
)
@click.option("-o", "--output", type=click.Path(path_type=Path), help="The zip file. Default: one in this folder.")
def diagnose_command(
    name: str, url: str | None, config: Path | None, log_files: tuple[Path, ...], output: Path | None
) -> None:
    """Collect what a bug report needs in a zip file: status, metrics, decisions, configuration, logs, machine.

    Secrets are removed. It works also when nothing runs, or what runs does not answer. Look into it before you send it.
    """
    # Not at the start of the launcher, which knows nothing of the application.
    from launcher.diagnosis import collecting

    file = output or Path(time.strftime("many-models-diagnosis-%Y%m%d-%H%M%S.zip"))
    if file.exists():
        raise BadInputError(f"{file} is there already")
    target = collecting.Target(Instance(Project.here(), name), _plain(url), config, log_files)
    missing = collecting.collect(target, file, _environment())
    say(f"wrote {file}, {file.stat().st_size / 1024:.0f} KiB. Secrets were removed; look into it before you send it")
    for part in missing:
        say(f"  missing: {part}")


def _plain(url: str | None) -> str | None:
    return None if url is None else url.rstrip("/")


def _environment() -> Mapping[str, str]:
    return dict(os.environ)
