"""`profile`: where the CPU time of the direct way goes, by async-profiler, as flame graphs and as a table."""

from __future__ import annotations

import statistics
import subprocess
import zipfile
from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from launcher.build.toolchain import Jdk
from launcher.console import progress
from launcher.errors import LauncherError
from launcher.project import Project
from measuring import cluster, fleet, java, libraries, load, placed_cluster, report
from measuring.dataplane_bench import hot_numbers
from measuring.http_bench import Effort

PROFILED = ("Dispatcher", "Deployment1")
CONNECTIONS = 32
_PROFILE = "profile"
_LIBRARY = "linux-x64/libasyncProfiler.so"
_EXPONENT = 1.0
_DRAWS = 40_000
_SEED = 17
_ATTACH_SECONDS = 30
_OWNERS: Mapping[str, tuple[str, ...]] = {
    "Netty": ("io/netty/",),
    "JSON (Jackson)": ("com/fasterxml/", "tools/jackson/"),
    "ONNX Runtime, Java side": ("ai/onnxruntime/",),
    "Many Models": ("io/manymodels/",),
    "JDK": ("java/", "jdk/", "sun/"),
}
_KERNEL = "kernel"
_NATIVE = "native code (ONNX Runtime, libc, JVM)"


@dataclass(frozen=True)
class Result:
    """Samples by owner for each process that was looked at, and the rate meanwhile."""

    rate: float
    shares: Mapping[str, Mapping[str, float]]


def run(project: Project, effort: Effort, graphs: Path) -> Result:
    """graphs: the folder into which the flame graphs are written."""
    classes = java.compiled(project)
    library = unpacked(project)
    settings = {cluster.DIRECT_PORT_VARIABLE: cluster.ANY_PORT}
    numbers = hot_numbers()
    with placed_cluster.running(project, placed_cluster.PLACED, settings) as placed, load.running(classes) as client:
        port = cluster.direct_port(placed.record)
        questions = [fleet.score(number, rows) for number, rows in fleet.mixed_rows(numbers)]
        hot = client.prepare("profile", questions, fleet.draws(len(numbers), _EXPONENT, _DRAWS, _SEED))
        with progress("warming up") as shown, ThreadPoolExecutor(1, "profile") as asking:
            client.send(port, hot, CONNECTIONS, seconds=effort.warm_up_seconds)
            found = {role: pid for pid, role in placed.roles().items() if role in PROFILED}
            rates: list[float] = []
            shares: dict[str, Mapping[str, float]] = {}
            for role in PROFILED:
                shown.text = f"looking at {role}"
                profiler = Profiler(classes.jdk, library, found[role])
                running = asking.submit(client.send, port, hot, CONNECTIONS, seconds=effort.seconds * effort.rounds)
                profiler.start()
                rates.append(running.result().rate)
                shares[role] = owners(profiler.collapsed(project.runtime / "bench" / f"{role}.collapsed"))
                profiler.stop(graphs / f"flame-{role.lower()}.html")
    return Result(statistics.mean(rates), shares)


def unpacked(project: Project) -> Path:
    """async-profiler's library, out of its jar."""
    jars = [jar for jar in libraries.of(project, _PROFILE) if jar.name.startswith("async-profiler")]
    folder = project.runtime / "bench" / "async-profiler"
    with zipfile.ZipFile(jars[0]) as jar:
        return Path(jar.extract(_LIBRARY, folder))


@dataclass(frozen=True)
class Profiler:
    """async-profiler in another JVM, loaded by jcmd."""

    jdk: Jdk
    library: Path
    pid: int

    def start(self) -> None:
        self._ask("start,event=cpu,interval=1ms,threads")

    def collapsed(self, file: Path) -> str:
        """What was seen so far: a line for each stack, its frames from the outermost, and how often."""
        self._ask(f"dump,collapsed,ann,file={file}")
        return file.read_text()

    def stop(self, flame_graph: Path) -> None:
        self._ask(f"stop,flamegraph,ann,minwidth=0.3,title=Many Models: CPU time,file={flame_graph}")

    def _ask(self, command: str) -> None:
        # In quotes of its own, for jcmd takes what has a = for an option of jcmd.
        words = [str(self.jdk.java.with_name("jcmd")), str(self.pid), "JVMTI.agent_load", str(self.library)]
        words.append(f'"{command}"')
        result = subprocess.run(words, capture_output=True, text=True, check=False, timeout=_ATTACH_SECONDS)
        if result.returncode != 0 or "return code: 0" not in result.stdout:
            raise LauncherError(f"the profiler could not be told {command!r}: {result.stdout.strip()[-300:]}")


def owners(collapsed: str) -> dict[str, float]:
    """The share of the samples whose innermost frame belongs to each owner."""
    counts: Counter[str] = Counter()
    for line in collapsed.splitlines():
        stack, _, count = line.rpartition(" ")
        counts[owner(stack.split(";"))] += int(count)
    total = sum(counts.values())
    if total == 0:
        raise LauncherError("the profiler has seen nothing")
    return {name: count / total for name, count in counts.most_common()}


def owner(frames: Sequence[str]) -> str:
    """Frames are annotated: _[k] is the kernel's; Java's have a class with slashes."""
    innermost = frames[-1]
    if innermost.endswith("_[k]"):
        return _KERNEL
    for name, prefixes in _OWNERS.items():
        if innermost.startswith(prefixes):
            return name
    return _NATIVE


def text(result: Result, graphs: Path, about: str) -> str:
    names = [*_OWNERS, _KERNEL, _NATIVE]
    rows = [[name, *(f"{result.shares[role].get(name, 0.0):.0%}" for role in PROFILED)] for name in names]
    links = ", ".join(f"[{role}](../{graphs.name}/flame-{role.lower()}.html)" for role in PROFILED)
    return "\n\n".join(
        [
            "## Profile",
            about,
            f"- {CONNECTIONS} connections in a closed loop, hot tenants, {result.rate:.0f} requests/s while the"
            " profiler was there; samples of CPU time by what the innermost frame belongs to",
            report.table(["", *PROFILED], rows),
            f"Flame graphs (open in a browser): {links}.",
        ]
    )
