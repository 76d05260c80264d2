"""The variables and JVM options that deploy/ ships: replicas have them on this machine as in the image."""

from __future__ import annotations

from pathlib import Path

from launcher.build.toolchain import Jdk
from launcher.project import Project

# Options of the user for every JVM, such as -XX:TieredStopAtLevel=1. They come last: the last of two wins.
JAVA_OPTIONS_VARIABLE = "MANY_MODELS_JAVA_OPTIONS"
_DEPLOY = Path(__file__).resolve().parents[5] / "deploy"
_NATIVE_ACCESS_FROM_JAVA = 22
_UNSAFE_OPTION_FROM_JAVA = 23


def lines_of(text: str) -> list[str]:
    """The lines of a file with comments, which begin with #."""
    lines = [line.strip() for line in text.splitlines()]
    return [line for line in lines if line and not line.startswith("#")]


VARIABLES = dict(line.split("=", 1) for line in lines_of((_DEPLOY / "environment.env").read_text()))
JAVA_OPTIONS = tuple(lines_of((_DEPLOY / "java.options").read_text()))
# Those of them that bound the memory, and the variables that matter to JVMs which Ray does not start: what keeps ONNX
# Runtime quiet, and the locale.
MEMORY_OPTIONS = tuple(option for option in JAVA_OPTIONS if option.startswith(("-Xm", "-XX:+")))
JVM_VARIABLES = {name: value for name, value in VARIABLES.items() if name.startswith(("ORT_", "LC_"))}


def shared_java_options(project: Project, jdk: Jdk) -> list[str]:
    """The options of replicas' JVMs that are the same in all instances."""
    options = list(JAVA_OPTIONS)
    if jdk.major >= _NATIVE_ACCESS_FROM_JAVA:
        options.append("--enable-native-access=ALL-UNNAMED")
    if jdk.major >= _UNSAFE_OPTION_FROM_JAVA:
        options.append("--sun-misc-unsafe-memory-access=allow")
    # One file that all JVMs map, instead of a copy for each.
    return [*options, f"-Donnxruntime.native.path={project.native_libraries}"]
