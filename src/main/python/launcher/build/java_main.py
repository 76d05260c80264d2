"""The commands that run on the JVM, in io.manymodels.cli.Main of the application jar."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NoReturn

from launcher.build import application_jar, extra_jars, shipped
from launcher.build.shipped import JAVA_OPTIONS_VARIABLE
from launcher.build.toolchain import find_jdk
from launcher.console import on_stderr
from launcher.errors import LauncherError
from launcher.project import Project

_MAIN = "io.manymodels.cli.Main"
_OPTIONS = (
    "-XX:+UseSerialGC",
    "-Dfile.encoding=UTF-8",
    # What io.manymodels.tools.simulation.ThreadRandom needs so that the same command prints the same.
    "--add-opens=java.base/java.lang=ALL-UNNAMED",
)
# The JVM writes a line to stderr about each of these that is set; the application's own variable takes their place.
_FOREIGN_OPTIONS = frozenset({"JDK_JAVA_OPTIONS", "JAVA_TOOL_OPTIONS", "_JAVA_OPTIONS", "CLASSPATH"})


def run(
    project: Project, command: str, arguments: Sequence[str], defaults: Mapping[str, str] | None = None
) -> NoReturn:
    """Builds the jar if its sources changed, then becomes the JVM: its exit code, signals and output are the command's.

    The defaults are for environment variables that the user has not set, or has set to blanks. Paths in the arguments
    are relative to the user's current folder, which nothing here leaves.
    """
    java, line = _prepared(project, command, arguments, os.environ)
    unset = {name: value for name, value in (defaults or {}).items() if not os.environ.get(name, "").strip()}
    os.execve(java, line, java_environment({**os.environ, **unset}))


def output(
    project: Project,
    command: str,
    arguments: Sequence[str],
    timeout_seconds: float,
    environment: Mapping[str, str] | None = None,
) -> str:
    """The output of the command, in the user's environment unless another is given.

    Builds the jar if its sources changed. Raises LauncherError with the command's complaint, or when it takes too long.
    """
    user = os.environ if environment is None else environment
    _, line = _prepared(project, command, arguments, user)
    try:
        result = subprocess.run(
            line,
            env=java_environment(user),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=False,
            timeout=timeout_seconds,
        )
    except subprocess.TimeoutExpired:
        raise LauncherError(f"{command} did not end within {timeout_seconds:.0f} s") from None
    if result.returncode != 0:
        raise LauncherError((result.stderr.splitlines() or [f"{command} failed"])[-1])
    return result.stdout


def _prepared(
    project: Project, command: str, arguments: Sequence[str], user: Mapping[str, str]
) -> tuple[Path, list[str]]:
    java = find_jdk(user).java
    # Asked here, because the build looks for Maven first, which takes longer than all else before the JVM starts.
    if not application_jar.is_current(project):
        with on_stderr():
            application_jar.build(project)
    path = with_extra_jars(class_path(project), user)
    return java, java_command(java, path, command, arguments, user, native_libraries(project))


def class_path(project: Project) -> list[Path]:
    """Ray's jar as well, as in the replicas: a loader of the user may use what is in it."""
    return [project.jar, project.ray_jars / "ray_dist.jar"]


def with_extra_jars(path: Sequence[Path], user: Mapping[str, str]) -> list[Path]:
    """The user's loaders of other formats as well, so that what they load is checked before it is published."""
    return [*path, *extra_jars.named(user)]


def java_command(
    java: Path,
    class_path: Sequence[Path],
    command: str,
    arguments: Sequence[str],
    user: Mapping[str, str],
    native: Sequence[str] = (),
) -> list[str]:
    """The command line; the user's own JVM options come last, where the last of two wins."""
    options = [*_OPTIONS, *native, *user.get(JAVA_OPTIONS_VARIABLE, "").split()]
    return [str(java), *options, "-cp", os.pathsep.join(map(str, class_path)), _MAIN, command, *arguments]


def native_libraries(project: Project) -> list[str]:
    """The option that spares the JVM from unpacking ONNX Runtime, which takes longer than all else that it does."""
    folder = project.native_libraries
    return [f"-Donnxruntime.native.path={folder}"] if folder.is_dir() else []


def java_environment(user: Mapping[str, str]) -> dict[str, str]:
    """The user's environment without what makes a JVM talk, and with what all of ours have, as a UTF-8 locale."""
    return {name: value for name, value in user.items() if name not in _FOREIGN_OPTIONS} | shipped.JVM_VARIABLES
