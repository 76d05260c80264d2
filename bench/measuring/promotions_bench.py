"""`promotions`: what the first promotion into a new replica costs its neighbours, with and without a rehearsal."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import statistics
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from launcher.build.java_main import class_path, java_command, java_environment, native_libraries
from launcher.build.shipped import JAVA_OPTIONS
from launcher.build.toolchain import find_jdk
from launcher.console import progress, step
from launcher.errors import LauncherError
from launcher.project import Project
from measuring import java, report
from measuring.http_bench import Effort

ON, OFF = "on", "off"
RATE = 1_000
"""Predictions a second of each replica that serves: a few percent of a core."""
_MAIN = "io.manymodels.application.Promotions"
_SETTING = "MANY_MODELS_REHEARSAL"
_NEIGHBOURS = [f"tenant{number}" for number in range(1, 20, 2)]
"""Linear models, in the fleet `mixed`."""
_FIRST = "tenant2"
"""A forest."""
_OTHER_KIND = "columns"
"""Texts and numbers, an input for each column: of the corpus, and none of those that are rehearsed."""
_CASE = "skl_df_mixed_default"
_TENANTS = 20
_START_SECONDS = 10.0
_WINDOW_SECONDS = 1.0
_QUIET_SECONDS = 1.0
_REHEARSED = "rehearsed for"
_REHEARSAL_SECONDS = 70.0
"""It waits so long, and a moment more, for a machine that has time to spare."""


@dataclass(frozen=True)
class Window:
    """Latencies in microseconds."""

    us: Sequence[int]

    def at(self, quantile: float) -> float:
        ordered = sorted(self.us)
        return ordered[min(len(ordered) - 1, int(quantile * len(ordered)))]


@dataclass(frozen=True)
class Start:
    """One new replica. Latencies of predictions in another replica while it starts and while its first model is
    promoted; in itself while it has ten models and the first of another kind is promoted; and before that."""

    starting: Window
    first: Window
    before: Window
    other_kind: Window
    ready_ms: float
    first_load_ms: float
    other_load_ms: float
    start_cpu_ms: float
    first_cpu_ms: float
    rss_mib: float


@dataclass
class Result:
    effort: Effort
    starts: dict[str, list[Start]] = field(default_factory=lambda: {OFF: [], ON: []})


def run(project: Project, effort: Effort) -> Result:
    """Pairs of starts, one with a rehearsal and one without, in turn one or the other first."""
    classes = java.compiled(project)
    folder = Path(tempfile.mkdtemp(prefix="mm-promotions-"))
    result = Result(effort)
    try:
        with step("making models", "made the models"):
            make_models(project, folder / "models")
        replicas = Replicas(project, classes, folder)
        with step("preparing class data", "prepared class data"):
            replicas.prepare_class_data()
        with replicas.started(ON) as neighbour, progress("warming up") as shown:
            neighbour.ask("load", *_NEIGHBOURS)
            neighbour.ask("ask", RATE, *_NEIGHBOURS)
            neighbour.ask("window", effort.warm_up_seconds)
            for number in range(effort.rounds):
                for mode in (OFF, ON) if number % 2 == 0 else (ON, OFF):
                    shown.text = f"pair {number + 1} of {effort.rounds}: rehearsal {mode}"
                    result.starts[mode].append(measure(replicas, mode, neighbour, effort))
        return result
    finally:
        shutil.rmtree(folder, ignore_errors=True)


class Replicas:
    """Starts JVMs that hold models, with the options and as much class data as those of Ray have."""

    def __init__(self, project: Project, classes: java.BenchClasses, folder: Path) -> None:
        self._folder = folder
        self._archive = folder / "classes.jsa"
        jar = folder / "bench.jar"
        java.write_jar(classes.folder, jar)
        path = os.pathsep.join(map(str, (jar, *class_path(project))))
        temporary = folder / "tmp"
        temporary.mkdir()
        shipped = [option for option in JAVA_OPTIONS if option.startswith("-X")]
        options = [*shipped, *native_libraries(project), f"-Djava.io.tmpdir={temporary}", "-Xlog:cds*=off"]
        self._line = [str(classes.jdk.java), *options]
        self._rest = ["-cp", path, _MAIN]

    def rehearsals(self) -> int:
        """How many have come to their end, by the log."""
        log = self._folder / "replica.log"
        return log.read_text().count(_REHEARSED) if log.is_file() else 0

    def prepare_class_data(self) -> None:
        """A JVM of its own jars is needed for these classes to be shared; Ray's workers have the same."""
        with self._running(ON, f"-XX:ArchiveClassesAtExit={self._archive}") as replica:
            replica.ask("load", _FIRST)
            replica.end_input()

    @contextmanager
    def started(self, mode: str) -> Iterator[Replica]:
        """One whose stores are open, and which has rehearsed if it is to."""
        with self._running(mode, f"-XX:SharedArchiveFile={self._archive}") as replica:
            yield replica

    @contextmanager
    def _running(self, mode: str, option: str) -> Iterator[Replica]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("MANY_MODELS_")}
        settings = {_SETTING: mode, "MANY_MODELS_REGISTRY": (self._folder / "models").as_uri()}
        process = subprocess.Popen(
            [*self._line, option, *self._rest],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=(self._folder / "replica.log").open("ab"),
            text=True,
            env=java_environment(kept) | {"MALLOC_ARENA_MAX": "2"} | settings,
        )
        try:
            yield Replica(process)
        finally:
            java.end(process)


class Replica(java.Conversation):
    """A replica that is told what to do. Not thread-safe."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        super().__init__(process, "replica")
        self._running = process

    def window(self, seconds: float, promoted: str = "") -> tuple[Window, dict[str, Any]]:
        answer = self.ask("window", seconds, promoted)
        return Window(answer.pop("us")), answer

    def end_input(self) -> None:
        """Lets it end by itself."""
        if self._running.stdin is not None:
            self._running.stdin.close()
        self._running.wait(60)


def make_models(project: Project, registry: Path) -> None:
    words = [str(registry), "--tenants", str(_TENANTS)]
    command = java_command(find_jdk(os.environ).java, class_path(project), "fleet", words, os.environ)
    made = subprocess.run(command, capture_output=True, text=True, check=False, env=java_environment(os.environ))
    if made.returncode != 0:
        raise LauncherError(f"the fleet was not made: {made.stderr.strip()[-300:]}")
    model = (project.root / "src/test/resources/corpus/models" / _CASE / "model.onnx").read_bytes()
    version = registry / _OTHER_KIND / "1"
    version.mkdir(parents=True)
    (version / "model.onnx").write_bytes(model)
    metadata = {
        "tenant": _OTHER_KIND,
        "version": 1,
        "sha256": hashlib.sha256(model).hexdigest(),
        "size": len(model),
        "created": "2026-11-30T00:00:00Z",
        "format": "onnx",
    }
    (version / "metadata.json").write_text(json.dumps(metadata))


def measure(replicas: Replicas, mode: str, neighbour: Replica, effort: Effort) -> Start:
    before_it = replicas.rehearsals()
    with ThreadPoolExecutor(1) as beside, replicas.started(mode) as replica:
        starting = beside.submit(neighbour.window, _START_SECONDS)
        # Answered when it has rehearsed, or the machine has no time to spare for that.
        ready = replica.ask("use")
        start_window, _ = starting.result()
        late = time.monotonic() + _REHEARSAL_SECONDS
        while mode == ON and replicas.rehearsals() == before_it:
            if time.monotonic() > late:
                raise LauncherError("the machine is too busy: it had no time to spare for a rehearsal")
            threading.Event().wait(0.1)
        rehearsed = replica.ask("use")
        first = beside.submit(neighbour.window, _WINDOW_SECONDS)
        first_load = replica.ask("load", _FIRST)
        first_window, _ = first.result()
        # Compilers go on after the load, and nothing else happens in this process.
        after_first = replica.ask("use")
        replica.ask("load", *_NEIGHBOURS)
        replica.ask("ask", RATE, *_NEIGHBOURS)
        replica.window(effort.seconds)
        before, _ = replica.window(_QUIET_SECONDS)
        other, loaded = replica.window(_WINDOW_SECONDS, _OTHER_KIND)
        end = replica.ask("use")
        return Start(
            start_window,
            first_window,
            before,
            other,
            ready["up_ms"],
            first_load["load_ms"],
            loaded["load_ms"],
            rehearsed["cpu_ms"],
            after_first["cpu_ms"] - rehearsed["cpu_ms"],
            end["rss_mib"],
        )


QUANTILES = ((0.99, "p99"), (0.999, "p99.9"), (1.0, "max"))


def text(result: Result, about: str) -> str:
    parts: Mapping[str, str] = {
        "starting": f"another replica, in the {_START_SECONDS:.0f} s from when this one is started",
        "first": "another replica, in the second of the first promotion into this one",
        "before": "this replica with ten linear models, in the second before",
        "other_kind": "this replica, in the second of the first promotion of another kind",
    }
    rows = [
        [f"{what}: {name} ms", *cells(result, lambda start, p=part, q=quantile: getattr(start, p).at(q) / 1000)]
        for part, what in parts.items()
        for quantile, name in QUANTILES
    ]
    rows += [
        [
            "processor time of this replica in the second of its first promotion, ms",
            *cells(result, lambda start: start.first_cpu_ms),
        ],
        ["first promotion, ms", *cells(result, lambda start: start.first_load_ms)],
        ["first promotion of another kind, ms", *cells(result, lambda start: start.other_load_ms)],
        ["start of the JVM until it is ready, ms", *cells(result, lambda start: start.ready_ms)],
        ["processor time until the first promotion, ms", *cells(result, lambda start: start.start_cpu_ms)],
        ["memory at the end (RSS), MiB", *cells(result, lambda start: start.rss_mib)],
    ]
    effort = result.effort
    return "\n\n".join(
        [
            "## Promotions",
            about,
            f"- {effort.rounds} pairs of fresh JVMs, with a rehearsal and without; medians of the pairs, and of the"
            f" ratios (with / without) of a pair, with their lowest and highest; {RATE:,} predictions a second on one"
            f" thread of each replica, from when they were due; no Ray and no sockets; this replica has served for"
            f" {effort.seconds:g} s when another kind comes",
            report.table(["what", "without", "with", "with / without", "of all pairs"], rows),
        ]
    )


def cells(result: Result, of: Any) -> list[str]:
    """Both medians, and how the pairs compare."""
    without, rehearsed = ([of(start) for start in result.starts[mode]] for mode in (OFF, ON))
    ratios = [after / before for before, after in zip(without, rehearsed, strict=True)]
    return [
        f"{statistics.median(without):.3g}",
        f"{statistics.median(rehearsed):.3g}",
        f"{statistics.median(ratios):.2f}",
        f"{min(ratios):.2f} to {max(ratios):.2f}",
    ]
