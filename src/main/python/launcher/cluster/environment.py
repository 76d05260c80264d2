"""The environment of `ray start`, which every replica inherits. This is the one place where it is made."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from launcher.build import shipped
from launcher.build.toolchain import Jdk
from launcher.cluster.ports import LAST, LOOPBACK
from launcher.cluster.processes import MARKER
from launcher.errors import BadInputError
from launcher.project import Project

# Of artifacts that the replicas of a node share; an artifact of a small model has some kB.
NODE_CACHE_MIB = 256
DIRECT_PORT = "MANY_MODELS_DIRECT_PORT"
GRPC_PORT = "MANY_MODELS_GRPC_PORT"
_LOCAL_ADDRESSES = ("127.0.0.1", "localhost", "::1")
# Settings of the user's shell that are meant for another Ray or another Python.
_FOREIGN_PREFIXES = ("RAY_", "__RAY", "PYTHON")
_FOREIGN = frozenset({"JDK_JAVA_OPTIONS", "CLASSPATH", "VIRTUAL_ENV"})


@dataclass(frozen=True)
class Settings:
    """The parts of an instance's environment. The paths hold no blanks (see Project.plain).

    class_data_options: a file with further options of JVMs, without which none starts (see class_data.prepare).
    registry: its URI, whoever named it. fallback_port: of the Python proxy behind HAProxy; None: no HAProxy.
    """

    project: Project
    jdk: Jdk
    registry: str
    state: Path
    node_cache: Path
    ray_temp: Path
    dashboard_metrics_port: int
    direct_port: int | None = None
    fallback_port: int | None = None
    class_data_options: Path | None = None
    grpc_port: int | None = None


def of_ray(settings: Settings, user: Mapping[str, str]) -> dict[str, str]:
    """The whole environment of `ray start`, from the user's own."""
    environment = (
        without_foreign(user)
        | shipped.VARIABLES
        | {
            "JAVA_HOME": str(settings.jdk.home),
            "JDK_JAVA_OPTIONS": " ".join(
                [*java_options(settings), *user.get(shipped.JAVA_OPTIONS_VARIABLE, "").split()]
            ),
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
            "MANY_MODELS_REGISTRY": settings.registry,
        }
    )
    own = ((DIRECT_PORT, "DIRECT", settings.direct_port), (GRPC_PORT, "GRPC", settings.grpc_port))
    for variable, name, port in own:
        if port is None:
            environment.pop(variable, None)
        else:
            environment |= {variable: str(port), f"MANY_MODELS_{name}_HOST": LOOPBACK}
    environment |= haproxy(settings)
    environment.setdefault("MANY_MODELS_STATE", f"file:{settings.state}")
    environment.setdefault("MANY_MODELS_NODE_CACHE", f"file:{settings.node_cache}?mib={NODE_CACHE_MIB}")
    return without_proxy_for_loopback(environment)


def own_port(user: Mapping[str, str], variable: str) -> int | None:
    """The Dispatchers' port that the user's environment names, 0 for any free one; None: it names none."""
    text = user.get(variable, "").strip()
    if not text:
        return None
    if not (text.isascii() and text.isdecimal() and int(text) <= LAST):
        raise BadInputError(f"{variable}: {text!r} is not a whole number in 0..{LAST}")
    return int(text)


def haproxy(settings: Settings) -> dict[str, str]:
    """What Serve's HAProxies are told here, where several clusters and nodes may share the machine."""
    if settings.fallback_port is None:
        return {"RAY_SERVE_ENABLE_HA_PROXY": "0"}
    folder = haproxy_folder(settings.ray_temp)
    return {
        "RAY_SERVE_FALLBACK_PROXY_HTTP_PORT": str(settings.fallback_port),
        "RAY_SERVE_HAPROXY_CONFIG_FILE_LOC": str(folder / "haproxy.cfg"),
        "RAY_SERVE_HAPROXY_SERVER_STATE_BASE": str(folder),
        "RAY_SERVE_HAPROXY_SERVER_STATE_FILE": str(folder / "state"),
        "RAY_SERVE_HAPROXY_SOCKET_PATH": str(folder / "a"),
        "RAY_SERVE_HAPROXY_METRICS_SOCKET_PATH": str(folder / "m"),
        # Nodes of one machine listen on the same port, as with the Python proxy.
        "SERVE_SOCKET_REUSE_PORT_ENABLED": "1",
    }


def haproxy_folder(ray_temp: Path) -> Path:
    """Files of a node's HAProxy lie in a folder below, named by 56 characters; the path of a socket may have 107."""
    return ray_temp.parent / "h"


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
        *shipped.shared_java_options(settings.project, settings.jdk),
        f"-Djava.io.tmpdir={java_temp(settings.ray_temp)}",
        f"-Djna.tmpdir={java_temp(settings.ray_temp)}",
        *class_data,
    ]


def java_temp(ray_temp: Path) -> Path:
    return ray_temp / "java"


def digest(environment: Mapping[str, str]) -> str:
    """Changes when a running cluster has to be restarted to see the environment."""
    prefixes = ("MANY_MODELS_", "OTEL_", "RAY_", "JAVA_HOME", "JDK_JAVA_OPTIONS", "PYTHONPATH", *shipped.VARIABLES)
    relevant = {name: value for name, value in environment.items() if name.startswith(prefixes)}
    return hashlib.sha256(json.dumps(relevant, sort_keys=True).encode()).hexdigest()
