"""The bench's Java sources: compiling them, running them, lending them to Ray."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from launcher.build import application_jar
from launcher.build.java_main import class_path
from launcher.build.toolchain import Jdk, find_jdk
from launcher.errors import LauncherError
from launcher.project import Project

_JAR = "many-models-bench.jar"
_STOP_SECONDS = 5.0
MICRO = "micro"
CALLS = "calls"
APART = (MICRO, CALLS)
"""Packages that need more libraries and are compiled apart; see libraries."""
_SMALL = ("-Xmx64m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")


@dataclass(frozen=True)
class BenchClasses:
    """The compiled sources of bench/src/java."""

    project: Project
    jdk: Jdk

    @property
    def folder(self) -> Path:
        return self.project.runtime / "bench" / "classes"

    def command(
        self,
        main_class: str,
        *arguments: str,
        small: bool = False,
        options: Sequence[str] = (),
        libraries: Sequence[Path] = (),
    ) -> list[str]:
        """How to run a main class; `small` for one that shares the machine with what it measures."""
        path = os.pathsep.join(map(str, (self.folder, *class_path(self.project), *libraries)))
        all_options = [
            *options,
            *(_SMALL if small else ()),
            f"-Donnxruntime.native.path={self.project.native_libraries}",
            f"-Djava.io.tmpdir={self.folder.parent}",
        ]
        return [str(self.jdk.java), *all_options, "-cp", path, main_class, *arguments]

    def run(self, main_class: str, *arguments: str, libraries: Sequence[Path] = ()) -> str:
        """Runs a main class to its end and returns what it printed."""
        command = self.command(main_class, *arguments, libraries=libraries)
        result = subprocess.run(command, capture_output=True, text=True, check=False)
        if result.returncode != 0:
            raise LauncherError(f"{main_class} failed: {(result.stderr or result.stdout).strip()[-500:]}")
        return result.stdout

    @contextmanager
    def lent_to_ray(self) -> Iterator[None]:
        """While the body runs the classes are on the class path of Ray's Java workers."""
        target = self.project.ray_jars / _JAR
        write_jar(self.folder, target)
        try:
            yield
        finally:
            target.unlink(missing_ok=True)


def compiled(project: Project) -> BenchClasses:
    """Builds the application's jar if need be, and compiles the bench against it."""
    application_jar.build(project)
    classes = BenchClasses(project, find_jdk(os.environ))
    shutil.rmtree(classes.folder, ignore_errors=True)
    classes.folder.mkdir(parents=True)
    path = os.pathsep.join(map(str, (project.jar, project.ray_jars / "ray_dist.jar")))
    compile_sources(classes.jdk, [s for s in sources(project) if s.parent.name not in APART], path, classes.folder)
    return classes


def sources(project: Project) -> list[Path]:
    return sorted((project.root / "bench" / "src" / "java").rglob("*.java"))


def compile_sources(jdk: Jdk, sources: Sequence[Path], class_path: str, into: Path, processor: str = "") -> None:
    options = ["--release", "17", "-encoding", "UTF-8", "-Xlint:all,-processing,-path,-classfile", "-Werror"]
    compiler = str(jdk.home / "bin" / "javac")
    processing = ["-processor", processor] if processor else ["-proc:none"]
    command = [compiler, *options, *processing, "-cp", class_path, "-d", str(into), *map(str, sources)]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    if result.returncode != 0:
        raise LauncherError(f"the bench does not compile:\n{result.stdout}{result.stderr}".rstrip())


def write_jar(folder: Path, target: Path) -> None:
    fresh = target.with_suffix(".new")
    with zipfile.ZipFile(fresh, "w", zipfile.ZIP_DEFLATED) as jar:
        for file in sorted(folder.rglob("*.class")):
            jar.write(file, file.relative_to(folder).as_posix())
    fresh.replace(target)


class Conversation:
    """A Java process that answers each line of tab-separated fields with a line of JSON. Not thread-safe."""

    def __init__(self, process: subprocess.Popen[str], name: str) -> None:
        self._process = process
        self._name = name

    @property
    def pid(self) -> int:
        return self._process.pid

    def ask(self, *fields: object) -> dict[str, Any]:
        if self._process.stdin is None or self._process.stdout is None:
            raise AssertionError("started without pipes")
        self._process.stdin.write("\t".join(map(str, fields)) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            raise LauncherError(f"the {self._name} ended; its message is above")
        answer: dict[str, Any] = json.loads(line)
        return answer


@contextmanager
def conversation(command: Sequence[str], name: str) -> Iterator[Conversation]:
    """Runs the program beside what is measured, and ends it at the end."""
    process = subprocess.Popen(list(command), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        yield Conversation(process, name)
    finally:
        end(process)


@dataclass(frozen=True)
class Server:
    """A Java process that listens on a port of this machine."""

    pid: int
    port: int


@contextmanager
def server(command: Sequence[str], name: str) -> Iterator[Server]:
    """Runs a program that prints its port and serves until its input ends."""
    process = subprocess.Popen(list(command), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        line = process.stdout.readline() if process.stdout is not None else ""
        if not line.strip().isdigit():
            raise LauncherError(f"the {name} did not start; its message is above")
        yield Server(process.pid, int(line))
    finally:
        end(process)


def end(process: subprocess.Popen[str]) -> None:
    process.terminate()
    try:
        process.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
