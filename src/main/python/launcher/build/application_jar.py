"""The application's jar: building it, and giving it to Ray."""

from __future__ import annotations

import filecmp
import hashlib
import os
import platform
import shutil
import struct
import zipfile
from pathlib import Path

from launcher import locking
from launcher.build import ray_artifacts, sources
from launcher.build.toolchain import Maven
from launcher.console import say, step
from launcher.errors import LauncherError
from launcher.project import Project

# Names of the processor as Python tells it, and in the onnxruntime jar.
_ARCHITECTURES = {"x86_64": "x64", "amd64": "x64", "aarch64": "aarch64", "arm64": "aarch64"}
# The end of a zip file without a comment: at the end of its list of entries, whose size and offset it has.
_END_OF_ZIP = struct.Struct("<4s8xII2x")


def prepare_maven(project: Project) -> Maven:
    """The set-up step: Ray's artifacts in the local Maven repository."""
    maven = Maven.find(project)
    if ray_artifacts.install(project, maven):
        say(f"installed io.ray {project.ray_version()} in the local Maven repository")
    return maven


def build(project: Project) -> None:
    """Builds the jar when its sources have changed since it was built, and unpacks its native libraries."""
    maven = prepare_maven(project)
    if not is_current(project):
        with step("building target/many-models.jar", "built target/many-models.jar"), locking.turn(build_lock(project)):
            _built(project).unlink(missing_ok=True)
            maven.run(["-B", "-ntp", "-Dmaven.test.skip=true", "package"], project.runtime / "build.log", "the build")
            if not project.jar.is_file():
                raise LauncherError(f"the build made no {project.jar}: pom.xml has to name the jar so")
            mark_built(project)
    unpack_native_libraries(project.jar, project.native_libraries)


def build_lock(project: Project) -> Path:
    """Held while Maven writes to target/; src/main/shell/build.sh takes it as well."""
    return project.runtime / "build.lock"


def is_current(project: Project) -> bool:
    """Whether the jar is the one that was made here, of the sources as they are now.

    Without `./many-models setup`, `mvn package` and `./many-models serve` make one of the same sources that lacks what
    Ray starts.
    """
    stamp = _built(project)
    return project.jar.is_file() and stamp.is_file() and stamp.read_text() == _stamp_of(project)


def mark_built(project: Project) -> None:
    """Says that the jar is made of the sources as they are now."""
    _built(project).parent.mkdir(parents=True, exist_ok=True)
    _built(project).write_text(_stamp_of(project))


def _stamp_of(project: Project) -> str:
    return f"{sources.digest(project.root, sources.JAR_INPUTS)} {contents(project.jar)}"


def contents(jar: Path) -> str:
    """Changes with any name or content in the jar; empty when the file is no jar. Takes milliseconds."""
    with jar.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        if size < _END_OF_ZIP.size:
            return ""
        file.seek(size - _END_OF_ZIP.size)
        magic, length, offset = _END_OF_ZIP.unpack(file.read())
        if magic != b"PK\x05\x06":
            return ""
        file.seek(offset)
        return hashlib.sha256(file.read(length)).hexdigest()


def _built(project: Project) -> Path:
    return project.runtime / "stamps" / "jar"


def give_to_ray(project: Project, jar: Path | None = None) -> None:
    """Puts the jar, or that of another build, on the class path of Ray's Java workers.

    Running JVMs keep the file that they have opened.
    """
    given = jar or project.jar
    target = project.ray_jars / project.jar.name
    if not target.is_file() or not filecmp.cmp(given, target, shallow=False):
        fresh = target.with_suffix(".new")
        shutil.copyfile(given, fresh)
        fresh.replace(target)


def unpack_native_libraries(jar: Path, into: Path) -> list[str]:
    """Writes this platform's onnxruntime libraries to the folder, if not there yet; returns the names of those written.

    A library is replaced, never overwritten: a JVM may have mapped it.
    """
    into.mkdir(parents=True, exist_ok=True)
    written = []
    with zipfile.ZipFile(jar) as source:
        for entry in source.infolist():
            folder, _, name = entry.filename.rpartition("/")
            if folder != native_folder(platform.machine()) or not name:
                continue
            target = into / name
            if not _same(target, entry):
                fresh = target.with_name(f"{name}.{os.getpid()}")
                fresh.write_bytes(source.read(entry))
                fresh.replace(target)
                _stamp(target).write_text(f"{entry.CRC:08x} {entry.file_size}")
                written.append(name)
    return written


def native_folder(machine: str) -> str:
    """Where the onnxruntime jar has the libraries for the machine."""
    return f"ai/onnxruntime/native/linux-{_ARCHITECTURES.get(machine.lower(), machine.lower())}"


def _same(target: Path, entry: zipfile.ZipInfo) -> bool:
    stamp = _stamp(target)
    return target.is_file() and stamp.is_file() and stamp.read_text() == f"{entry.CRC:08x} {entry.file_size}"


def _stamp(target: Path) -> Path:
    return target.with_name(f".{target.name}.crc")
