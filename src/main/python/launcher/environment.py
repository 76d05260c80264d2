"""The environment of `ray start`, which every replica inherits. This is the one place where it is made."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from launcher.ports import LOOPBACK
from launcher.processes import MARKER
from launcher.project import Project
from launcher.toolchain import Jdk

# Options of the user for every JVM, such as -XX:TieredStopAtLevel=1. They come last: the last of two wins.
JAVA_OPTIONS_VARIABLE = "MANY_MODELS_JAVA_OPTIONS"
# Of artifacts that the replicas of a node share; an artifact of a small model has some kB.
NODE_CACHE_MIB = 256
# What the image has as well, so that replicas see the same here and there.
_DEPLOY = Path(__file__).resolve().parents[4] / "deploy"
_NATIVE_ACCESS_FROM_JAVA = 22
_UNSAFE_OPTION_FROM_JAVA = 23
_LOCAL_ADDRESSES = ("127.0.0.1", "localhost", "::1")
# Settings of the user's shell that are meant for another Ray or another Python.
_FOREIGN_PREFIXES = ("RAY_", "__RAY", "PYTHON")
_FOREIGN = frozenset({"JDK_JAVA_OPTIONS", "CLASSPATH", "VIRTUAL_ENV"})


def lines_of(text: str) -> list[str]:
    """The lines of a file with comments, which begin with #."""
    lines = [line.strip() for line in text.splitlines()]
    return [line for line in lines if line and not line.startswith("#")]


VARIABLES = dict(line.split("=", 1) for line in lines_of((_DEPLOY / "environment.env").read_text()))
JAVA_OPTIONS = tuple(lines_of((_DEPLOY / "java.options").read_text()))
# Those of them that bound the memory, and what keeps ONNX Runtime quiet, for JVMs that Ray does not start.
MEMORY_OPTIONS = tuple(option for option in JAVA_OPTIONS if option.startswith("-X"))
WITHOUT_TELEMETRY = {name: value for name, value in VARIABLES.items() if name.startswith("ORT_")}


@dataclass(frozen=True)
class Settings:
    """What an instance's environment is made of. The paths hold no blanks (see Project.plain).

    class_data_options: a file with further options of JVMs, without which none starts (see class_data.prepare).
    """

    project: Project
    jdk: Jdk
    registry: Path
    state: Path
    node_cache: Path
    ray_temp: Path
    dashboard_metrics_port: int
    direct_port: int | None = None
    class_data_options: Path | None = None


def of_ray(settings: Settings, user: Mapping[str, str]) -> dict[str, str]:
    """The whole environment of `ray start`, from the user's own."""
    environment = (
        without_foreign(user)
        | VARIABLES
        | {
            "JAVA_HOME": str(settings.jdk.home),
            "JDK_JAVA_OPTIONS": " ".join([*java_options(settings), *user.get(JAVA_OPTIONS_VARIABLE, "").split()]),
            "PATH": os.pathsep.join(
                [str(settings.project.venv / "bin"), str(settings.jdk.home / "bin"), user.get("PATH", os.defpath)]
            ),
            "PYTHONPATH": str(settings.project.python_sources),
            # A token file left by another Ray would switch authentication on for half of the processes.
            "RAY_AUTH_MODE": "disabled",
            # Ray takes 127.0.0.1 as the node's address instead of replacing it: nothing listens for other machines.
            "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0",
            "DASHBOARD_METRIC_PORT": str(settings.dashboard_metrics_port),
            MARKER: str(settings.ray_temp),
        }
    )
    environment.setdefault("MANY_MODELS_REGISTRY", f"file:{settings.registry}")
    if settings.direct_port is not None:
        environment |= {"MANY_MODELS_DIRECT_PORT": str(settings.direct_port), "MANY_MODELS_DIRECT_HOST": LOOPBACK}
    environment.setdefault("MANY_MODELS_STATE", f"file:{settings.state}")
    environment.setdefault("MANY_MODELS_NODE_CACHE", f"file:{settings.node_cache}?mib={NODE_CACHE_MIB}")
    return without_proxy_for_loopback(environment)


def without_foreign(user: Mapping[str, str]) -> dict[str, str]:
    return {
        name: value for name, value in user.items() if name not in _FOREIGN and not name.startswith(_FOREIGN_PREFIXES)
    }


def without_proxy_for_loopback(environment: Mapping[str, str]) -> dict[str, str]:
    """The same environment, in which calls to this machine bypass any HTTP proxy."""
    named = [environment.get(name, "") for name in ("NO_PROXY", "no_proxy")]
    known = [address.strip() for value in named for address in value.split(",") if address.strip()]
    value = ",".join(dict.fromkeys([*known, *_LOCAL_ADDRESSES]))
    return dict(environment) | {"NO_PROXY": value, "no_proxy": value}


def java_options(settings: Settings) -> list[str]:
    """The options of every JVM that Ray starts."""
    class_data = [] if settings.class_data_options is None else [f"@{settings.class_data_options}"]
    return [
        *shared_java_options(settings.project, settings.jdk),
        f"-Djava.io.tmpdir={java_temp(settings.ray_temp)}",
        f"-Djna.tmpdir={java_temp(settings.ray_temp)}",
        *class_data,
    ]


def shared_java_options(project: Project, jdk: Jdk) -> list[str]:
    """Those of them that are the same in all instances."""
    options = list(JAVA_OPTIONS)
    if jdk.major >= _NATIVE_ACCESS_FROM_JAVA:
        options.append("--enable-native-access=ALL-UNNAMED")
    if jdk.major >= _UNSAFE_OPTION_FROM_JAVA:
        options.append("--sun-misc-unsafe-memory-access=allow")
    # One file that all JVMs map, instead of a copy for each.
    return [*options, f"-Donnxruntime.native.path={project.native_libraries}"]


def java_temp(ray_temp: Path) -> Path:
    return ray_temp / "java"


def digest(environment: Mapping[str, str]) -> str:
    """Changes when a running cluster has to be restarted to see the environment."""
    prefixes = ("MANY_MODELS_", "RAY_", "JAVA_HOME", "JDK_JAVA_OPTIONS", "PYTHONPATH", "MALLOC_", "ORT_")
    relevant = {name: value for name, value in environment.items() if name.startswith(prefixes)}
    return hashlib.sha256(json.dumps(relevant, sort_keys=True).encode()).hexdigest()
