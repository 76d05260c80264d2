"""`loading`: what loading models costs in one replica of Deploymentx, without Ray."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from launcher.build import application_jar
from launcher.build.java_main import class_path, java_command, java_environment
from launcher.build.shipped import MEMORY_OPTIONS
from launcher.build.toolchain import find_jdk
from launcher.cluster import redis_server
from launcher.console import step
from launcher.errors import LauncherError
from launcher.project import Project
from measuring import java, report
from measuring.http_bench import Effort

TENANTS = 21_000
_MAIN = "io.manymodels.loading.Loading"
_PROCESSES = 10
_WHOLE_EFFORT_SECONDS = 30.0


def run(project: Project, effort: Effort) -> dict[str, dict[str, Any]]:
    """Each measurement's figures by its name."""
    application_jar.build(project)
    scale = min(1.0, effort.rounds * effort.seconds / _WHOLE_EFFORT_SECONDS)
    folder = Path(tempfile.mkdtemp(prefix="mm-loading-"))
    # In memory, as the replicas have it.
    cache = Path(tempfile.mkdtemp(prefix="mm-loading-", dir="/dev/shm" if os.access("/dev/shm", os.W_OK) else None))  # noqa: S108
    try:
        with step("making models", "made the models"):
            _fleet(project, folder / "models")
        classes = java.compiled(project)
        plain = {"MANY_MODELS_REGISTRY": f"file:{folder / 'models'}"}
        with redis_server.running(project) as redis:
            warm = plain | {"MANY_MODELS_WARM": redis.uri}
            shared = warm | {"MANY_MODELS_NODE_CACHE": f"file:{cache / 'artifacts'}?mib=64"}

            def measure(environment: Mapping[str, str], *arguments: object) -> dict[str, Any]:
                with step(f"measuring {arguments[0]}", f"measured {arguments[0]}"):
                    return _result(_start(classes, environment, *arguments))

            figures = {
                "together": measure(plain, "together", 1_000),
                "folder": measure(plain, "cold", 200),
                "redis": measure(warm, "cold", 200),
                "mixed": measure(plain, "memory", int(10_000 * scale), 1),
                "forests": measure(plain, "memory", int(10_000 * scale), 2),
                "cycles": measure(plain, "cycles", int(100_000 * scale)),
            }
            redis.call("FLUSHALL")
            started = [_start(classes, shared, "together", 1) for _ in range(_PROCESSES)]
            figures["node"] = {"registry_reads": sum(_result(process)["registry_reads"] for process in started)}
        return figures
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        shutil.rmtree(cache, ignore_errors=True)


def _fleet(project: Project, registry: Path) -> None:
    command = java_command(
        find_jdk(os.environ).java, class_path(project), "fleet", [str(registry), "--tenants", str(TENANTS)], os.environ
    )
    result = subprocess.run(command, capture_output=True, text=True, check=False, env=java_environment(os.environ))
    if result.returncode != 0:
        raise LauncherError(f"the fleet was not made: {result.stderr.strip()[-300:]}")


def _start(classes: java.BenchClasses, environment: Mapping[str, str], *arguments: object) -> subprocess.Popen[str]:
    java_bin, *rest = classes.command(_MAIN, *map(str, arguments))
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("MANY_MODELS_")}
    return subprocess.Popen(
        [java_bin, *MEMORY_OPTIONS, *rest],
        env=java_environment(inherited) | {"MALLOC_ARENA_MAX": "2"} | dict(environment),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def _result(process: subprocess.Popen[str]) -> dict[str, Any]:
    out, error = process.communicate()
    if process.returncode != 0:
        raise LauncherError(f"{_MAIN} failed: {error.strip()[-500:]}")
    figures: dict[str, Any] = json.loads(out.strip().splitlines()[-1])
    return figures


def text(figures: Mapping[str, Mapping[str, Any]], about: str) -> str:
    together, mixed, forests, cycles = (figures[name] for name in ("together", "mixed", "forests", "cycles"))

    def row(what: str, measured: str, target: str, reached: bool) -> list[str]:
        return [what, measured, target, "yes" if reached else "no"]

    rows = [
        row(
            "1,000 requests at once for one cold model: reads of the registry, models loaded, errors",
            f"{together['registry_reads']}, {together['models']}, {together['errors']}",
            "1, 1, 0",
            (together["registry_reads"], together["models"], together["errors"]) == (1, 1, 0),
        )
    ]
    for name, where in (("folder", "the folder"), ("redis", "Redis")):
        more = figures[name]["cold_ms"] - figures[name]["hot_ms"]
        reads = f"{figures[name]['warm_reads']} reads of Redis, {figures[name]['registry_reads']} of the registry"
        rows.append(
            row(
                f"first answer over a hot one, from {where}, forests ({reads})",
                f"{more:.2f} ms",
                "<= 10 ms",
                more <= 10,
            )
        )
    rows += [
        row(
            f"{mixed['models']:,} models, half linear, half forests: RSS of the JVM",
            f"{mixed['rss_mib']:.0f} MiB ({mixed['kib_a_model']:.1f} KiB a model)",
            "<= 1024 MiB",
            mixed["rss_mib"] <= 1024,
        ),
        row(
            "their accounted weight by the growth of RSS",
            f"{mixed['accounted_by_growth']:.3f}",
            "0.9..1.1",
            0.9 <= mixed["accounted_by_growth"] <= 1.1,
        ),
        row(
            f"the same of {forests['models']:,} forests ({forests['kib_a_model']:.1f} KiB a model)",
            f"{forests['accounted_by_growth']:.3f}",
            "0.9..1.1",
            0.9 <= forests["accounted_by_growth"] <= 1.1,
        ),
        row(
            f"loads and unloads, {cycles['models']} at a time: RSS, and since a warm-up",
            f"{cycles['rss_mib']:.0f} MiB, {cycles['drift']:+.1%}",
            "< 5 %",
            cycles["drift"] < 0.05,
        ),
        row(
            f"{_PROCESSES} JVMs of a node ask for the same cold model at once: reads of the registry in all",
            str(figures["node"]["registry_reads"]),
            "1",
            figures["node"]["registry_reads"] == 1,
        ),
    ]
    return "\n\n".join(["## Loading", about, report.table(["what", "measured", "target", "reached"], rows)])
