"""`memory`: what the JVMs of a fresh cluster take, and how fast they are, under several options."""

from __future__ import annotations

import os
import statistics
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from launcher import status
from launcher.build.shipped import JAVA_OPTIONS_VARIABLE
from launcher.build.toolchain import find_jdk
from launcher.cluster import serve_api
from launcher.cluster.instance import Record
from launcher.console import progress, say
from launcher.errors import LauncherError
from launcher.project import Project
from measuring import cluster, java, load, report
from measuring.http_bench import CONNECTIONS, PINS, Effort, make_variants
from measuring.load import Sample, VariantClient

_ARCHIVE_SOURCE = "Deployment1"
_SETTLE_SECONDS = 5.0
_DUMP_SECONDS = 120
TARGET_MIB = 2560


@dataclass(frozen=True)
class Flags:
    """Options of all JVMs, on top of the shipped ones, and other settings of the environment.

    archive: whether the JVMs map an archive of loaded classes (AppCDS), made by a run before, instead of that of `up`.
    """

    options: str = ""
    environment: Mapping[str, str] = field(default_factory=dict)
    archive: bool = False

    def title(self) -> str:
        archive = ["AppCDS archive"] if self.archive else []
        return " ".join([self.options, *(f"{n}={v}" for n, v in self.environment.items()), *archive]).strip()


_ARENAS = {"MALLOC_ARENA_MAX": "2"}
SETS = {
    "shipped": Flags(),
    "c1": Flags("-XX:TieredStopAtLevel=1"),
    "stacks": Flags("-Xss512k -XX:VMThreadStackSize=512 -XX:CompilerThreadStackSize=1024"),
    "code-cache": Flags("-XX:ReservedCodeCacheSize=48m"),
    "heap": Flags("-Xms16m -XX:MinHeapFreeRatio=10 -XX:MaxHeapFreeRatio=30"),
    "arenas": Flags(environment=_ARENAS),
    "archive": Flags(archive=True),
    "c1-arenas": Flags("-XX:TieredStopAtLevel=1", _ARENAS),
    "all": Flags(
        "-XX:TieredStopAtLevel=1 -Xss512k -XX:ReservedCodeCacheSize=48m"
        " -Xms16m -XX:MinHeapFreeRatio=10 -XX:MaxHeapFreeRatio=30",
        _ARENAS,
        archive=True,
    ),
    "shipped-again": Flags(),
}
"""The last is the first once more: by how much these two differ, the others may by chance."""


@dataclass(frozen=True)
class Outcome:
    """Memory in MiB, proportional set size."""

    name: str
    flags: Flags
    up_seconds: float
    jvms: int
    threads: int
    jvms_mib: float
    ray_mib: float
    loaded_mib: float
    by_role: Mapping[str, float]
    samples: Sequence[Sample]


def run(project: Project, effort: Effort, names: Sequence[str]) -> list[Outcome]:
    classes = java.compiled(project)
    outcomes = []
    for name in names:
        say(f"\n=== {name}: {SETS[name].title() or 'as shipped'}")
        archive = make_archive(project, SETS[name]) if SETS[name].archive else None
        outcomes.append(measure(project, classes, effort, name, archive))
    return outcomes


def settings(flags: Flags, extra: str) -> dict[str, str]:
    return {**flags.environment, JAVA_OPTIONS_VARIABLE: f"{flags.options} {extra}".strip()}


def make_archive(project: Project, flags: Flags) -> Path:
    """The classes that a hot replica has loaded after its first request, in a file that others can map."""
    archive = project.plain().runtime / "bench" / "classes.jsa"
    archive.unlink(missing_ok=True)
    with cluster.running(project, os.environ, settings(flags, "-XX:+RecordDynamicDumpInfo")) as (instance, record):
        pid = next(
            replica.pid
            for application in serve_api.applications(record.ports.dashboard_url)
            for deployment in application.deployments
            for replica in deployment.replicas
            if deployment.name == _ARCHIVE_SOURCE
        )
        jcmd = find_jdk(os.environ).home / "bin" / "jcmd"
        command = [str(jcmd), str(pid), "VM.cds", "dynamic_dump", str(archive)]
        result = subprocess.run(command, capture_output=True, text=True, timeout=_DUMP_SECONDS, check=False)
        if not archive.is_file():
            raise LauncherError(f"no archive of {instance.name}'s classes: {result.stdout}{result.stderr}".strip())
    return archive


def measure(project: Project, classes: java.BenchClasses, effort: Effort, name: str, archive: Path | None) -> Outcome:
    flags = SETS[name]
    extra = f"-XX:SharedArchiveFile={archive}" if archive else ""
    started = time.monotonic()
    with cluster.running(project, os.environ, settings(flags, extra)) as (instance, record):
        up_seconds = time.monotonic() - started
        threading.Event().wait(_SETTLE_SECONDS)
        fresh = status.look(instance)
        jvms = [use.pid for use in fresh.processes if use.is_jvm]
        threads = sum(threads_of(pid) for pid in jvms)
        with load.client(classes, record.ports.http) as client:
            samples = list(score(project, record, client, effort))
        loaded = status.look(instance)
    return Outcome(
        name,
        flags,
        up_seconds,
        len(jvms),
        threads,
        mib(fresh.pss_of(jvms=True)),
        mib(fresh.pss_of(jvms=False)),
        mib(loaded.pss_of(jvms=True)),
        {role: mib(pss) for role, pss in by_role(fresh).items()},
        samples,
    )


def score(project: Project, record: Record, client: VariantClient, effort: Effort) -> Iterator[Sample]:
    cluster.pin_all(record.ports.base_url, PINS)
    hot = next(v for v in make_variants(project, record) if v.key == "c")
    with progress("warming up") as shown:
        client.run(hot, max(CONNECTIONS), effort.warm_up_seconds)
        shown.text = "measuring"
        for _ in range(effort.rounds):
            yield client.run(hot, max(CONNECTIONS), effort.seconds)


def by_role(seen: status.Status) -> dict[str, int]:
    """PSS of the JVMs by what they are; hot replicas together."""
    found: dict[str, int] = {}
    for use in seen.processes:
        if use.is_jvm:
            role = "hot replicas" if use.role.removeprefix("Deployment").isdigit() else use.role
            found[role] = found.get(role, 0) + (use.pss_bytes or 0)
    return found


def mib(count: int) -> float:
    return count / 2**20


def threads_of(pid: int) -> int:
    return len(list(Path(f"/proc/{pid}/task").iterdir()))


def text(outcomes: Sequence[Outcome], effort: Effort, about: str) -> str:
    """The section of RESULTS.md."""
    roles = list(dict.fromkeys(role for outcome in outcomes for role in outcome.by_role))
    return "\n\n".join(
        [
            "## Memory",
            about,
            f"- each on a fresh cluster of its own; PSS {_SETTLE_SECONDS:g} s after `up`, target < {TARGET_MIB} MiB for"
            f" all JVMs; then {effort.rounds} rounds of {effort.seconds:g} s /score of a hot tenant,"
            f" {max(CONNECTIONS)} connections, after {effort.warm_up_seconds:g} s of warm-up; medians",
            "\n".join(f"- {o.name}: {_code(o.flags.title())}" for o in outcomes),
            report.table(
                ["options", "JVMs", "threads", "PSS MiB", "after load", "Ray MiB", "requests/s", "p50 ms", "up s"],
                [_row(outcome) for outcome in outcomes],
            ),
            "PSS of the JVMs after `up`, MiB:",
            report.table(
                ["options", *roles],
                [
                    [o.name, *(f"{o.by_role[role]:.0f}" if role in o.by_role else "-" for role in roles)]
                    for o in outcomes
                ],
            ),
        ]
    )


def _row(outcome: Outcome) -> list[str]:
    rate = statistics.median(sample.rate for sample in outcome.samples)
    p50 = statistics.median(sample.p50_us for sample in outcome.samples) / 1000
    memory = [outcome.jvms_mib, outcome.loaded_mib, outcome.ray_mib]
    counts = [str(outcome.jvms), str(outcome.threads), *(f"{value:.0f}" for value in memory)]
    return [outcome.name, *counts, f"{rate:.0f}", f"{p50:.2f}", f"{outcome.up_seconds:.0f}"]


def _code(flags: str) -> str:
    return f"`{flags}`" if flags else "as shipped"
