"""A build step of the image: gives the application's jar to Ray's Java workers, and prepares what they all share.

    python install.py HOME [JARS]

JARS is the class path of Ray's Java workers, by default that of the Ray that Python finds. HOME holds many-models.jar,
java.options and the folder python. Beside them come:

native         the libraries of ONNX Runtime, unpacked, so that all JVMs map the same files
classes.jsa    a class-data archive: what JVMs would each parse and keep for themselves, they map. It holds the classes
               that a training run loads; an archive of all classes would take more memory than it saves.
image.options  the options of every JVM of the image, for JDK_JAVA_OPTIONS
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

_ARCHITECTURES = {"x86_64": "x64", "amd64": "x64", "aarch64": "aarch64", "arm64": "aarch64"}
_MAIN = "io.manymodels.cli.Main"
_WORKER = "io.ray.runtime.runner.worker.DefaultWorker"
_QUESTION = '[{"kind": "HOT", "deployment": "Deployment1", "user_config": "{}"}]'
_SECONDS = 180


def install(home: Path, jars: Path) -> None:
    """Raises SystemExit with one line about what is wrong."""
    if not (jars / "ray_dist.jar").is_file():
        raise SystemExit(f"there is no {jars / 'ray_dist.jar'}, which Ray's Java workers need")
    shutil.copyfile(home / "many-models.jar", jars / "many-models.jar")
    unpack_native(home / "many-models.jar", home / "native")
    options = [*options_of(home / "java.options"), f"-Donnxruntime.native.path={home / 'native'}"]
    # In an empty folder: the class path of Ray's workers names the folder that they are in.
    with tempfile.TemporaryDirectory() as empty:
        names = train(Path(empty), jars, options)
        archive(Path(empty), jars, options, names, home / "classes.jsa")
    options += [f"-XX:SharedArchiveFile={home / 'classes.jsa'}", "-Xshare:auto", "-Xlog:cds=error"]
    (home / "image.options").write_text("\n".join(options) + "\n")


def ray_jars() -> Path:
    """The folder whose jars are the class path of Ray's Java workers, in the tested version of Ray."""
    found = importlib.util.find_spec("ray")
    if found is None or found.origin is None:
        raise SystemExit("the base image has no Ray")
    from manymodels.ray_java_compat.patching import TESTED_RAY_VERSION

    version = importlib.metadata.version("ray")
    if version != TESTED_RAY_VERSION:
        raise SystemExit(f"the base image has Ray {version}, but the bridge is made for {TESTED_RAY_VERSION}")
    return Path(found.origin).parent / "jars"


def options_of(file: Path) -> list[str]:
    lines = [line.strip() for line in file.read_text().splitlines()]
    return [line for line in lines if line and not line.startswith("#")]


def unpack_native(jar: Path, into: Path) -> None:
    machine = platform.machine().lower()
    folder = f"ai/onnxruntime/native/linux-{_ARCHITECTURES.get(machine, machine)}/"
    into.mkdir(exist_ok=True)
    with zipfile.ZipFile(jar) as source:
        names = [name for name in source.namelist() if name.startswith(folder) and not name.endswith("/")]
        if not names:
            raise SystemExit(f"ONNX Runtime has no libraries for {machine}")
        for name in names:
            (into / name.removeprefix(folder)).write_bytes(source.read(name))


def train(folder: Path, jars: Path, options: Sequence[str]) -> list[str]:
    """The classes that these load: a worker of Ray that looks for its cluster in vain, and commands that read
    configuration, write models, load one and ask it."""
    work = folder / "work"
    (work / "registry").mkdir(parents=True)
    (work / "question.json").write_text(_QUESTION)
    model = work / "fleet" / "tenant1" / "1" / "model.onnx"
    commands: list[tuple[list[str], bool]] = [
        ([*_of_a_worker(work), _WORKER], False),
        ([_MAIN, "check-user-configs", str(work / "question.json")], True),
        ([_MAIN, "fleet", str(work / "fleet"), "--tenants", "3"], True),
        ([_MAIN, "models", "publish", "tenant1", str(model)], True),
    ]
    loaded = set()
    for i, (command, has_to_succeed) in enumerate(commands):
        names = work / f"{i}.classes"
        all_options = [*options, f"-XX:DumpLoadedClassList={names}"]
        java(work, jars, all_options, command, {"MANY_MODELS_REGISTRY": f"file:{work / 'registry'}"}, has_to_succeed)
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


def archive(folder: Path, jars: Path, options: Sequence[str], names: Sequence[str], target: Path) -> None:
    listed = folder.with_name(f"{folder.name}.classes")
    listed.write_text("\n".join(names) + "\n")
    dump = ["-Xshare:dump", f"-XX:SharedClassListFile={listed}", f"-XX:SharedArchiveFile={target}", "-Xlog:cds=error"]
    try:
        java(folder, jars, [*options, *dump], [], {}, True)
    finally:
        listed.unlink()
    target.chmod(0o644)


def java(
    folder: Path, jars: Path, options: Sequence[str], rest: Sequence[str], variables: Mapping[str, str], succeed: bool
) -> None:
    """Runs a JVM with the class path of Ray's workers; what it prints is shown when it should have succeeded."""
    environment = {name: value for name, value in os.environ.items() if name != "JDK_JAVA_OPTIONS"} | dict(variables)
    result = subprocess.run(
        ["java", *options, "-cp", f"{jars}/*", *rest],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=_SECONDS,
    )
    if succeed and result.returncode != 0:
        raise SystemExit(f"java {' '.join(rest) or '-Xshare:dump'} failed: {(result.stdout + result.stderr)[-2000:]}")


if __name__ == "__main__":
    install(Path(sys.argv[1]).resolve(), Path(sys.argv[2]) if len(sys.argv) > 2 else ray_jars())
