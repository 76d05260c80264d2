"""Runs conversions side by side, each in a process of its own that is forked from this one.

Forked, so that a library is imported once and not for each of thousands of files; a process of its own, so that what
an unpickled file does there, or a library that crashes, concerns no other file.
"""

from __future__ import annotations

import importlib
import multiprocessing
import signal
import time
from collections import deque
from collections.abc import Iterator, Sequence
from multiprocessing.connection import Connection, wait
from typing import Any

from converter import recognising
from converter.work import Job, Outcome, convert

_USUAL = ("numpy", "pandas", "onnx", "onnxruntime", "sklearn.ensemble", "skl2onnx", "joblib")
_BOOSTERS = ("lightgbm", "xgboost", "catboost", "onnxmltools")
# From so many files on it pays to import what only some of them need.
_MANY = 8


def preload(jobs: Sequence[Job]) -> None:
    """Imports what the jobs need, as far as it is there."""
    names = [*_USUAL, *(_BOOSTERS if len(jobs) >= _MANY else ())]
    if len(jobs) >= _MANY and any(job.format == recognising.MLFLOW for job in jobs):
        names.append("mlflow.sklearn")
    for name in names:
        try:
            importlib.import_module(name)
        except ImportError:
            continue


def run(jobs: Sequence[Job], workers: int, limit_seconds: float) -> Iterator[Outcome]:
    """The outcome of each job, in the order in which they end."""
    preload(jobs)
    left = deque(jobs)
    running: list[_Running] = []
    try:
        while left or running:
            while left and len(running) < workers:
                running.append(_Running(left.popleft(), limit_seconds))
            wait([each.results for each in running], timeout=min(each.seconds_left() for each in running))
            for each in [each for each in running if each.has_ended()]:
                running.remove(each)
                yield each.outcome()
    finally:
        for each in running:
            each.kill()


class _Running:
    """A job's process. Confined to one thread."""

    def __init__(self, job: Job, limit_seconds: float) -> None:
        context = multiprocessing.get_context("fork")
        self._job, self._limit = job, limit_seconds
        self._deadline = time.monotonic() + limit_seconds
        self.results, sender = context.Pipe(duplex=False)
        self._process = context.Process(target=_work, args=(job, sender), daemon=True)
        self._process.start()
        sender.close()

    def seconds_left(self) -> float:
        return max(0.0, self._deadline - time.monotonic())

    def has_ended(self) -> bool:
        return self.results.poll() or self.seconds_left() == 0.0

    def outcome(self) -> Outcome:
        try:
            told: Any = self.results.recv() if self.results.poll() else f"it took longer than {self._limit:.0f} s"
        except EOFError:
            self._process.join()
            told = f"its process ended by itself ({_ending(self._process.exitcode)})"
        self.kill()
        return told if isinstance(told, Outcome) else Outcome(self._job.name, self._job.path, error=told)

    def kill(self) -> None:
        self._process.kill()
        self._process.join()
        self.results.close()


def _work(job: Job, results: Connection) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    results.send(convert(job))
    results.close()


def _ending(code: int | None) -> str:
    return f"signal {-code}" if code is not None and code < 0 else f"exit code {code}"
