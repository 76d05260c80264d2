"""`micro`: what placement costs inside the JVMs, by JMH, with the shipped options for memory."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from launcher.build import application_jar
from launcher.build.shipped import MEMORY_OPTIONS
from launcher.build.toolchain import Jdk, find_jdk
from launcher.console import say
from launcher.errors import LauncherError
from launcher.project import Project
from measuring import java, libraries, report
from measuring.http_bench import Effort

_PROCESSOR = "org.openjdk.jmh.generators.BenchmarkProcessor"
_JMH_MAIN = "org.openjdk.jmh.Main"
_HEAP_MAIN = "io.manymodels.micro.StatisticsHeap"
_MIB = 2**20


@dataclass(frozen=True)
class Figure:
    """What a benchmark is called here, and what it may cost."""

    title: str
    target: str
    unit: str


FIGURES: Mapping[str, Figure] = {
    "CountingBenchmark.recordOneThread": Figure(
        "TrafficCounter.record, 1 thread, 10,000 tenants (Zipf 1.0), drained every 250 ms", "<= 200", "ns"
    ),
    "CountingBenchmark.recordTwoThreads": Figure("the same, 2 threads", "<= 200", "ns"),
    "MeasuringBenchmark.dispatcherOneThread": Figure(
        "all that a Dispatcher measures of a request, 1 thread, 10,000 tenants, reported every 250 ms", "<= 300", "ns"
    ),
    "MeasuringBenchmark.dispatcherTwoThreads": Figure("the same, 2 threads", "<= 300", "ns"),
    "MeasuringBenchmark.replicaOneThread": Figure("all that a replica measures of a prediction", "<= 300", "ns"),
    "LookupBenchmark.placement": Figure("PlacementTable.placement, 5,000 of 10,000 tenants placed", "<= 200", "ns"),
    "RouterBenchmark.hot": Figure(
        "ScoreRequests and Router, a placed tenant, the replica answers at once, 2 replicas a deployment",
        "<= 5000",
        "ns",
    ),
    "RouterBenchmark.overflow": Figure(
        "the same, a tenant without a place, 4 replicas of Deploymentx", "<= 5000", "ns"
    ),
    "GateBenchmark.nobodyConfigured": Figure("who may ask: no callers are configured", "<= 50", "ns"),
    "GateBenchmark.apiKey": Figure("the same, an API key of 1,000", "<= 3000", "ns"),
    "GateBenchmark.seenToken": Figure("the same, a JWT of 1,000 characters that was seen before", "<= 3000", "ns"),
    "GateBenchmark.quotaOfTenantAndCaller": Figure("quotas of a tenant and its caller", "<= 3000", "ns"),
    "DecisionBenchmark.round": Figure(
        "a decision round: report of 1,000 tenants, 100,000 known, 10 x 500 places taken", "<= 20", "ms"
    ),
}
HEAP = Figure("heap of TrafficStatistics, 100,000 known tenants, names of 20 characters", "< 64", "MiB")


@dataclass(frozen=True)
class Row:
    figure: Figure
    value: float
    error: float
    p99: float | None


def run(project: Project, effort: Effort) -> list[Row]:
    application_jar.build(project)
    jdk = find_jdk(os.environ)
    path = _class_path(project, jdk)
    results = project.runtime / "bench" / "jmh.json"
    results.unlink(missing_ok=True)
    _run([*_java(project, jdk, path, _JMH_MAIN), *jmh_options(effort, results)], shown=True)
    heap = json.loads(_run(_java(project, jdk, path, _HEAP_MAIN), shown=False))
    if heap["known"] < 100_000:
        raise LauncherError(f"only {heap['known']} tenants were known")
    return [*rows(json.loads(results.read_text())), Row(HEAP, heap["bytes"] / _MIB, 0.0, None)]


def jmh_options(effort: Effort, results: Path) -> list[str]:
    """Two forks, so that what differs from one run of a JVM to the next shows in the error."""
    rounds, seconds = str(effort.rounds), f"{round(effort.seconds * 1000)}ms"
    warm_up = f"{max(1, round(effort.warm_up_seconds * 1000 / effort.rounds))}ms"
    forks = "2" if effort.rounds > 1 else "1"
    options = ["-f", forks, "-wi", rounds, "-w", warm_up, "-i", rounds, "-r", seconds]
    return [*options, "-jvmArgs", " ".join(MEMORY_OPTIONS), "-foe", "true", "-rf", "json", "-rff", str(results)]


def rows(results: Sequence[Mapping[str, Any]]) -> list[Row]:
    """JMH's results in the order of FIGURES; one that is missing is an error."""
    by_name = {".".join(result["benchmark"].split(".")[-2:]): result["primaryMetric"] for result in results}
    missing = FIGURES.keys() - by_name.keys()
    if missing:
        raise LauncherError(f"JMH gave no result for {', '.join(sorted(missing))}")
    found = []
    for name, figure in FIGURES.items():
        metric = by_name[name]
        if not metric["scoreUnit"].startswith(figure.unit):
            raise LauncherError(f"JMH measured {name} in {metric['scoreUnit']}, not in {figure.unit}")
        # Only samples of single rounds have percentiles that mean something.
        p99 = metric["scorePercentiles"].get("99.0") if figure.unit == "ms" else None
        error = metric["scoreError"]
        found.append(Row(figure, metric["score"], float(error), p99))
    return found


def text(measured: Sequence[Row], effort: Effort, about: str) -> str:
    """The section of RESULTS.md."""
    return "\n\n".join(
        [
            "## Micro",
            about,
            f"- JMH with `{' '.join(MEMORY_OPTIONS)}`; {effort.rounds} rounds of {effort.seconds:g} s a fork after"
            f" {effort.warm_up_seconds:g} s of warm-up; means, errors of 99.9 %",
            report.table(
                ["what", "mean", "error", "p99", "target", "reached"],
                [_cells(row) for row in measured],
            ),
        ]
    )


def _cells(row: Row) -> list[str]:
    unit = row.figure.unit
    value = f"{row.value:.1f} {unit}"
    error = "" if row.error == 0 or row.error != row.error else f"± {row.error:.1f}"
    p99 = "" if row.p99 is None else f"{row.p99:.1f} {unit}"
    target = row.figure.target
    return [row.figure.title, value, error, p99, f"{target} {unit}", report.verdict(row.value, target)]


def _class_path(project: Project, jdk: Jdk) -> str:
    """Compiles the benchmarks."""
    folder = project.runtime / "bench" / "micro"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    path = os.pathsep.join(map(str, (folder, project.jar, *libraries.of(project, java.MICRO))))
    benchmarks = [source for source in java.sources(project) if source.parent.name == java.MICRO]
    java.compile_sources(jdk, benchmarks, path, folder, _PROCESSOR)
    return path


def _java(project: Project, jdk: Jdk, path: str, main_class: str) -> list[str]:
    temporary = f"-Djava.io.tmpdir={project.runtime / 'bench'}"
    options = MEMORY_OPTIONS if main_class == _HEAP_MAIN else ()
    return [str(jdk.java), *options, temporary, "-cp", path, main_class]


def _run(command: Sequence[str], *, shown: bool) -> str:
    if shown:
        say("measuring with JMH")
    output = None if shown else subprocess.PIPE
    result = subprocess.run(command, stdout=output, text=True, check=False)
    if result.returncode != 0:
        raise LauncherError(f"the benchmarks ended with exit code {result.returncode}; their message is above")
    return result.stdout or ""
