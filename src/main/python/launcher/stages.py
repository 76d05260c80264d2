"""Stages of the tests: what a stage is, how they are run, and the programs that they start."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar, copy_context
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from launcher.cluster import environment
from launcher.console import say
from launcher.errors import LauncherError
from launcher.project import Project

_END_SECONDS = 20
# Where the programs of a stage write that runs beside others; else to the user's terminal.
_output: ContextVar[Path | None] = ContextVar("output", default=None)
# Set once a stage beside this one has failed: then no program is started any more.
_stopped: ContextVar[threading.Event | None] = ContextVar("stopped", default=None)
_running: set[subprocess.Popen[bytes]] = set()
_running_changes = threading.Lock()


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
    _run(stage, results)


def _run(stage: Stage, results: list[Result]) -> None:
    started = time.monotonic()
    passed = False
    try:
        stage.run()
        passed = True
    finally:
        results.append(Result(stage.name, time.monotonic() - started, passed))


@contextmanager
def beside(project: Project, stages: Sequence[Stage], results: list[Result]) -> Iterator[None]:
    """Runs the stages in a thread of its own, one after the other, while the body runs others.

    What their programs say is kept in .runtime/test, and shown when the stage has ended. A stage that fails on either
    side ends the programs of the other.
    """
    stopped = threading.Event()

    def lane() -> None:
        try:
            for stage in stages:
                if not stopped.is_set():
                    _run_unseen(project, stage, results)
        except LauncherError:
            _end_programs(stopped)
            raise

    before = _stopped.set(stopped)
    try:
        with ThreadPoolExecutor(1, "beside") as pool:
            ended = pool.submit(copy_context().run, lane)
            try:
                yield
            except BaseException:
                if stopped.is_set():
                    # The other side has failed, and so ended the body's program.
                    ended.result()
                _end_programs(stopped)
                raise
            ended.result()
    finally:
        _stopped.reset(before)


def _run_unseen(project: Project, stage: Stage, results: list[Result]) -> None:
    log = project.runtime / "test" / f"{stage.name.replace(' ', '-')}.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    log.write_bytes(b"")
    _output.set(log)
    try:
        _run(stage, results)
    finally:
        say(f"\n=== {stage.name}\n{log.read_text(errors='replace').rstrip()}")


def summary(results: Sequence[Result], seconds: float) -> list[str]:
    """The lines of a table, and the end of a run that took so long: less than its stages, if some ran side by side."""
    lines = ["", f"{'stage':<24} {'seconds':>8}  result"]
    lines += [f"{r.name:<24} {r.seconds:>8.1f}  {'passed' if r.passed else 'FAILED'}" for r in results]
    failed = next((r.name for r in results if not r.passed), None)
    return [
        *lines,
        f"all passed in {seconds:.0f} s" if failed is None else f"stopped after {seconds:.0f} s: {failed} failed",
    ]


def python(project: Project, arguments: Sequence[str], extra: Mapping[str, str] | None = None) -> None:
    """Runs the project's Python as a stage."""
    clean = environment.without_proxy_for_loopback(environment.without_foreign(os.environ))
    env = clean | {"PYTHONPATH": str(project.python_sources)} | dict(extra or {})
    execute([str(project.python), *arguments], project, env)


def execute(command: Sequence[str], project: Project, env: Mapping[str, str], log: Path | None = None) -> None:
    """Runs a stage's program; its output goes to the file, else to where the stage's goes."""
    file = log or _output.get()
    with ExitStack() as open_files:
        output = None if file is None else open_files.enter_context(file.open("wb" if log else "ab"))
        with _started(command, project, env, output) as program:
            code = program.wait()
    if code != 0:
        raise LauncherError(f"{' '.join(command[:4])} ... ended with exit code {code}")


@contextmanager
def _started(
    command: Sequence[str], project: Project, env: Mapping[str, str], output: IO[bytes] | None
) -> Iterator[subprocess.Popen[bytes]]:
    """A program that other threads can end too."""
    stopped = _stopped.get()
    with _running_changes:
        if stopped is not None and stopped.is_set():
            raise LauncherError("another stage has failed")
        program = subprocess.Popen(
            command,
            cwd=project.root,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT if output else None,
        )
        _running.add(program)
    try:
        yield program
    finally:
        with _running_changes:
            _running.remove(program)
        if program.poll() is None:
            _end(program)


def _end_programs(stopped: threading.Event) -> None:
    """Has those end that stages of all threads run, and lets none begin."""
    with _running_changes:
        stopped.set()
        for program in _running:
            program.send_signal(signal.SIGINT)


def _end(program: subprocess.Popen[bytes]) -> None:
    """So that it cleans up, if it does so soon."""
    program.send_signal(signal.SIGINT)
    try:
        program.wait(_END_SECONDS)
    except subprocess.TimeoutExpired:
        program.kill()
        program.wait()
