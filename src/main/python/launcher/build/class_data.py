"""The class data that the JVMs of all instances map, made anew when the jars change (see manymodels.class_data)."""

from __future__ import annotations

import hashlib
import os
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from launcher.build import shipped
from launcher.build.toolchain import Jdk
from launcher.console import step, warn
from launcher.project import Project


def options_file(project: Project) -> Path:
    """For every JVM. Empty while there is no archive: named a missing one, they go without the JDK's too."""
    return project.runtime / "class-data" / "options"


def prepare(project: Project, jdk: Jdk, variables: Mapping[str, str]) -> None:
    """Makes the archive for the jars that Ray's workers have now, unless it is there.

    If that fails, they start without. The path of the project holds no blanks (see Project.plain).
    """
    # Only here: the launcher starts without what runs in Ray.
    from manymodels import class_data

    file = options_file(project)
    archive = file.with_name("classes.jsa")
    workers = class_data.Workers(jdk.java, project.ray_jars, shipped.shared_java_options(project, jdk))
    recipe = Path(class_data.__file__).read_text()
    made_for = f"# {_digest([recipe, str(workers.java), *workers.options, *_stamps(project, jdk)])}"
    if archive.is_file() and file.is_file() and file.read_text().splitlines()[:1] == [made_for]:
        return
    file.parent.mkdir(parents=True, exist_ok=True)
    _write(file, [])
    try:
        with step("preparing the JVMs' class data", "prepared the JVMs' class data"):
            class_data.make(workers, archive, variables)
    except (class_data.ClassDataError, OSError, subprocess.SubprocessError) as error:
        warn(f"JVMs will start more slowly, there is no archive of their classes: {error}")
        return
    _write(file, [made_for, *class_data.options_that_map(archive)])


def _digest(parts: Iterable[str]) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def _stamps(project: Project, jdk: Jdk) -> Iterator[str]:
    """Stamps of the files that a JVM compares with those that the archive was made from."""
    # In the folder's own order, which is that of the class path.
    jars = [Path(entry.path) for entry in os.scandir(project.ray_jars) if entry.name.lower().endswith(".jar")]
    for file in (jdk.home / "lib" / "server" / "libjvm.so", *jars):
        if file.exists():
            yield f"{file} {file.stat().st_size} {file.stat().st_mtime_ns}"


def _write(file: Path, lines: list[str]) -> None:
    fresh = file.with_name(f"{file.name}.{os.getpid()}")
    fresh.write_text("".join(f"{line}\n" for line in lines))
    fresh.replace(file)
