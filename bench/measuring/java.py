"""The bench's Java sources: compiling them, running them, lending them to Ray."""

from __future__ import annotations

import os
import shutil
import subprocess
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from launcher import application_jar
from launcher.errors import LauncherError
from launcher.project import Project
from launcher.toolchain import Jdk, find_jdk

_JAR = "many-models-bench.jar"
_SMALL = ("-Xmx64m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")


@dataclass(frozen=True)
class BenchClasses:
    """The compiled sources of bench/src/java."""

    project: Project
    jdk: Jdk

    @property
    def folder(self) -> Path:
        return self.project.runtime / "bench" / "classes"

    def command(self, main_class: str, *arguments: str, small: bool = False) -> list[str]:
        """How to run a main class; `small` for one that shares the machine with what it measures."""
        path = os.pathsep.join(map(str, (self.folder, self.project.jar)))
        options = [
            *(_SMALL if small else ()),
            f"-Donnxruntime.native.path={self.project.native_libraries}",
            f"-Djava.io.tmpdir={self.folder.parent}",
        ]
        return [str(self.jdk.java), *options, "-cp", path, main_class, *arguments]

    def run(self, main_class: str, *arguments: str) -> str:
        """Runs a main class to its end and returns what it printed."""
        command = self.command(main_class, *arguments)
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
    compile_sources(
        classes.jdk, sorted((project.root / "bench" / "src" / "java").rglob("*.java")), path, classes.folder
    )
    return classes


def compile_sources(jdk: Jdk, sources: Sequence[Path], class_path: str, into: Path) -> None:
    options = ["--release", "17", "-encoding", "UTF-8", "-Xlint:all,-processing,-path,-classfile", "-Werror"]
    compiler = str(jdk.home / "bin" / "javac")
    command = [compiler, *options, "-proc:none", "-cp", class_path, "-d", str(into), *map(str, sources)]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    if result.returncode != 0:
        raise LauncherError(f"the bench does not compile:\n{result.stdout}{result.stderr}".rstrip())


def write_jar(folder: Path, target: Path) -> None:
    fresh = target.with_suffix(".new")
    with zipfile.ZipFile(fresh, "w", zipfile.ZIP_DEFLATED) as jar:
        for file in sorted(folder.rglob("*.class")):
            jar.write(file, file.relative_to(folder).as_posix())
    fresh.replace(target)
