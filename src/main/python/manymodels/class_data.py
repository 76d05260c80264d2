"""A class-data archive (AppCDS): JVMs map it, instead of each parsing and keeping the classes for itself.

It holds the classes that a training run loads; an archive of all classes would take more memory than it saves. It fits
one JVM and the jars as they lie there: any other JVM finds that out by itself, and goes without.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

_MAIN = "io.manymodels.cli.Main"
_WORKER = "io.ray.runtime.runner.worker.DefaultWorker"
_QUESTION = '[{"kind": "HOT", "deployment": "Deployment1", "user_config": "{}"}]'
_SECONDS = 180
# Options of other JVMs, and settings that could name stores which are in use: the training publishes a model.
_FOREIGN = ("JDK_JAVA_OPTIONS", "JAVA_TOOL_OPTIONS", "_JAVA_OPTIONS", "CLASSPATH", "MANY_MODELS_", "RAY_")
# Otherwise the worker that finds no raylet asks ten times, a second apart (ray_config_def.h, Ray 2.60).
_ASK_ONCE = {"RAY_raylet_client_num_connect_attempts": "1"}


class ClassDataError(Exception):
    """A JVM that should have succeeded failed; the message has what it said."""


@dataclass(frozen=True)
class Workers:
    """How Ray's Java workers are started. jars: the folder whose jars are their class path."""

    java: Path
    jars: Path
    options: Sequence[str]


def options_that_map(archive: Path) -> list[str]:
    """For JVMs that shall start with the archive if it fits, and say nothing if it does not."""
    return [f"-XX:SharedArchiveFile={archive}", "-Xshare:auto", "-Xlog:cds=off"]


def make(workers: Workers, target: Path, environment: Mapping[str, str]) -> None:
    """Writes the archive; JVMs that map an earlier one keep it. Raises ClassDataError, OSError or SubprocessError."""
    clean = {name: value for name, value in environment.items() if not name.startswith(_FOREIGN)}
    fresh = target.with_name(f"{target.name}.{os.getpid()}")
    try:
        # Where nothing else is: the class path of Ray's workers names the folder that they are in.
        with tempfile.TemporaryDirectory() as folder:
            _dump(workers, Path(folder), _train(workers, Path(folder) / "work", clean), fresh, clean)
        fresh.chmod(0o644)
        fresh.replace(target)
    finally:
        fresh.unlink(missing_ok=True)


def _train(workers: Workers, work: Path, environment: Mapping[str, str]) -> list[str]:
    """The classes that these load: a worker of Ray that looks for its cluster in vain, and commands that read
    configuration, write models, load one and ask it."""
    (work / "registry").mkdir(parents=True)
    (work / "question.json").write_text(_QUESTION)
    model = work / "fleet" / "tenant1" / "1" / "model.onnx"
    commands: list[tuple[list[str], bool]] = [
        ([*_of_a_worker(work), _WORKER], False),
        ([_MAIN, "check-user-configs", str(work / "question.json")], True),
        ([_MAIN, "fleet", str(work / "fleet"), "--tenants", "3"], True),
        ([_MAIN, "models", "publish", "tenant1", str(model)], True),
    ]
    variables = {**environment, **_ASK_ONCE, "MANY_MODELS_REGISTRY": f"file:{work / 'registry'}"}
    loaded = set()
    for i, (command, has_to_succeed) in enumerate(commands):
        names = work / f"{i}.classes"
        _java(workers, work, [f"-XX:DumpLoadedClassList={names}"], command, variables, has_to_succeed)
        # Lambdas, which begin with @, have lines that only the JVM that wrote them can read.
        lines = names.read_text().splitlines() if names.is_file() else []
        loaded |= {line.partition(" ")[0] for line in lines if line and line[0] not in "#@"}
    shutil.rmtree(work)
    return sorted(loaded)


def _of_a_worker(work: Path) -> list[str]:
    values = {
        "ray.address": "127.0.0.1:1",
        "ray.raylet.node-manager-port": "1",
        "ray.object-store.socket-name": str(work / "store"),
        "ray.raylet.socket-name": str(work / "raylet"),
        "ray.node-ip": "127.0.0.1",
        "ray.home": str(work),
        "ray.logging.dir": str(work),
        "ray.session-dir": str(work),
        "ray.worker.id": "00" * 28,
        "ray.internal.runtime-env-hash": "0",
    }
    return [f"-D{name}={value}" for name, value in values.items()]


def _dump(workers: Workers, folder: Path, names: Sequence[str], target: Path, environment: Mapping[str, str]) -> None:
    with tempfile.NamedTemporaryFile("w", suffix=".classes") as listed:
        listed.write("\n".join(names) + "\n")
        listed.flush()
        options = [f"-XX:SharedClassListFile={listed.name}", f"-XX:SharedArchiveFile={target}", "-Xlog:cds=error"]
        _java(workers, folder, ["-Xshare:dump", *options], [], environment, True)


def _java(
    workers: Workers,
    folder: Path,
    options: Sequence[str],
    rest: Sequence[str],
    environment: Mapping[str, str],
    succeed: bool,
) -> None:
    """Runs a JVM with the class path of Ray's workers; what it prints is told when it should have succeeded."""
    result = subprocess.run(
        [str(workers.java), *workers.options, *options, "-cp", f"{workers.jars}/*", *rest],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=_SECONDS,
    )
    if succeed and result.returncode != 0:
        said = (result.stdout + result.stderr)[-2000:]
        raise ClassDataError(f"java {' '.join(rest) or '-Xshare:dump'} failed: {said}")
