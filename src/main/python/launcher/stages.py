"""Stages of the tests: what a stage is, how one is run, and the programs that stages start."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from launcher.cluster import environment
from launcher.console import say
from launcher.errors import LauncherError
from launcher.project import Project


@dataclass(frozen=True)
class Stage:
    """A named part of the tests; `run` raises LauncherError when it fails."""

    name: str
    run: Callable[[], None]


@dataclass(frozen=True)
class Result:
    name: str
    seconds: float
    passed: bool


def run_stage(stage: Stage, results: list[Result]) -> None:
    say(f"\n=== {stage.name}")
    started = time.monotonic()
    passed = False
    try:
        stage.run()
        passed = True
    finally:
        results.append(Result(stage.name, time.monotonic() - started, passed))


def summary(results: Sequence[Result]) -> list[str]:
    lines = ["", f"{'stage':<24} {'seconds':>8}  result"]
    lines += [f"{r.name:<24} {r.seconds:>8.1f}  {'passed' if r.passed else 'FAILED'}" for r in results]
    failed = next((r.name for r in results if not r.passed), None)
    total = f"{sum(r.seconds for r in results):.0f} s"
    return [*lines, f"all passed in {total}" if failed is None else f"stopped after {total}: {failed} failed"]


def python(project: Project, arguments: Sequence[str], extra: Mapping[str, str] | None = None) -> None:
    """Runs the project's Python as a stage."""
    clean = environment.without_proxy_for_loopback(environment.without_foreign(os.environ))
    env = clean | {"PYTHONPATH": str(project.python_sources)} | dict(extra or {})
    execute([str(project.python), *arguments], project, env)


def execute(command: Sequence[str], project: Project, env: Mapping[str, str], log: Path | None = None) -> None:
    """Runs a stage's program with its output on the user's terminal, or in a file."""
    with ExitStack() as open_files:
        output = None if log is None else open_files.enter_context(log.open("wb"))
        result = subprocess.run(
            command,
            cwd=project.root,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT if output else None,
            check=False,
        )
    if result.returncode != 0:
        raise LauncherError(f"{' '.join(command[:4])} ... ended with exit code {result.returncode}")
